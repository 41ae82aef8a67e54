/** `kvm-series series`, `show`, `mbox` and `untaken`: the list of series, one series in full, its patches for `git am`, and diffs that are in no series. */
import { HumanError } from "../core/humanError";
import { readMail } from "../core/mail/mail";
import { isVersion, revisionNamed } from "../core/series/findSeries";
import { mailIdsOf, withMailTexts } from "../core/series/revisionTexts";
import { newestMailDate, newestRevision, type Revision, type Series } from "../core/series/series";
import { seriesMbox } from "../core/series/seriesMbox";
import { readWrittenDate } from "../core/series/writtenDate";
import { LoadedMails } from "../library/loadedMails";
import { loadOlderReviews } from "../library/olderReviews";
import { leftOutTexts, revisionName } from "../render/labels";
import { seriesReport, showReport, untakenReport } from "../render/seriesJson";
import { seriesListText, seriesText, untakenText } from "../render/seriesText";
import { type Call, type Environment, UsageError } from "./call";
import { output, warn } from "./output";
import { chosenSeries, type OpenedSources, openSources } from "./sources";

export interface ListOptions {
  readonly json: boolean;
  readonly subsystem: string | undefined;
  readonly status: Series["status"] | undefined;
  readonly author: string | undefined;
  readonly since: string | undefined;
}

export async function listSeries({ words, options, environment }: Call<ListOptions>): Promise<string> {
  const { json, status, since: asked } = options;
  const [subsystem, author] = [options.subsystem, options.author].map((text) => text?.toLowerCase());
  const written = asked === undefined ? undefined : readWrittenDate(asked);
  if (written === null) throw new UsageError(noDate(asked ?? ""));
  const { library, problems } = await openSources(words, environment);
  const { series } = library;
  // The newest mail and not the clock, so that the same mail gives the same list.
  const since = written?.at(newestMailDate(series) ?? 0).start;
  const wanted = series.filter(
    (one) =>
      (subsystem === undefined || one.subsystem.toLowerCase() === subsystem) &&
      (status === undefined || one.status === status) &&
      (author === undefined || hasAuthor(one, author)) &&
      (since === undefined || one.revisions.some(({ date }) => date === null || Date.parse(date) >= since)),
  );
  const untaken = library.untakenCount;
  return output(json, seriesReport(wanted, problems, untaken), seriesListText(wanted, untaken), problems);
}

/** @param part of `Name <mail>`, in lower case */
function hasAuthor({ revisions }: Series, part: string): boolean {
  return revisions.some(({ author: { name, email } }) => `${name} <${email}>`.toLowerCase().includes(part));
}

/** The error for a text that is not a date. */
function noDate(text: string): string {
  return `--since takes a date such as 2026-10-01, 2.weeks.ago or “last monday”, not “${text}”.`;
}

// `kvm-series show`: everything known about one series.

export interface ShowOptions extends ChosenRevision {
  readonly json: boolean;
}

export async function printSeries({ words, options, environment }: Call<ShowOptions>): Promise<string> {
  const { series, revision, library, problems } = await openRevision(words, options, environment);
  const shown = revision ?? newestRevision(series);
  const letters = new Map([...(await library.mailBytes(mailIdsOf(shown)))].map(([messageId, bytes]) => [messageId, readMail(bytes)]));
  const read = withMailTexts(await loadOlderReviews(series, shown, new LoadedMails(library)), letters);
  const whole = { ...series, revisions: series.revisions.map((each) => (each === shown ? read : each)) };
  return output(options.json, showReport(whole, revision && read, problems), seriesText(whole, revision && read), problems);
}

/** The revision that a call names. */
export interface ChosenRevision {
  readonly id: string;
  readonly revision: string | undefined;
}

interface OpenedRevision extends OpenedSources {
  readonly series: Series;
  /** Null when none is named. */
  readonly revision: Revision | null;
}

