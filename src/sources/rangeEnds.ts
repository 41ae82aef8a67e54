/** Where a range of mail begins and ends: at a commit of the archive, or at a date. */
import type { RangeEnds } from "../core/digest/digestOfMails";
import { HumanError, humanMessage } from "../core/humanError";
import { readWrittenDate, type Span, type WrittenDate } from "../core/series/writtenDate";
import type { Epoch, RunGit } from "./publicInbox";

export type RangeEnd =
  { readonly kind: "date"; readonly span: Span } | { readonly kind: "commit"; readonly epoch: number; readonly commit: string };

export interface FoundEnds {
  readonly from: RangeEnd | null;
  readonly to: RangeEnd | null;
}

/** The moment that relative dates count from, which is looked for only where there is one. */
type Now = () => Promise<number>;

/** Finds the ends of a range of an archive. Throws a `HumanError` for one that is neither a commit of it nor a date. */
export async function endsOfArchive(ends: RangeEnds, epochs: readonly Epoch[], run: RunGit, now: Now): Promise<FoundEnds> {
  const find = async (text: string | null): Promise<RangeEnd | null> => {
    if (text === null) return null;
    const date = readWrittenDate(text);
    // What looks like the name of a commit is one where there is one: 20261001 may be either.
    const commit = date && !/^[0-9a-f]{4,64}$/i.test(text) ? null : await findCommit(text, epochs, run);
    if (commit) return commit;
    if (date) return dateEnd(date, ends, now);
    throw new HumanError(`“${text}” is neither a commit of this archive nor a date such as 2026-10-01 or 2.weeks.ago.`);
  };
  return { from: await find(ends.from), to: await find(ends.to) };
}

/** The same of mail files, which have no commits. */
export async function endsOfMailFile(ends: RangeEnds, now: Now): Promise<FoundEnds> {
  const find = async (text: string | null): Promise<RangeEnd | null> => {
    const date = text === null ? null : readWrittenDate(text);
    if (date) return dateEnd(date, ends, now);
    if (text === null) return null;
    throw new HumanError(`“${text}” is no date; this source has no commits, so give a date such as 2026-10-01 or 2.weeks.ago.`);
  };
  return { from: await find(ends.from), to: await find(ends.to) };
}

async function dateEnd(date: WrittenDate, { now: given }: RangeEnds, now: Now): Promise<RangeEnd> {
  return { kind: "date", span: date.at(date.relative ? (given ?? (await now())) : 0) };
}

async function findCommit(text: string, epochs: readonly Epoch[], run: RunGit): Promise<RangeEnd | null> {
  for (const [epoch, { folder }] of [...epochs.entries()].reverse()) {
    const commit = await run(folder, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${text}^{commit}`]).catch(
      (error: unknown) => {
        // A name that git does not know here may be one of another epoch; a git that cannot be asked knows none.
        if (/spawn|unrecognized|unknown option|dubious ownership|not a git/i.test(humanMessage(error))) throw error;
        return "";
      },
    );
    if (commit.trim() !== "") return { kind: "commit", epoch, commit: commit.trim() };
  }
  return null;
}

/** Whether a mail of some date lies between the ends; those that are commits say nothing of dates. */
export function isBetween({ from, to }: FoundEnds, date: number): boolean {
  return (from?.kind !== "date" || date >= from.span.start) && (to?.kind !== "date" || date < to.span.end);
}

/** An end as a digest's first line and a sentence name it: a commit by nine digits, a day, a moment; "" where there is none. */
export function endLabel(end: RangeEnd | null): string {
  if (end === null) return "";
  if (end.kind === "commit") return shortId(end.commit);
  const { start, end: after } = end.span;
  const text = new Date(start).toISOString();
  return after - start > 1000 ? text.slice(0, 10) : `${text.slice(0, 19)}Z`;
}

/** As the list's digests name commits. */
export function shortId(commit: string): string {
  return commit.slice(0, 9);
}
