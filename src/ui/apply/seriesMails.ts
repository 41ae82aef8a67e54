/** The mbox of the series a command is about, from its mails. */
import { mailIdsOf } from "../../core/series/loadedRevision";
import { newestRevision, type Revision, type Series } from "../../core/series/series";
import { seriesMbox, type SeriesMbox } from "../../core/series/seriesMbox";
import type { Library } from "../../index/library";
import { seriesFor, type SeriesSought } from "../seriesPick";
import { readSettings } from "../settings";

export interface ChosenRevision {
  readonly series: Series;
  readonly revision: Revision;
}

/** The revision a command is about: that of the row it was called on, or of the page in front, else the newest of the series. */
export async function revisionFor(argument: unknown, sought: SeriesSought, title: string): Promise<ChosenRevision | undefined> {
  const { library, front } = sought;
  const offered = library.series.filter((series) => newestRevision(series).posted !== undefined);
  const series = await seriesFor(argument, sought, title, offered);
  if (!series) return undefined;
  const named =
    typeof argument === "object" && argument !== null && "revision" in argument
      ? argument.revision
      : argument === undefined
        ? front.revision
        : null;
  return { series, revision: series.revisions.find((one) => one === named) ?? newestRevision(series) };
}

/** @throws HumanError where the series is not whole */
export async function mboxOf({ revision }: ChosenRevision, library: Library): Promise<SeriesMbox> {
  return seriesMbox(revision, await library.mailBytes(mailIdsOf(revision)), {
    trailers: true,
    elsewhere: readSettings().trailersFromElsewhere,
  });
}
