/** What answers report as applied: by a sentence of a person, by the list that `b4 ty` or patchwork-bot makes, by tip-bot. */
import type { Author } from "../mail/author";
import { isBot, isPull } from "../mail/mailKind";
import { ownSentences, type Sentence } from "../mail/sentences";
import { titleKey, type Subject } from "../mail/subject";
import type { Patch, ReportedApplied } from "../series/series";
import { appliedClaim } from "./appliedClaim";
import { isoDate } from "../mail/mailDate";
import type { HungMail } from "./givenTrailers";
import type { NamedPatches } from "./namedPatches";

/** A patch that a report lists by its title. */
export interface ListedPatch {
  readonly index: number | null;
  /** The m of `n/m`. */
  readonly expected: number | null;
  readonly title: string;
  readonly commit: string | null;
}

/** What a mail reports as applied, in the words of its sender. */
export interface AppliedReport {
  /** The sentence that says so. */
  readonly quote: string;
  readonly patches: NamedPatches;
  readonly except: readonly number[];
  /** Where one commit is named for all of it. */
  readonly commit: string | null;
  /** Patches listed one by one with what became of them; [] where the sentence is all. */
  readonly listed: readonly ListedPatch[];
  /** Only who applies to a tree speaks like this; others are not believed of their own patches. */
  readonly byApplier: boolean;
}

/** Reports kept of a mail; nobody makes more. */
const mostReports = 20;
const mostListed = 2000;
const longestLine = 1000;
const longestQuote = 300;

/** What every report has, looked for first since most replies have none of it. */
const anyMark =
  /appl(?:ied|ying)|queu(?:ed|e?ing)|merg(?:ed|ing)|push(?:ed|ing)|pick(?:ed|ing)|\btak(?:en|ing)\b|\btook\b|pull(?:ed|ing)|committ|commit:|\/commit\/|\/c\/[0-9a-f]|\bis (?:now )?commit [0-9a-f]|grabbed|landed|stag(?:ed|ing)|\badd(?:ed|ing)\b|\bput\b|placed|stuck|snagged|included|integrated|accepted|installed|\bnow in |\bin (?:my|our)\b|\bin [\w-]{0,40}(?:next|\/)/i;
const reporter = /^(?:patchwork-bot|tip-bot|pr-tracker-bot)/i;
const tipLine = /^Commit-ID:[ \t]+([0-9a-f]{7,40})$/m;

/** What a mail reports as applied; [] where it reports nothing. Quoted lines are somebody else's. */
export function appliedReports(body: string, own: string, subject: Subject, from: Author): AppliedReport[] {
  if (!anyMark.test(own)) return [];
  const isRobot = isBot(from);
  if (isRobot && !reporter.test(from.email)) return [];
  const context = { version: subject.version, isRobot, isPull: isPull(subject) };
  const reports: AppliedReport[] = [];
  const sentences = ownSentences(body);
  for (const sentence of sentences) {
    if (reports.length >= mostReports) break;
    const claim = anyMark.test(sentence.text) ? appliedClaim(sentence, context) : null;
    if (claim)
      reports.push({
        quote: quoted(sentence),
        ...claim,
        listed: claim.patches === "answered" || claim.patches === "one" ? titlesAbove(sentence) : [],
      });
  }
  const tip = tipLine.exec(own)?.[1]?.toLowerCase();
  const [first] = reports;
  if (tip !== undefined && first) {
    return [{ ...first, listed: [{ index: null, expected: null, title: subject.title, commit: tip }], byApplier: true }];
  }
  const listed = listedPatches(own);
  const isProven = listed.some(({ commit }) => commit !== null);
  if (listed.length > 0 && (first ?? isProven)) {
    const quote = first?.quote ?? quoteOfList(sentences) ?? listed[0]?.title ?? "";
    return [
      {
        quote,
        patches: first?.patches ?? "answered",
        except: first?.except ?? [],
        commit: null,
        listed,
        byApplier: isProven || first?.byApplier === true,
      },
    ];
  }
  const commits = commitLines(own);
  const [commit] = commits;
  if (first && reports.length === 1 && commits.length === 1 && commit !== undefined)
    return [{ ...first, commit: first.commit ?? commit, byApplier: true }];
  return reports;
}

