/** `kvm-series series`, `show`, `mbox` and `untaken`: which series there are, all about one, its patches for `git am`, and diffs that are in none. */
import { HumanError } from "../core/humanError";
import { readMail } from "../core/mail/mail";
import { mailIdsOf, withMailTexts } from "../core/series/revisionTexts";
import { newestMailDate, newestRevision, type Series } from "../core/series/series";
import { seriesMbox } from "../core/series/seriesMbox";
import { readWrittenDate } from "../core/series/writtenDate";
import { leftOutTexts } from "../render/labels";
import { seriesReport, showReport, untakenReport } from "../render/seriesJson";
import { seriesListText, seriesText, untakenText } from "../render/seriesText";
import { type Call, UsageError } from "./call";
import { chosenRevision } from "./chosenSeries";
import { output, warn } from "./output";
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

// `kvm-series show`: all that is known of one series.

export async function printSeries(call: Call): Promise<string> {
  const { one, revision, opened } = await chosenRevision(call);
  const { mails, problems } = opened;
  const shown = revision ?? newestRevision(one);
  const letters = new Map([...(await mails(mailIdsOf(shown)))].map(([messageId, bytes]) => [messageId, readMail(bytes)]));
  const read = withMailTexts(shown, letters);
  const whole = { ...one, revisions: one.revisions.map((each) => (each === shown ? read : each)) };
  return output(call.flag("json"), showReport(one, revision, problems), seriesText(whole, revision && read), problems);
}

// `kvm-series mbox`: the patches of a revision, for `git am`.

export async function printMbox(call: Call): Promise<string> {
  const asked = call.option("patches");
  const numbers = asked === undefined ? null : readPatchNumbers(asked);
  const { one, revision, opened } = await chosenRevision(call);
  const wanted = revision ?? newestRevision(one);
  numbers?.within(Math.max(wanted.expected, ...wanted.patches.map(({ index }) => index ?? 0)));
  const { text, leftOut, absent } = seriesMbox(wanted, await opened.mails(mailIdsOf(wanted)), {
    trailers: !call.flag("no-trailers"),
    elsewhere: call.flag("sloppy-trailers"),
    incomplete: true,
    ...(numbers ? { wanted: (index: number) => numbers.has(index) } : {}),
  });
  for (const sentence of absent) warn(`Left out: ${sentence}`);
  for (const said of leftOutTexts(leftOut)) warn(`Left out: ${said}`);
  return output(false, {}, text, opened.problems);
}

// Which patches of a series are meant by `1-3,5`, `3-` and `-2`.

export interface PatchNumbers {
  has(index: number): boolean;
  /** Throws a `HumanError` for a number that a series of so many patches has not. */
  within(count: number): void;
}

type NumberRange = readonly [first: number, last: number];

/** Reads the value of `-P`; throws a `UsageError` for one that names no patches. */
export function readPatchNumbers(text: string): PatchNumbers {
  const parts = text.split(",").map((part) => part.trim());
  const ranges = parts.filter((part) => part !== "").map((part): NumberRange => readPart(part) ?? refuseNumbers(text));
  if (ranges.length === 0) refuseNumbers(text);
  return {
    has: (index) => ranges.some(([first, last]) => first <= index && index <= last),
    within(count) {
      for (const [first, last] of ranges)
        if (first > count)
          throw new HumanError(
            `The series has ${count === 1 ? "1 patch" : `${count} patches`}, so there is none of -P ${writtenRange(first, last)}.`,
          );
    },
  };
}

function readPart(part: string): NumberRange | null {
  const found = /^(\d{1,6})?(-)?(\d{1,6})?$/.exec(part);
  if (!found || part === "-") return null;
  const [, first, dash, last] = found;
  const range: NumberRange = [Number(first ?? 1), Number(last ?? (dash === undefined ? first : Infinity))];
  return range[0] >= 1 && range[0] <= range[1] ? range : null;
}

function refuseNumbers(text: string): never {
  throw new UsageError(`-P takes numbers of patches such as 1-3,5 or 4-, not “${text}”.`);
}

function writtenRange(first: number, last: number): string {
  return last === first ? String(first) : `${first}-${last === Infinity ? "" : last}`;
}

// `kvm-series untaken`: the mails whose diffs are in no series, so that none vanishes unseen.

export async function listUntaken(call: Call): Promise<string> {
  const { untaken, problems } = await openSources(call.words);
  const found = untaken();
  return output(call.flag("json"), untakenReport(found, problems), untakenText(found), problems);
}
