/** `kvm-series compare`: what changed between two revisions of a series. */
import { compareRevisions } from "../core/compare/compareRevisions";
import { HumanError } from "../core/humanError";
import { idsMeant, isVersion, revisionNamed } from "../core/series/findSeries";
import { mailIdsOf } from "../core/series/revisionTexts";
import { newestRevision, type Revision, type Series } from "../core/series/series";
import { LoadedMails } from "../library/loadedMails";
import { comparisonReport, comparisonText } from "../render/comparison";
import { revisionName } from "../render/labels";
import { type Call, UsageError } from "./call";
import { output, warn } from "./output";
import { noRevision } from "./seriesCommands";
import { chosenSeries, openSources } from "./sources";

export interface CompareOptions {
  readonly id: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly json: boolean;
}

export async function printComparison({ words, options, environment }: Call<CompareOptions>): Promise<string> {
  for (const option of ["from", "to"] as const) {
    const text = options[option];
    if (text !== undefined && !isRevisionName(text))
      throw new UsageError(`--${option} takes a revision such as v3, v2.1, “v1 RFC” or a Message-ID of it, not “${text}”.`);
  }
  const { library, problems } = await openSources(words, environment);
  const series = chosenSeries(library, options.id);
  const [from, to] = chosenRevisions(series, options);
  const mails = await new LoadedMails(library).mails([...mailIdsOf(from), ...mailIdsOf(to)]);
  for (const revision of [from, to]) {
    if (!revision.patches.some(({ messageId, diff }) => diff !== null || mails.has(messageId ?? "")))
      throw new HumanError(
        `The patches of ${revisionName(revision)} are not in these sources (a digest has no diffs); name an archive that holds them.`,
      );
  }
  const comparison = compareRevisions(from, to, mails);
  if (!options.json) for (const sentence of comparison.problems) warn(sentence);
  return output(options.json, comparisonReport(series, comparison, problems), comparisonText(series, comparison), problems);
}

/** The revisions that are asked for; the newest and the one before it where none is named. */
function chosenRevisions(series: Series, { from, to }: CompareOptions): readonly [Revision, Revision] {
  const { id, revisions } = series;
  const [only] = revisions;
  if (only && revisions.length === 1)
    throw new HumanError(
      `The series ${id} has one revision in these sources, ${revisionName(only)}; name an archive that holds another one.`,
    );
  const after = to === undefined ? newestRevision(series) : namedRevision(series, to);
  const before = from === undefined ? revisions[revisions.indexOf(after) - 1] : namedRevision(series, from);
  if (!before)
    throw new HumanError(`No revision of the series ${id} in these sources is older than ${revisionName(after)}; name one with --from.`);
  if (before === after)
    throw new HumanError(
      `${revisionName(after)} cannot be compared with itself; name another revision with ${from === undefined ? "--from" : "--to"}.`,
    );
  return [before, after];
}

/** What lists of revisions call one: `v1 RFC`, `v2 resend`. */
const fullName = /^(v?\d+(?:\.\d|[a-f])?)[ -]?(?:rfc|resend)(?:[ -]?resend)?$/i;

function isRevisionName(text: string): boolean {
  return text.includes("@") || isVersion(text) || isVersion(fullName.exec(text.trim())?.[1] ?? "");
}

/** A revision by its version, by its name as lists show it, or by a mail of it, since several may have one name. */
function namedRevision(series: Series, text: string): Revision {
  const found = isVersion(text) ? revisionNamed(series, text) : series.revisions.findLast((revision) => isMeant(revision, text));
  if (!found)
    throw new HumanError(
      noRevision(
        series,
        text.includes("@")
          ? `with the mail “${text}”`
          : text
              .trim()
              .replace(/^v?0*(?=\d)/i, "")
              .toUpperCase(),
      ),
    );
  return found;
}

function isMeant(revision: Revision, text: string): boolean {
  if (text.includes("@")) return idsMeant(text).some((id) => id === revision.messageId || mailIdsOf(revision).includes(id));
  const name = (words: string): string =>
    words
      .toLowerCase()
      .replace(/[\s-]/g, "")
      .replace(/^v?0*(?=\d)/, "v");
  return name(revisionName(revision)) === name(text);
}
