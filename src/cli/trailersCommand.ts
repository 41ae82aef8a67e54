/** `kvm-series trailers`: who reviewed, acked and tested each patch, with what still holds of older revisions. */
import { LoadedMails } from "../library/loadedMails";
import { loadOlderReviews } from "../library/olderReviews";
import { type SeriesRevision, trailersReport } from "../render/seriesJson";
import { trailersText } from "../render/seriesText";
import { type Call, UsageError } from "./call";
import { output } from "./output";
import { type ChosenRevision, openRevision } from "./seriesCommands";
import { openSources } from "./sources";

export interface TrailersOptions extends Pick<ChosenRevision, "revision"> {
  readonly id: string | undefined;
  readonly json: boolean;
}

export async function listTrailers({ words, options, environment }: Call<TrailersOptions>): Promise<string> {
  const { id, revision: named } = options;
  if (id === undefined && named !== undefined) throw new UsageError("--revision needs --id, the series it is a revision of.");
  const opened =
    id === undefined
      ? { ...(await openSources(words, environment)), series: null, revision: null }
      : await openRevision(words, { id, revision: named }, environment);
  const { library, problems } = opened;
  const mails = new LoadedMails(library);
  const revisions: SeriesRevision[] = [];
  for (const series of opened.series ? [opened.series] : library.series) {
    for (const revision of opened.revision ? [opened.revision] : series.revisions)
      revisions.push({ series, revision: await loadOlderReviews(series, revision, mails) });
  }
  return output(options.json, trailersReport(revisions, problems), trailersText(revisions), problems);
}
