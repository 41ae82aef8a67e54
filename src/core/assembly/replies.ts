/** What an answer says of the patches it answers: trailers, and that they were applied. */
import type { Author } from "../mail/author";

/** A trailer somebody gave in a reply. */
export interface GivenTrailer {
  readonly key: string;
  readonly value: string;
  /** The patches it is for where the reply names them (`[for patches 1-3]`); null for what the reply hangs under. */
  readonly patches: readonly number[] | null;
  /** The address in it is not the sender's. */
  readonly mismatched: boolean;
}

/** A line of a mail that says what was applied. */
export interface AppliedLine {
  readonly index: number | null;
  /** Empty where it is about all of the series. */
  readonly title: string;
  readonly commit: string | null;
}

/** Keys of people's trailers; others (`Fixes:`) are advice to the author and no state of the patch. */
const personLine = /^[ \t]{0,3}([A-Z][A-Za-z-]{0,40}-by)[ \t]*:[ \t]*(\S.*)$/i;
const fixesLine = /^(Fixes):[ \t]*([0-9a-f]{7,40} \(.*)$/i;
const verdictKey = /^(?:reviewed|acked|tested|nacked)-by$/i;
const lineLimit = 1000;
/** No reply gives more. */
const mostTrailers = 200;

/** `[for patches 1-3]`, `(patches 1, 3 and 5)`, `# patch 2/4`, `for 1-3`. */
const forPatches =
  /(?:^|[[(#]|\bfor\b)[ \t]*(?:for[ \t]+)?(?:(?:patch(?:es)?|#)[ \t]*)?(\d{1,4}(?:\/\d{1,4})?(?:[ \t]*(?:-|to|through|,|&|and)[ \t]*\d{1,4}(?:\/\d{1,4})?){0,100})[ \t]*(?:[\])][ \t]*)?:?$/i;

/** What the sender of an answer wrote: its lines without the quoted ones. */
export function ownText(body: string): string {
  let own = "";
  let from = 0;
  for (let at = 0; at < body.length;) {
    const isQuoted = body.charCodeAt(at) === greater;
    if (isQuoted && from < at) own += body.slice(from, at);
    const end = body.indexOf("\n", at);
    at = end < 0 ? body.length : end + 1;
    if (isQuoted) from = at;
  }
  return from === 0 ? body : own + body.slice(from);
}

const greater = 62;
/** A line that `personLine` or `fixesLine` may match. */
const anyTrailer = /^(?:[ \t]{0,3}[A-Z][A-Za-z-]{0,40}-by[ \t]*:|Fixes:)/im;

/**
 * The trailers of a reply, in its order. Only what the sender wrote counts: a quoted line (`>`) is the author's or
 * another reviewer's; of an unquoted patch below it only the verdicts count. A line the mail program folded is joined; `# a note` stays part of the value.
 *
 * @param own the body's `ownText`, where it is known
 */
export function replyTrailers(body: string, from: Author, hasDiff: boolean, own = ownText(body)): GivenTrailer[] {
  // Most replies have none, and a search in what is theirs is much faster than the look at every line.
  if (!anyTrailer.test(own)) return [];
  const found: GivenTrailer[] = [];
  const lines = body.split("\n");
  for (let at = 0; at < lines.length && found.length < mostTrailers; at++) {
    if (lines[at]?.charCodeAt(0) === greater) continue;
    const line = (lines[at] ?? "").trimEnd();
    if (line === "-- ".trimEnd() && (lines[at] ?? "") === "-- ") break;
    if (line.length > lineLimit) continue;
    const match = personLine.exec(line) ?? fixesLine.exec(line);
    if (!match) continue;
    const key = match[1] ?? "";
    let value = (match[2] ?? "").trim();
    // A name that the mail program broke off goes on in the next line until its address is there.
    const next = (lines[at + 1] ?? "").trim();
    const isPerson = key.toLowerCase() !== "fixes";
    if (isPerson && !value.includes("@") && isRestOfPerson(next)) {
      value = `${value} ${next}`;
      at++;
    }
    const patches = namedPatches(value.replace(/^.*?>/, "")) ?? namedPatches((lines[at + 1] ?? "").trim()) ?? introduced(lines, at);
    // What has no address is a sentence that happens to begin like one, or a placeholder.
    if (isPerson && !value.includes("@")) continue;
    // The message of a patch that somebody sends as a suggestion signs off that one.
    if (hasDiff && !verdictKey.test(key)) continue;
    found.push({ key, value, patches, mismatched: isPerson && !isGivenBy(value, from) });
  }
  return found;
}

/** The numbers of `[for patches 1-3]`; null where a text is something else. */
function namedPatches(text: string): number[] | null {
  if (text === "" || text.length > 80 || !/\d/.test(text)) return null;
  const list = forPatches.exec(text.trim())?.[1];
  if (list === undefined || !/patch|for|[[(#]/i.test(text)) return null;
  const numbers = new Set<number>();
  for (const [, first = "", last] of list.matchAll(/(\d{1,4})(?:\/\d{1,4})?(?:[ \t]*(?:-|to|through)[ \t]*(\d{1,4})(?:\/\d{1,4})?)?/gi)) {
    const end = Math.min(Number(last ?? first), Number(first) + mostTrailers);
    for (let number = Number(first); number <= end; number++) numbers.add(number);
  }
  return numbers.size > 0 ? [...numbers].sort((a, b) => a - b) : null;
}

/** `For patches 1-3:` right above the trailers. */
function introduced(lines: readonly string[], at: number): number[] | null {
  for (let above = at - 1; above >= 0 && above >= at - 6; above--) {
    const line = (lines[above] ?? "").trim();
    if (line === "" || personLine.test(line)) continue;
    return /^for\b|^patch/i.test(line) ? namedPatches(line) : null;
  }
  return null;
}

function isGivenBy(value: string, from: Author): boolean {
  const address = addressIn(value)?.toLowerCase();
  return address !== undefined && from.email !== "" && plainAddress(address) === plainAddress(from.email.toLowerCase());
}

/** `name+tag@host` is `name@host`. */
function plainAddress(address: string): string {
  const plus = address.indexOf("+");
  const at = address.indexOf("@", plus);
  return plus < 0 || at < 0 ? address : address.slice(0, plus) + address.slice(at);
}

/** Whether a line may be the end of `Name <mail>`: an address, and before it nothing but words. */
function isRestOfPerson(line: string): boolean {
  const address = line.length > lineLimit ? null : addressIn(line);
  return address !== null && !/[:>]/.test(line.slice(0, line.indexOf(address)));
}

/** The first address in a line. */
function addressIn(line: string): string | null {
  return line.split(/[\s<>"']+/).find((word) => word.includes("@", 1) && !word.endsWith("@")) ?? null;
}

/** What `b4 ty`, patchwork-bot and maintainers by hand write; tip-bot2 names its commit in a line of its own. */
const appliedMark = /\b(?:applied|queued|merged|pushed|picked up|taken)\b/i;
const appliedItem = /^[ \t]*(?:-[ \t]*)?\[(?:[^\]\n]{0,60}[ ,])?(\d{1,4})\/(\d{1,4})\][ \t]*(\S.*)$/;
const loneItem = /^[ \t]*- \[[^\]\n]{0,60}\][ \t]*(\S.*)$/;
const commitLine =
  /^[ \t]+(?:commit:[ \t]*([0-9a-f]{7,40})\b|\(no commit info\)|https?:\/\/\S*?(?:\/commit\/|\/c\/|[?&;]id=)([0-9a-f]{7,40})\b\S*[ \t]*$)/i;
const tipLine = /^Commit-ID:[ \t]+([0-9a-f]{7,40})$/m;
const byUrl = /^[ \t]*(?:\[\d+\][ \t]*)?https?:\/\/\S*?(?:\/commit\/|\/c\/|[?&;]id=)([0-9a-f]{7,40})\b\S*[ \t]*$/m;

/** What a mail says was applied; [] where it says nothing of the kind. Quoted lines are somebody else's. */
export function appliedLines(body: string, title: string, own = ownText(body)): AppliedLine[] {
  if (!appliedMark.test(own) && !own.includes("Commit-ID:")) return [];
  const tip = tipLine.exec(own)?.[1];
  if (tip !== undefined) return [{ index: null, title, commit: tip.toLowerCase() }];
  // `I have not applied it` is no news; `applied` opens its sentence, or follows "series was", "now", "have".
  const said =
    /^(?:[^\n]{0,80}\b(?:is|was|were|are|been|have|has|and|now|series|patch|all|i've|it|this)[ ,:]+)?(?:applied|queued|merged|pushed|picked up|taken)\b(?!\s+(?:yet|only|cleanly))/im;
  if (!said.test(own) || /\b(?:not|n't|never|cannot|once|when|if|to be) (?:be |been |yet |get )*(?:applied|queued|merged)\b/i.test(own))
    return [];
  const found: AppliedLine[] = [];
  const lines = own.split("\n");
  for (let at = 0; at < lines.length && found.length < mostTrailers; at++) {
    const line = (lines[at] ?? "").slice(0, lineLimit);
    const item = appliedItem.exec(line) ?? null;
    const lone = item ? null : loneItem.exec(line);
    if (!item && !lone) continue;
    let words = (item?.[3] ?? lone?.[1] ?? "").trim();
    let commit: string | null = null;
    // A title may wrap before its commit stands in a line of its own.
    for (let below = at + 1; below < lines.length && below <= at + 3; below++) {
      const next = (lines[below] ?? "").slice(0, lineLimit);
      const match = commitLine.exec(next);
      if (match) {
        commit = (match[1] ?? match[2] ?? null)?.toLowerCase() ?? null;
        break;
      }
      if (!/^[ \t]+\S/.test(next)) break;
      words = `${words} ${next.trim()}`;
    }
    found.push({ index: item ? Number(item[1]) : null, title: words, commit });
  }
  return found.length > 0 ? found : [{ index: null, title: "", commit: byUrl.exec(own)?.[1]?.toLowerCase() ?? null }];
}