/** Of a list that proves itself by its commits, the sentence that introduces it however it is put. */
function quoteOfList(sentences: readonly Sentence[]): string | null {
  const said = sentences.find(({ text }) => anyMark.test(text)) ?? sentences.find(({ introduces }) => listedItem.test(introduces));
  return said ? quoted(said) : null;
}

/** What is said below a part of the shortlog is said of these patches. */
function titlesAbove({ quotedTitles }: Sentence): ListedPatch[] {
  return quotedTitles.map((title) => ({ index: null, expected: null, title, commit: null }));
}

function quoted({ text }: Sentence): string {
  return text.length > longestQuote ? `${text.slice(0, longestQuote).trimEnd()}…` : text;
}

const listedItem = /^[ \t]*(?:-[ \t]*)?\[(?:[^\]\n]{0,60}[ ,])?(\d{1,4})\/(\d{1,4})\][ \t]*(\S.*)$/;
const loneItem = /^[ \t]*- \[[^\]\n]{0,60}\][ \t]*(\S.*)$/;
const commitWord = /^[ \t]+commit:[ \t]*([0-9a-f]{7,40})\b/i;
const noCommit = /^[ \t]+\(no (?:commit info|matching commit)\)[ \t]*$/i;

/** The list below a report: titles, each with the commit it became. A title may wrap; what has no commit takes none of another. */
function listedPatches(own: string): ListedPatch[] {
  const found: ListedPatch[] = [];
  const lines = own.split("\n");
  for (let at = 0; at < lines.length && found.length < mostListed; at++) {
    const line = (lines[at] ?? "").slice(0, longestLine);
    const item = listedItem.exec(line);
    const lone = item ? null : loneItem.exec(line);
    if (!item && !lone) continue;
    let title = (item?.[3] ?? lone?.[1] ?? "").trim();
    let commit: string | null = null;
    for (let below = at + 1; below < lines.length && below <= at + 3; below++) {
      const next = (lines[below] ?? "").slice(0, longestLine);
      commit = commitWord.exec(next)?.[1]?.toLowerCase() ?? commitOfUrl(next);
      if (commit !== null || noCommit.test(next) || !/^[ \t]+[^ \t-]/.test(next) || listedItem.test(next)) break;
      title = `${title} ${next.trim()}`;
    }
    found.push({ index: item ? Number(item[1]) : null, expected: item ? Number(item[2]) : null, title, commit });
  }
  return found;
}

function commitLines(own: string): string[] {
  const commits = new Set<string>();
  for (const line of own.split("\n")) {
    const commit = line.length > longestLine ? null : commitOfUrl(line);
    if (commit !== null) commits.add(commit);
  }
  return [...commits];
}

const urlMarks = ["/commit/?id=", "/commit/", "/c/", "?id=", "&id=", ";id="] as const;

