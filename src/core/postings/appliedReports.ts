/** What a reply reports as applied: in a sentence by a person, in a list by `b4 ty` or patchwork-bot, or by tip-bot. */
import type { Author } from "../mail/author";
import { isPull } from "../mail/mailKind";
import { robotOf } from "../mail/robots";
import { ownSentences, type Sentence } from "../mail/quoting";
import type { Subject } from "../mail/subject";
import { appliedClaim } from "./appliedClaim";
import type { NamedPatches } from "./appliedWords";

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
  /** The commit, if one commit is named for all of it. */
  readonly commit: string | null;
  /** Patches listed one by one with what became of them; [] if there is only the sentence. */
  readonly listed: readonly ListedPatch[];
  /** The words of somebody who applies patches to a tree; authors who say less of their own patches are not believed. */
  readonly byApplier: boolean;
}

/** How many reports of a mail are kept; nobody makes more. */
const mostReports = 20;
const mostListed = 2000;
const longestLine = 1000;
const longestQuote = 300;

/** A word that every report has. It is searched for first, since most replies have none. */
const anyMark =
  /appl(?:ied|ying)|queu(?:ed|e?ing)|merg(?:ed|ing)|push(?:ed|ing)|pick(?:ed|ing)|\btak(?:en|ing)\b|\btook\b|pull(?:ed|ing)|committ|commit:|\/commit\/|\/c\/[0-9a-f]|\bis (?:now )?commit [0-9a-f]|grabbed|landed|stag(?:ed|ing)|\badd(?:ed|ing)\b|\bput\b|placed|stuck|snagged|included|integrated|accepted|installed|\bnow in |\bin (?:my|our)\b|\bin [\w-]{0,40}(?:next|\/)/i;
const reporter = /^(?:patchwork-bot|tip-bot|pr-tracker-bot)/i;
const tipLine = /^Commit-ID:[ \t]+([0-9a-f]{7,40})$/m;

/** What a mail reports as applied; [] if it reports nothing. Quoted lines belong to somebody else. */
export function appliedReports(body: string, own: string, subject: Subject, from: Author): AppliedReport[] {
  if (!anyMark.test(own)) return [];
  const isRobot = robotOf(from) !== null;
  if (isRobot && !reporter.test(from.email)) return [];
  const context = { version: subject.version, isRobot, isPull: isPull(subject) };
  const reports: AppliedReport[] = [];
  const sentences = ownSentences(body);
  for (const sentence of sentences) {
    if (reports.length >= mostReports) break;
    const claim = anyMark.test(sentence.text) ? appliedClaim(sentence, context) : null;
    if (claim)
      reports.push({
        quote: sentenceQuote(sentence),
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

/** The sentence above a list of commits. The commits are proof enough, so the wording does not matter. */
function quoteOfList(sentences: readonly Sentence[]): string | null {
  const said = sentences.find(({ text }) => anyMark.test(text)) ?? sentences.find(({ introduces }) => listedItem.test(introduces));
  return said ? sentenceQuote(said) : null;
}

/** The patches of a shortlog right above a report, which is about these. */
function titlesAbove({ quotedTitles }: Sentence): ListedPatch[] {
  return quotedTitles.map((title) => ({ index: null, expected: null, title, commit: null }));
}

function sentenceQuote({ text }: Sentence): string {
  return text.length > longestQuote ? `${text.slice(0, longestQuote).trimEnd()}…` : text;
}

const listedItem = /^[ \t]*(?:-[ \t]*)?\[(?:[^\]\n]{0,60}[ ,])?(\d{1,4})\/(\d{1,4})\][ \t]*(\S.*)$/;
const loneItem = /^[ \t]*- \[[^\]\n]{0,60}\][ \t]*(\S.*)$/;
const commitWord = /^[ \t]+commit:[ \t]*([0-9a-f]{7,40})\b/i;
const noCommit = /^[ \t]+\(no (?:commit info|matching commit)\)[ \t]*$/i;

/** The list below a report: titles, each with the commit it became. A title may wrap, and a title without a commit does not take the next one's. */
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

/** The commit in a line that holds only its address: `[1] https://git.kernel.org/powerpc/c/0123456789ab`. */
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