/** Opens sources and finds the series and revision; throws a `HumanError` when they are not there. */
export async function openRevision(
  words: readonly string[],
  { id, revision: version }: ChosenRevision,
  environment: Environment,
): Promise<OpenedRevision> {
  if (version !== undefined && !isVersion(version)) throw new UsageError(`--revision takes a version such as 3 or 2.1, not “${version}”.`);
  const opened = await openSources(words, environment);
  const series = chosenSeries(opened.library, id);
  if (version === undefined) return { ...opened, series, revision: null };
  const revision = revisionNamed(series, version);
  if (!revision) throw new HumanError(noRevision(series, version.replace(/^v?0*(?=\d)/i, "").toUpperCase()));
  return { ...opened, series, revision };
}

/** The sentence for a revision that is not there. */
export function noRevision({ id, revisions }: Series, number: string): string {
  const there = revisions.map((revision) => revisionName(revision)).join(", ");
  return `The series ${id} has no revision ${number} in these sources; there ${revisions.length === 1 ? "is" : "are"} ${there}.`;
}

// `kvm-series mbox`: the patches of a revision, for `git am`.

export interface MboxOptions extends ChosenRevision {
  readonly patches: string | undefined;
  readonly "no-trailers": boolean;
  readonly "no-carried": boolean;
  readonly "sloppy-trailers": boolean;
}

export async function printMbox({ words, options, environment }: Call<MboxOptions>): Promise<string> {
  const numbers = options.patches === undefined ? null : readPatchNumbers(options.patches);
  const { series, revision, library, problems } = await openRevision(words, options, environment);
  const chosen = revision ?? newestRevision(series);
  const isCarried = !options["no-trailers"] && !options["no-carried"];
  const wanted = isCarried ? await loadOlderReviews(series, chosen, new LoadedMails(library)) : chosen;
  numbers?.within(Math.max(wanted.expected, ...wanted.patches.map(({ index }) => index ?? 0)));
  const { text, leftOut, absent } = seriesMbox(wanted, await library.mailBytes(mailIdsOf(wanted)), {
    trailers: !options["no-trailers"],
    carried: isCarried,
    elsewhere: options["sloppy-trailers"],
    incomplete: true,
    ...(numbers ? { wanted: (index: number) => numbers.has(index) } : {}),
  });
  for (const sentence of absent) warn(`Left out: ${sentence}`);
  for (const said of leftOutTexts(leftOut)) warn(`Left out: ${said}`);
  return output(false, {}, text, problems);
}

// Numbers of patches: `1-3,5`, `3-` and `-2`.

export interface PatchNumbers {
  has(index: number): boolean;
  /** Throws a `HumanError` for a number that a series with so many patches does not have. */
  within(count: number): void;
}

type NumberRange = readonly [first: number, last: number];

/** Reads the value of `-P`; throws a `UsageError` for anything but patch numbers. */
function readPatchNumbers(text: string): PatchNumbers {
  const parts = text.split(",").map((part) => part.trim());
  const ranges = parts.filter((part) => part !== "").map((part): NumberRange => readPart(part) ?? refuseNumbers(text));
  if (ranges.length === 0) refuseNumbers(text);
  return {
    has: (index) => ranges.some(([first, last]) => first <= index && index <= last),
    within(count) {
      for (const [first, last] of ranges)
        if (first > count)
          throw new HumanError(
            `The series has ${count === 1 ? "1 patch" : `${count} patches`}, so nothing matches -P ${writtenRange(first, last)}.`,
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
  throw new UsageError(`-P takes patch numbers such as 1-3,5 or 4-, not “${text}”.`);
}

function writtenRange(first: number, last: number): string {
  return last === first ? String(first) : `${first}-${last === Infinity ? "" : last}`;
}

// `kvm-series untaken`: the mails whose diffs are in no series, so that none goes unnoticed.

export async function listUntaken({ words, options: { json }, environment }: Call<{ readonly json: boolean }>): Promise<string> {
  const { library, problems } = await openSources(words, environment);
  const found = library.untaken();
  return output(json, untakenReport(found, problems), untakenText(found), problems);
}
