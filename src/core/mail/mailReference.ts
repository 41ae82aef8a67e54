/** How a text names another mail: by a link into an archive of mail, `id:...`, `<...>`, or a bare Message-ID. */

export interface MailReference {
  /** Without angle brackets. */
  readonly messageId: string;
  /** The link as written; empty where only the Message-ID stands there. */
  readonly url: string;
  /** `marked` stands in angle brackets, as addresses of people do too; `bare` may be such an address as well. */
  readonly form: "link" | "marked" | "bare";
  /** Where it begins and ends in its line, its angle brackets not counted. */
  readonly start: number;
  readonly end: number;
}

/** A line that names mails is short; what follows on a longer one is not looked at. */
const longestLine = 1000;

/** Archives whose names do not begin as below. */
const listHosts = new Set(
  (
    "lkml.kernel.org erol.kernel.org patch.msgid.link msgid.link patchew.org marc.info www.spinics.net yhbt.net 80x24.org " +
    "mail-archive.com www.mail-archive.com lists.sr.ht lists.debian.org lists.gnu.org lists.nongnu.org www.postgresql.org"
  ).split(" "),
);
/** `lore.kernel.org` and its mirrors, `inbox.sourceware.org`, `patchwork.ozlabs.org`, `mid.mail-archive.com`, `nntp.lore.kernel.org`. */
const listHost =
  /^(?:lore(?:-kernel)?\.[a-z0-9-]+\.[a-z]{2,}|(?:inbox|public-inbox|patchwork|mid)\.[a-z0-9.-]+|nntp\.lore\.kernel\.org|public-inbox\.org)$/;
/** What a search for a single mail asks for; without it the words of a query may be anybody's address. */
const searchedId = /^(?:m|mid|id)(?::|%3a)/i;
/** mail-archive.com names lists in its paths as other archives name mails. */
const listAddress = /@(?:lists?|vger|groups|googlegroups)\./i;

/** Whether a link leads to an archive of mail. */
function isListLink(scheme: string, host: string): boolean {
  if (!/^(?:https?|nntps?|news):$/i.test(scheme)) return false;
  const name = host.toLowerCase().replace(/:\d{1,5}$/, "");
  return listHosts.has(name) || listHost.test(name);
}

/** The Message-ID in a link to a list archive; null where there is none. Undoes the URL's escapes. */
export function messageIdOfUrl(url: string): string | null {
  if (url.length > longestLine) return null;
  const [scheme = "", nothing, host = "", ...path] = (url.split("#", 1)[0] ?? "").split("/");
  if (nothing !== "" || path.length === 0 || !isListLink(scheme, host)) return null;
  const [last = "", ...query] = (path.pop() ?? "").split("?");
  for (const part of [...path, last, ...idsOfQuery(query.join("?"))]) {
    const id = part.includes("@") || part.includes("%") ? plainId(part) : null;
    if (id !== null && !(host.endsWith("mail-archive.com") && listAddress.test(id))) return id;
  }
  return null;
}

/** marc.info names a mail by `i=`, and a search by `q=mid:...` or `l=mid&q=...`. */
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

/** A Message-ID without its escapes, brackets and what a sentence put behind it; null where it is none. */
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

/** A word without the marks around it that are not its own. */
function trimmed(word: string): { text: string; from: number } {
  let from = 0;
  let to = word.length;
  while (from < to && ahead.includes(word[from] ?? "")) from++;
  while (to > from && behind.includes(word[to - 1] ?? "")) to--;
  return { text: word.slice(from, to), from };
}

/** What stands between words; no Message-ID that a tool makes holds any of it. */
const breaks = new Set(' \t\r\u00a0<>()[]"|,;');

/** The mails that a line names, in the order they stand there. */
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
    // `v1:https://...` has its label in the same word.
    let begin = Math.max(scheme, 0);
    while (begin > 0 && /[a-z]/i.test(text[begin - 1] ?? "")) begin--;
    const url = text.slice(begin);
    const messageId = messageIdOfUrl(scheme >= 0 ? url : `https://${url}`);
    if (messageId !== null) return { messageId, url, form: "link", start: start + begin, end: start + text.length };
    if (scheme >= 0) return null;
  }
  // `id:...` and `v1:...`; a Message-ID itself holds no colon.
  const at = text.indexOf("@");
  const begin = text.lastIndexOf(":", at < 0 ? text.length : at) + 1;
  const messageId = plainId(text.slice(begin));
  if (messageId === null) return null;
  const marked = line[start + begin - 1] === "<" && line[start + text.length] === ">";
  return { messageId, url: "", form: marked ? "marked" : "bare", start: start + begin, end: start + text.length };
}