/** The commit of a line that is nothing but its address: `[1] https://git.kernel.org/powerpc/c/0123456789ab`. */
function commitOfUrl(line: string): string | null {
  const url = line.trim().replace(/^\[\d{1,3}\]:? {0,4}/, "");
  if (!/^https?:\/\//.test(url) || /\s/.test(url)) return null;
  for (const mark of urlMarks) {
    const at = url.lastIndexOf(mark);
    const commit = at < 0 ? null : /^[0-9a-f]{7,40}(?![0-9a-f])/i.exec(url.slice(at + mark.length, at + mark.length + 41));
    if (commit) return commit[0].toLowerCase();
  }
  return null;
}

/** The revision that answers report on, as far as it decides what they mean. */
export interface ReportedRevision {
  readonly patches: readonly Patch[];
  /** How many patches it announced. */
  readonly expected: number;
  /** Who posted it. */
  readonly senders: readonly Author[];
}

/** What the answers below a revision report as applied of it, oldest first. */
export function reportedApplied(hung: readonly HungMail[], posted: ReportedRevision): ReportedApplied[] {
  const revision = withTitles(posted);
  return hung.flatMap(({ mail, index }) => {
    const isOwn = revision.senders.some((sender) => isSamePerson(sender, mail.sender));
    const reported = mail.applied
      .filter(({ byApplier }) => byApplier || !isOwn)
      .flatMap((report) =>
        reportedPatches(report, index, revision).map(({ patches, commit }) => ({
          messageId: mail.messageId,
          from: mail.sender,
          date: isoDate(mail.date) ?? "",
          patches,
          commit,
          quote: report.quote,
        })),
      );
    return withoutRepeated(reported);
  });
}

/** Some say it above what they quote and once more below: one report, in the words that came first. */
function withoutRepeated(reported: readonly ReportedApplied[]): ReportedApplied[] {
  const first = new Map<string, ReportedApplied>();
  for (const report of reported) {
    const key = `${report.patches?.join(" ") ?? "all"}\n${report.commit ?? ""}`;
    if (!first.has(key)) first.set(key, report);
  }
  return [...first.values()];
}

/** By name too: people write from several addresses. */
function isSamePerson(a: Author, b: Author): boolean {
  if (a.email !== "" && a.email.toLowerCase() === b.email.toLowerCase()) return true;
  return a.name !== "" && a.name.toLowerCase() === b.name.toLowerCase();
}

type Reported = Pick<ReportedApplied, "patches" | "commit">;

function reportedPatches(report: AppliedReport, index: number, revision: TitledRevision): Reported[] {
  const total = Math.max(revision.expected, 1);
  const listed = report.listed.flatMap(({ commit, ...one }) => {
    const place = placeIn(one, revision) ?? (report.listed.length === 1 && index > 0 ? index : null);
    return place === null ? [] : [{ place, commit }];
  });
  const proven = listed.filter(({ commit }) => commit !== null);
  if (proven.length > 0) return byCommit(proven, total);
  const isNumbered = typeof report.patches !== "string";
  if (listed.length > 0 && !isNumbered)
    return [
      whole(
        listed.map(({ place }) => place),
        total,
        null,
      ),
    ];
  const named = numbersOf(report, index, total);
  const isOne = total === 1 || named?.length === 1;
  return [named === null ? { patches: null, commit: isOne ? report.commit : null } : whole(named, total, isOne ? report.commit : null)];
}

/** Patches that became one commit stand in one line. */
function byCommit(listed: ReadonlyArray<{ place: number; commit: string | null }>, total: number): Reported[] {
  const places = new Map<string | null, number[]>();
  for (const { place, commit } of listed) places.set(commit, [...(places.get(commit) ?? []), place]);
  return [...places].map(([commit, ones]) => whole(ones, total, commit));
}

function whole(places: readonly number[], total: number, commit: string | null): Reported {
  const patches = [...new Set(places)].sort((a, b) => a - b);
  return { patches: patches.length >= total ? null : patches, commit };
}

interface TitledRevision extends ReportedRevision {
  /** The place of the patch with a title; null where that is not known, and where there is no such patch. */
  readonly placeOf: (title: string) => number | null;
}

/** A reply may list thousands of patches of as many. */
function withTitles(revision: ReportedRevision): TitledRevision {
  let places: ReadonlyMap<string, number | null> | null = null;
  const placeOf = (title: string): number | null => {
    // Of patches with the same title the first one is meant.
    places ??= new Map([...revision.patches].reverse().map((patch) => [titleKey(patch.title), patch.index]));
    return places.get(titleKey(title)) ?? null;
  };
  return { ...revision, placeOf };
}

/** By title, since what is listed may be a part of it; else by number, where it counts as the posting does. */
function placeIn({ index, expected, title }: Omit<ListedPatch, "commit">, { placeOf, expected: total }: TitledRevision): number | null {
  return placeOf(title) ?? (index !== null && index > 0 && expected === total && index <= total ? index : null);
}

/** The patches that prose names; null for all, [] where it says of some and not which. */
function numbersOf({ patches, except }: AppliedReport, index: number, total: number): readonly number[] | null {
  const fromEnd = (one: number): number => (one < 0 ? total + 1 + one : one);
  const left = new Set(except.map(fromEnd).filter((one) => one >= 1 && one <= total));
  if (left.size > 0 && (typeof patches === "string" || patches.length === 0)) {
    return Array.from({ length: total }, (_, at) => at + 1).filter((one) => !left.has(one));
  }
  const answered = index > 0 ? [index] : null;
  switch (patches) {
    case "answered":
      return answered;
    case "one":
      // `The patch` of several that a cover letter has is not named.
      return answered ?? (total === 1 ? null : []);
    case "until":
      return index > 0 ? Array.from({ length: index }, (_, at) => at + 1) : null;
    case "series":
      return null;
    case "both":
      return total === 2 ? null : (answered ?? []);
    case "some":
      return answered ?? [];
    default: {
      const known = patches.map(fromEnd).filter((one) => one >= 1 && one <= total && !left.has(one));
      return known.length > 0 ? known : answered;
    }
  }
}
