/** The mails that a text names: by a link into an archive, as `id:...` or `<...>`, or by a bare Message-ID. */

export interface MailReference {
  /** Without angle brackets. */
  readonly messageId: string;
  /** The link as written; empty where there is only the Message-ID. */
  readonly url: string;
  /** `marked` is in angle brackets; it may be the address of a person, and so may `bare`. */
  readonly form: "link" | "marked" | "bare";
  /** Where it begins and ends in its line, without its angle brackets. */
  readonly start: number;
  readonly end: number;
}

/** Lines that name mails are short; the rest of a longer one is not read. */
const longestLine = 1000;

/** Archives whose host names the pattern below does not match. */
const archiveHosts: ReadonlySet<string> = new Set(
  (
    "lkml.kernel.org erol.kernel.org patch.msgid.link msgid.link patchew.org marc.info www.spinics.net yhbt.net 80x24.org " +
    "mail-archive.com www.mail-archive.com lists.sr.ht lists.debian.org lists.gnu.org lists.nongnu.org www.postgresql.org"
  ).split(" "),
);
/** `lore.kernel.org` and its mirrors, `inbox.sourceware.org`, `patchwork.ozlabs.org`, `mid.mail-archive.com`, `nntp.lore.kernel.org`. */
const archiveHost =
  /^(?:lore(?:-kernel)?\.[a-z0-9-]+\.[a-z]{2,}|(?:inbox|public-inbox|patchwork|mid)\.[a-z0-9.-]+|nntp\.lore\.kernel\.org|public-inbox\.org)$/;
/** How a query names a single mail; without this, an address in a query may be anybody's. */
const searchedId = /^(?:m|mid|id)(?::|%3a)/i;
/** Paths of mail-archive.com name lists where those of other archives name mails. */
const listAddress = /@(?:lists?|vger|groups|googlegroups)\./i;

/** Whether a link leads to an archive of mail. */
function isArchiveLink(scheme: string, host: string): boolean {
  if (!/^(?:https?|nntps?|news):$/i.test(scheme)) return false;
  const name = host.toLowerCase().replace(/:\d{1,5}$/, "");
  return archiveHosts.has(name) || archiveHost.test(name);
}

/** The Message-ID in a link to an archive, without the escapes of the URL; null where there is none. */
function messageIdOfUrl(url: string): string | null {
  const [scheme = "", nothing, host = "", ...path] = (url.split("#", 1)[0] ?? "").split("/");
  if (nothing !== "" || path.length === 0 || !isArchiveLink(scheme, host)) return null;
  const [last = "", ...query] = (path.pop() ?? "").split("?");
  for (const part of [...path, last, ...idsOfQuery(query.join("?"))]) {
    const id = part.includes("@") || part.includes("%") ? plainId(part) : null;
    if (id !== null && !(host.endsWith("mail-archive.com") && listAddress.test(id))) return id;
  }
  return null;
}

/** The Message-IDs in a query: marc.info names a mail by `i=`, and searches for it by `q=mid:...` or `l=mid&q=...`. */
function idsOfQuery(query: string): string[] {
  const parameters = query.split("&").map((one): [string, string] => {
    const at = one.indexOf("=");
    return [one.slice(0, Math.max(at, 0)).toLowerCase(), one.slice(at + 1)];
  });
  const searched = parameters.some(([name, value]) => name === "l" && value.toLowerCase() === "mid");
  return parameters.flatMap(([name, value]) =>
    name === "i" || (name === "q" && (searched || searchedId.test(value))) ? [value.replace(searchedId, "")] : [],
  );
}

/** A Message-ID without escapes, brackets and the punctuation behind it; null where a text is none. */
function plainId(text: string): string | null {
  const decoded = text.includes("%") ? withoutEscapes(text) : text;
  const id = trimmed(decoded).text;
  return /^[^\s@<>:]+@[^\s@<>:]+$/.test(id) ? id : null;
}

function withoutEscapes(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const ahead = "<([{'\"`*_";
const behind = ">)]}'\"`*_.,;:!?";

/** A word without the punctuation around it. */
function trimmed(word: string): { text: string; from: number } {
  let from = 0;
  let to = word.length;
  while (from < to && ahead.includes(word[from] ?? "")) from++;
  while (to > from && behind.includes(word[to - 1] ?? "")) to--;
  return { text: word.slice(from, to), from };
}

/** Characters between words; no tool puts any of them into a Message-ID. */
const breaks: ReadonlySet<string> = new Set(' \t\r\u00a0<>()[]"|,;');

/** The mails that a line names, in their order. */
export function referencesIn(line: string): MailReference[] {
  const found: MailReference[] = [];
  const length = Math.min(line.length, longestLine);
  for (let start = 0; start < length;) {
    let end = start;
    while (end < length && !breaks.has(line[end] ?? "")) end++;
    const reference = end - start > 2 ? referenceAt(line, start, end) : null;
    if (reference) found.push(reference);
    start = end + 1;
  }
  return found;
}

function referenceAt(line: string, from: number, to: number): MailReference | null {
  const word = line.slice(from, to);
  if (!word.includes("@") && !word.includes("%40") && !word.includes("://")) return null;
  const { text, from: skipped } = trimmed(word);
  const start = from + skipped;
  const scheme = text.indexOf("://");
  if (scheme >= 0 || text.includes("/")) {
    // The label of `v1:https://...` is part of the same word.
    let begin = Math.max(scheme, 0);
    while (begin > 0 && /[a-z]/i.test(text[begin - 1] ?? "")) begin--;
    const url = text.slice(begin);
    const messageId = messageIdOfUrl(scheme >= 0 ? url : `https://${url}`);
    if (messageId !== null) return { messageId, url, form: "link", start: start + begin, end: start + text.length };
    if (scheme >= 0) return null;
  }
  // `id:...` and `v1:...` have a label too; a Message-ID has no colon.
  const at = text.indexOf("@");
  const begin = text.lastIndexOf(":", at < 0 ? text.length : at) + 1;
  const messageId = plainId(text.slice(begin));
  if (messageId === null) return null;
  const marked = line[start + begin - 1] === "<" && line[start + text.length] === ">";
  return { messageId, url: "", form: marked ? "marked" : "bare", start: start + begin, end: start + text.length };
}
