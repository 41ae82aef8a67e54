/** Subjects of patch mail: `[RFC PATCH net-next v3 02/10] KVM: x86: Fix a thing`. */

export interface Subject {
  /** The subject without its leading brackets and reply marks, trimmed. */
  readonly title: string;
  /** Words of the brackets without version and n/m, as written: `["RFC", "PATCH", "net-next"]`. */
  readonly prefixes: readonly string[];
  readonly version: number;
  /** Re-roll point of `v5.1`: 1; 0 where there is none. */
  readonly point: number;
  /** The n of `n/m`; null where the subject has no number. */
  readonly index: number | null;
  /** The m of `n/m`; null where the subject has no number. */
  readonly expected: number | null;
  readonly rfc: boolean;
  readonly resend: boolean;
  /** Carries a reply mark (`Re:`, `AW:`, `SV: [`...), so it is no patch of its own. */
  readonly reply: boolean;
  /** The brackets say PATCH, or RFC with a number: a patch or cover letter. */
  readonly patch: boolean;
}

const replyMark = /^\s*(?:re|aw|fwd?|sv|vs|antw|wg|tr|rv)(?:\[\d+\])?:\s*/i;
const localisedReplyMark = /^\s*\w{2,3}:\s*(?=\[)/;
/** `PATCHv3`, `v2PATCH12/15`, `RFCv2`: words that people write without a space between them. */
const gluedWords = /(RFC|PATCH|RESEND)(?=v?\d)|(v\d+(?:\.\d+)?)(?=(?:RFC|PATCH|RESEND))/gi;
const numberWord = /^(\d+)\/(\d+)$/;
const versionWord = /^v(\d+)(?:\.(\d+))?$/i;

/**
 * Splits a subject into its parts. Never fails: a subject without brackets is a title.
 * Accepts what people really write (comma, semicolon, glued, nested brackets, `1 of 5`, any case).
 */
export function parseSubject(text: string): Subject {
  let rest = text.replace(/\s+/g, " ");
  let reply = false;
  for (
    let mark = replyMark.exec(rest) ?? localisedReplyMark.exec(rest);
    mark;
    mark = replyMark.exec(rest) ?? localisedReplyMark.exec(rest)
  ) {
    reply = true;
    rest = rest.slice(mark[0].length);
  }
  const prefixes: string[] = [];
  let version = 1;
  let point = 0;
  let index: number | null = null;
  let expected: number | null = null;
  for (let group = leadingGroup(rest); group; group = leadingGroup(rest)) {
    rest = rest.slice(group.length);
    const words = group.text
      .replace(/[[\],;]/g, " ")
      .replace(/\b(\d+) of (\d+)\b/gi, "$1/$2")
      .replace(gluedWords, "$& ")
      .split(" ");
    for (const word of words) {
      const numbers = numberWord.exec(word);
      const versions = versionWord.exec(word);
      if (numbers) {
        index = Number(numbers[1]);
        expected = Number(numbers[2]);
      } else if (versions) {
        version = Math.max(1, Number(versions[1]));
        point = Number(versions[2] ?? 0);
      } else if (word) prefixes.push(word);
    }
  }
  const has = (wanted: string): boolean => prefixes.some((word) => word.toUpperCase().split("-").includes(wanted));
  const rfc = has("RFC");
  const patch = has("PATCH") || (rfc && index !== null);
  return { title: rest.trim(), prefixes, version, point, index, expected, rfc, resend: has("RESEND"), reply, patch };
}

/** The bracket group a subject begins with, nested brackets included; null where it begins with none or never closes. */
function leadingGroup(text: string): { text: string; length: number } | null {
  const start = text.length - text.trimStart().length;
  if (text[start] !== "[") return null;
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === "[") depth++;
    else if (text[at] === "]" && --depth === 0) return { text: text.slice(start, at + 1), length: at + 1 };
  }
  return null;
}

/** Folds what differs between two spellings of one title: case, white space, a final full stop. */
export function titleKey(title: string): string {
  return title.toLowerCase().replace(/\s+/g, " ").replace(/\.$/, "").trim();
}
