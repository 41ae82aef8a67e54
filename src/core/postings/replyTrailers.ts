/** The trailers that an answer gives to patches, `Reviewed-by:` and the like, in the words of its sender. */
import { cleanPeople, giverOf, isVerdict, type Sender, type TrailerGiver } from "../mail/trailers";
import { afterLine, lineAbove, lineFrom } from "../text";
import { numbersAt } from "./appliedWords";

/** A trailer somebody gave in a reply. */
export interface GivenTrailer {
  readonly key: string;
  readonly value: string;
  /** The patches it is for, if the reply names them (`[for patches 1-3]`); null for those that the reply hangs under. */
  readonly patches: readonly number[] | null;
  /** The part of the series it is for, if the reply names one without numbers: `vdpa` for `vdpa bits:`; "" if it names none. */
  readonly part?: string;
  /** Who gave it, judged by its address; a trailer that names nobody is the sender's. */
  readonly giver: TrailerGiver;
}

/** `Fixes:` and a commit, which is advice to the author; every other trailer that counts names a person. */
const fixesLine = /^Fixes:[ \t]*([0-9a-f]{7,40} \(.*)$/i;
/** The keys of people's trailers end in this way. */
const personTrailerKey = /^(?!not-|un)[A-Z][A-Za-z-]{0,40}-by$/i;
const lineLimit = 1000;
/** No reply gives more. */
const mostTrailers = 200;
/** A line that is indented deeper, in columns, is code or somebody else's text; a review may be indented less to stand out. */
const deepestIndent = 8;
const plainIndent = 3;

/** `[for patches 1-3]`, `(patches 1, 3 and 5)`, `# patch 2/4`, `for 1-3`. */
const forPatches =
  /(?:^|[[(#]|\bfor\b)[ \t]*(?:for[ \t]+)?(?:(?:patch(?:es)?|#)[ \t]*)?(\d{1,4}(?:\/\d{1,4})?(?:[ \t]*(?:-|to|through|,|&|and)[ \t]*\d{1,4}(?:\/\d{1,4})?){0,100})[ \t]*(?:[\])][ \t]*)?:?$/i;

/** What the sender of an answer wrote: its text without the quoted lines. */
export function unquotedText(body: string): string {
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
/** A line that may be a trailer. */
const anyTrailer = /-by[*_ \t]{0,8}:|^Fixes:/im;
/** The place in such a line that makes it one. */
const trailerMark = /-by[*_]{0,2}[ \t]{0,8}:|^Fixes:/gim;

/**
 * The trailers of a reply, in its order. Only the sender's own words count: a quoted line (`>`) belongs to the author or another
 * reviewer, and of an unquoted patch below it only the verdicts count. A line that the mail program folded is joined; `# a note`
 * stays part of the value.
 *
 * @param own the body's `ownText`, if it is known
 */
export function replyTrailers(body: string, sender: Sender, hasDiff: boolean, own = unquotedText(body)): GivenTrailer[] {
  // Most replies have no trailer, and a search is much faster than looking at every line.
  if (!anyTrailer.test(own)) return [];
  const found: GivenTrailer[] = [];
  const signature = body.startsWith("-- \n") ? 0 : body.indexOf("\n-- \n") + 1 || body.length;
  const hasCommit = body.includes("commit ");
  let inCommit = false;
  let seen = 0;
  trailerMark.lastIndex = 0;
  for (let mark = trailerMark.exec(body); mark && found.length < mostTrailers; mark = trailerMark.exec(body)) {
    let start = body.lastIndexOf("\n", mark.index) + 1;
    if (start >= signature) break;
    const line = lineFrom(body, start);
    trailerMark.lastIndex = start + line.length;
    if (line.charCodeAt(0) === greater || line.length > lineLimit) continue;
    for (; hasCommit && seen <= start; seen = afterLine(body, seen)) inCommit = isOfCommit(lineFrom(body, seen), inCommit);
    const read = readTrailer(line);
    if (!read || isTakenBack(lineAbove(body, start))) continue;
    const { key, indent, lead } = read;
    let value = read.value;
    const isPerson = key !== "Fixes";
    // The mail program may have wrapped the line before the address, so the next line belongs to it.
    let below = lineFrom(body, afterLine(body, start));
    const address = below.trim();
    if (isPerson && !value.includes("@") && address.length <= lineLimit && /^[^:>@]*@/.test(address) && cleanPeople(address).length > 0) {
      value = `${value} ${address}`;
      start = afterLine(body, start);
      seen = afterLine(body, start);
      trailerMark.lastIndex = start + below.length;
      below = lineFrom(body, seen);
    }
    const above = introduction(body, start);
    const isVerdictOfIt = isVerdict(key);
    // A sign-off in a suggested patch is for that patch.
    if (hasDiff && !isVerdictOfIt) continue;
    // Without an address it is a sentence that begins like a trailer, or a placeholder.
    for (const said of isPerson ? cleanPeople(value) : [value]) {
      const giver = isPerson ? giverOf(said, sender) : "sender";
      // Amid other text a trailer counts only in the sender's own name; any other may be quoted.
      if ((indent > plainIndent || lead !== "") && (!isVerdictOfIt || giver === "other" || inCommit)) continue;
      const patches = patchNumbersIn(said.replace(/^[^>]*>/, "")) ?? patchNumbersIn(below.trim()) ?? introduced(above);
      const part = patches ? null : introducedPart(above);
      found.push({ key, value: said, patches, ...(part === null ? {} : { part }), giver });
    }
  }
  return found;
}

interface TrailerLine {
  readonly key: string;
  readonly value: string;
  /** In columns. */
  readonly indent: number;
  /** A sentence on the same line before it: `Looks good.` */
  readonly lead: string;
}

/** `Reviewed-by: Ada Lind <ada@example.org>`, also in bold, indented, or behind a short sentence. */
function readTrailer(line: string): TrailerLine | null {
  const fixes = fixesLine.exec(line)?.[1];
  if (fixes !== undefined) return { key: "Fixes", value: fixes.trim(), indent: 0, lead: "" };
  const colon = line.search(/-by[*_]{0,2}[ \t]{0,8}:/i);
  if (colon < 0) return null;
  let [start, indent] = [0, 0];
  for (; start < colon && indent <= deepestIndent; start++) {
    const letter = line.charAt(start);
    if (letter === "\t") indent += deepestIndent - (indent % deepestIndent);
    else if (letter === " " || letter === "\u00a0") indent++;
    else break;
  }
  if (indent > deepestIndent) return null;
  let from = colon;
  while (from > start && /[A-Za-z-]/.test(line.charAt(from - 1))) from--;
  const key = line.slice(from, colon + "-by".length);
  const lead = line
    .slice(start, from)
    .replace(/[*_]{1,2}$/, "")
    .trim();
  if (!personTrailerKey.test(key) || (lead !== "" && !isOpening(lead))) return null;
  const value = line
    .slice(line.indexOf(":", colon) + 1)
    .replace(/^[*_]{1,2}/, "")
    .trim();
  return value === "" ? null : { key, value, indent, lead };
}

/** Whether a text before a trailer is a short sentence that takes nothing back. */
function isOpening(lead: string): boolean {
  return (
    lead.length <= 60 &&
    /^[A-Za-z][^"'`(<:]*[.!]$/.test(lead) &&
    !/\b(?:not|no|if|once|when|until|unless|without|after|but)\b|n't\b/i.test(lead)
  );
}

/** Whether the line above leads into the trailer and says that it is not given: `I cannot give a`. */
function isTakenBack(above: string): boolean {
  if (above.length > lineLimit || above.charCodeAt(0) === greater) return false;
  const line = above.trimEnd();
  return (
    /\b(?:a|an|my|the|any|your|this|give|add|drop|remove|of|with|as)$/i.test(line) &&
    /\b(?:not|cannot|never|no|drop|remove|without|withdraw|retract|before)\b|n't\b/i.test(line)
  );
}

/** Whether a line is of a commit that was pasted into the answer as `git show` prints it: its trailers were given to that one. */
function isOfCommit(line: string, inCommit: boolean): boolean {
  if (line.charCodeAt(0) === greater || line.length > lineLimit) return inCommit;
  if (/^[ \t]{0,8}commit [0-9a-f]{12,64}\b/.test(line)) return true;
  return inCommit && (line.trim() === "" || /^(?:[ \t]|(?:Author|AuthorDate|Commit|CommitDate|Date|Merge):)/.test(line));
}

/** The numbers of `[for patches 1-3]`; null if a text is something else. */
function patchNumbersIn(text: string): readonly number[] | null {
  if (text === "" || text.length > 80 || !/\d/.test(text)) return null;
  const list = forPatches.exec(text.trim())?.[1];
  if (list === undefined || !/patch|for|[[(#]/i.test(text)) return null;
  // Numbers and the words that join them, each as a word.
  return numbersAt(list.toLowerCase().match(/\d+(?:\/\d+)?|[^\s\d]+/g) ?? [], 0)?.numbers ?? null;
}

/** The numbers in a line right above the trailers: `For patches 1-3:`. */
function introduced(line: string): readonly number[] | null {
  return /^for\b|^patch|\bfor patch/i.test(line) && !exception.test(line) ? patchNumbersIn(line) : null;
}

/** The part of a series that a line right above the trailers names: `For the PMU changes,`, `vdpa bits:`. */
function introducedPart(line: string): string | null {
  if (line === "" || line.length > longestPart) return null;
  const words: readonly string[] = line.toLowerCase().match(/[\p{L}\p{N}_./+-]+/gu) ?? [];
  const from = words.lastIndexOf("for") + 1;
  const named = words.slice(from).filter((word) => !/^(?:all|of|the|my|related|specific)$/.test(word));
  if (from > 0 && /^(?:everything|anything|those|all)$/.test(words[from] ?? "")) {
    if (exception.test(line) || /^(?:that|which|touching|in|under|outside)$/.test(words[from + 1] ?? "")) return "";
  }
  if (from > 0 && named.some((word) => /^(?:rest|remainder|remaining|others?)$/.test(word))) return "";
  const last = named.pop() ?? "";
  if (!/^(?:bits?|parts?|portions?|pieces|changes|patch|patches|side)$/.test(last) || named.length === 0 || named.length > mostPartWords)
    return null;
  if (named.some((word) => noPart.test(word))) return null;
  // Without `for` it may be the end of any sentence, so the line must hold nothing else.
  if (from === 0 && (named.length > 2 || !line.endsWith(":"))) return null;
  return named.map((word) => word.replace(/-(?:related|specific)$/, "")).join(" ");
}

const longestPart = 80;
const mostPartWords = 6;
const exception = /\b(?:except|excluding|but|besides|minus|without|not|other than|apart from|save)\b/i;
/** Words with which such a line means the whole series, or praise or thanks. */
const noPart =
  /^(?:thanks?|thank|you|your|these|this|those|whole|entire|both|series|set|i|it|its|we|with|on|in|to|same|new|latest|quick|nice|good|great|fine|minor|small|some|requested|suggested|proposed|current|no|above|below|respin|look|looks|lgtm|\d.*)$/;

/**
 * The nearest line above the trailers; empty if that is too far away.
 *
 * @param from where the line of a trailer begins
 */
function introduction(body: string, from: number): string {
  let at = from;
  for (let count = 0; count < 6 && at > 0; count++) {
    const whole = lineAbove(body, at);
    at -= whole.length + 1;
    const line = whole.trim();
    if (line.length > lineLimit || line.charCodeAt(0) === greater) return "";
    if (line !== "" && !readTrailer(line)) return line;
  }
  return "";
}
