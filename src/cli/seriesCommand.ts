/** `kvm-series series`: which series there are. */
import { newestMailDate } from "../core/series/pending";
import type { Series } from "../core/series/series";
import { readWrittenDate } from "../core/series/writtenDate";
import { seriesReport } from "../render/seriesJson";
import { seriesListText } from "../render/seriesText";
import { UsageError, type Call } from "./call";
import { output } from "./printed";
import { openSources } from "./sources";

export async function listSeries(call: Call): Promise<string> {
  const [subsystem, status, author] = ["subsystem", "status", "author"].map((name) => call.option(name)?.toLowerCase());
  const asked = call.option("since");
  const written = asked === undefined ? undefined : readWrittenDate(asked);
  if (written === null) throw new UsageError(noDate(asked ?? ""));
  const opened = await openSources(call.words);
  const { problems } = opened;
  const series = opened.series();
  // Never the clock, so that the same mail gives the same list.
  const since = written?.at(newestMailDate(series) ?? 0).start;
  const wanted = series.filter(
    (one) =>
      (subsystem === undefined || one.subsystem.toLowerCase() === subsystem) &&
      (status === undefined || one.status === status) &&
      (author === undefined || hasAuthor(one, author)) &&
      (since === undefined || one.revisions.some(({ date }) => date === null || Date.parse(date) >= since)),
  );
  const untaken = opened.untakenCount();
  return output(call.flag("json"), seriesReport(wanted, problems, untaken), seriesListText(wanted, untaken), problems);
}

/** @param part of `Name <mail>`, in lower case */
function hasAuthor({ revisions }: Series, part: string): boolean {
  return revisions.some(({ author: { name, email } }) => `${name} <${email}>`.toLowerCase().includes(part));
}

/** What is said of a date that is none. */
function noDate(text: string): string {
  return `--since takes a date such as 2026-10-01, 2.weeks.ago or “last monday”, not “${text}”.`;
}
