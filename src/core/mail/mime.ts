/** The parts of a mail (RFC 2045, 2046): takes multiparts apart, undoes transfer encodings and flowed lines (RFC 3676), and decodes charsets. */
import { findDiff, readDiff } from "../diff/diff";
import { closingQuote } from "../text";
import { asIconv, bytesOfRaw, decodeDeclared, rawOf, rawText, readsAsAscii, tellsAll } from "./charset";
import { decodeFieldText, type HeaderFields, mailLimits, readHeader } from "./header";
import { readPatchMessage } from "./mailinfo";
import { decodeBase64, decodeQuotedPrintable } from "./transferEncoding";

interface ContentType {
  /** `text/plain`, lower case. */
  readonly type: string;
  readonly charset: string | null;
  readonly boundary: string | null;
  readonly name: string | null;
  readonly flow: Flow;
}

/** The text of a mail and the patches attached to it. */
export interface MailParts {
  /** The plain text; at its end the first attached patch, where the text has no diff of its own. */
  readonly body: string;
  /** The attached patches that are not in the body. */
  readonly patches: readonly string[];
  /** The exact texts of `body` and `patches`, see charset.ts; null where `rawOf` makes them of these. */
  readonly exact: readonly string[] | null;
  readonly charset: string;
  readonly repaired: boolean;
}

/** Reads a mail that is attached to another one, as a person sees it. */
type ReadInner = (bytes: Uint8Array, nesting: number) => InnerText;

export interface InnerText {
  readonly text: string;
  /** The exact text; null where `rawOf` makes it of `text`. */
  readonly exact: string | null;
}

const plainText: ContentType = { type: "text/plain", charset: null, boundary: null, name: null, flow: "fixed" };
/** Characters of a Content-Type that are read. Long file names make long ones, but no real one is longer. */
const longestField = 10_000;
const parameterName = /;\s*([^\s=;*"]+)(?:\*(\d*)\*?)?\s*=\s*/g;
const plainValue = /"?([^;\s]*)/y;
const patchType = /^(?:text|application)\/(?:x-)?(?:patch|diff|git-patch)$/;
const patchName = /\.(?:patch|diff|mbox|eml)(?:\.txt)?$|^\d{4}-.*\.txt$/i;

/** `text/plain; charset="utf-8"`, as most mails have it. */
const usualContent = /^text\/plain(?:;\s?charset="?(utf-8|us-ascii)"?)?$/i;

/** Reads a Content-Type field, comments and quotes included. An unreadable one means plain text, as the standard demands. */
export function parseContentType(field: string | null): ContentType {
  if (field === null) return plainText;
  const usual = usualContent.exec(field);
  if (usual) return { ...plainText, charset: usual[1] ?? null };
  const text = field.slice(0, longestField);
  const type = /^\s*([\w.+-]+\/[\w.+-]+)/.exec(text)?.[1]?.toLowerCase() ?? "text/plain";
  const parameters = readParameters(text);
  const get = (name: string): string | null => parameters.get(name) ?? null;
  return { type, charset: get("charset"), boundary: get("boundary"), name: get("name"), flow: flowOf(type, get) };
}

function flowOf(type: string, get: (name: string) => string | null): Flow {
  if (type !== "text/plain" || get("format")?.toLowerCase() !== "flowed") return "fixed";
  return get("delsp")?.toLowerCase() === "yes" ? "delsp" : "flowed";
}

/** The parameters by their names in lower case. The pieces of a split one (`name*0`, `name*1`) are joined (RFC 2231). */
function readParameters(text: string): Map<string, string> {
  const found = new Map<string, string>();
  let unclosed = false;
  parameterName.lastIndex = 0;
  for (let match = parameterName.exec(text); match; match = parameterName.exec(text)) {
    const [, name = "", piece] = match;
    const key = name.toLowerCase();
    const at = parameterName.lastIndex;
    const end: number = text[at] === '"' && !unclosed ? closingQuote(text, at) : -1;
    unclosed ||= text[at] === '"' && end < 0;
    plainValue.lastIndex = at;
    const value = end >= 0 ? text.slice(at + 1, end).replace(/\\(.)/gs, "$1") : (plainValue.exec(text)?.[1] ?? "");
    parameterName.lastIndex = end >= 0 ? end + 1 : Math.max(plainValue.lastIndex, at);
    const known = found.get(key);
    if (known === undefined) found.set(key, value.replace(/^[\w-]*'[\w-]*'/, ""));
    else if (piece) found.set(key, known + value);
  }
  return found;
}

interface Leaf extends InnerText {
  readonly isAttachment: boolean;
}

interface Walk {
  readonly raw: string;
  readonly bytes: Uint8Array;
  readonly problems: Set<string>;
  readonly readInner: ReadInner;
  readonly leaves: Leaf[];
  /** The charset of the first text, which is the mail's own. */
  charset: string | null;
  repaired: boolean;
  parts: number;
}

/**
 * Reads the body of a mail.
 *
 * @param raw the mail with one character for each byte
 * @param start where the body begins, in bytes
 * @param nesting how many mails this one is inside of
 */
export function readParts(
  mail: { readonly raw: string; readonly bytes: Uint8Array; readonly start: number; readonly nesting: number },
  fields: HeaderFields,
  problems: Set<string>,
  readInner: ReadInner,
): MailParts {
  const { raw, bytes } = mail;
  const walk: Walk = { raw, bytes, problems, readInner, leaves: [], charset: null, repaired: false, parts: 0 };
  readPart(walk, fields, { start: mail.start, end: bytes.length }, { nesting: mail.nesting, isInside: false });
  const [body = "", ...patches] = joinLeaves(walk.leaves, ({ text }) => text);
  const isOther = walk.leaves.some(({ exact }) => exact !== null);
  return {
    body,
    patches,
    exact: isOther ? joinLeaves(walk.leaves, ({ text, exact }) => exact ?? rawOf(text)) : null,
    charset: walk.charset ?? "utf-8",
    repaired: walk.repaired,
  };
}

/** The body, then each attached patch that is not in it. */
function joinLeaves(leaves: readonly Leaf[], textOf: (leaf: Leaf) => string): string[] {
  const texts = leaves.filter(({ isAttachment }) => !isAttachment);
  const patches = leaves.filter(({ isAttachment }) => isAttachment);
  const [first] = patches;
  const joins = first !== undefined && texts.every(({ text }) => findDiff(text, 0) < 0);
  const body = joinTexts((joins ? [...texts, first] : texts).map(textOf));
  return [body, ...(joins ? patches.slice(1) : patches).map(textOf)];
}

/** Joins parts with a blank line between them; the line end in front of a boundary is not part of the text. */
function joinTexts(texts: readonly string[]): string {
  const joined: string[] = [];
  for (const text of texts) {
    const last = joined.at(-1) ?? "";
    if (last !== "") joined.push(last.endsWith("\n\n") ? "" : last.endsWith("\n") ? "\n" : "\n\n");
    joined.push(text);
  }
  return joined.join("");
}

interface ByteRange {
  readonly start: number;
  readonly end: number;
}

interface PartPlace {
  readonly nesting: number;
  /** Whether it is inside a multipart; the outermost part is the mail itself. */
  readonly isInside: boolean;
}

function readPart(walk: Walk, fields: HeaderFields, range: ByteRange, place: PartPlace): void {
  const content = parseContentType(fields.contentType);
  if (++walk.parts > mailLimits.parts) {
    walk.problems.add(`The mail has more than ${mailLimits.parts} parts; the rest of them was not read.`);
    return;
  }
  if (place.nesting > mailLimits.nesting) {
    walk.problems.add(`Parts of the mail are more than ${mailLimits.nesting} levels deep and were not read.`);
    return;
  }
  if (content.type.startsWith("multipart/") && readMultipart(walk, content, range, place)) return;
  if (content.type === "message/rfc822" || content.type === "message/global") readInnerMail(walk, fields, range, place);
  else readLeaf(walk, fields, content, range, place);
}

/** Reads the parts of a multipart; false where the boundaries are missing, so that all of it is one text. */
function readMultipart(walk: Walk, content: ContentType, range: ByteRange, place: PartPlace): boolean {
  const boundary = content.boundary;
  if (!boundary || boundary.length > mailLimits.boundary) {
    walk.problems.add("A multipart names no boundary; it is read as one text.");
    return false;
  }
  const inner = { nesting: place.nesting + 1, isInside: true };
  // The part is cut out, so that the search for a missing boundary ends where the part does.
  const text = walk.raw.slice(range.start, range.end);
  let line = boundaryLine(text, boundary, 0);
  if (!line) {
    walk.problems.add("The parts of a multipart are missing; it is read as one text.");
    return false;
  }
  while (line && !line.isLast && walk.parts <= mailLimits.parts) {
    const next = boundaryLine(text, boundary, line.end);
    if (!next) walk.problems.add("A multipart is not closed; its last part may be incomplete.");
    const part = { start: range.start + line.end, end: next ? range.start + next.contentEnd : range.end };
    const header = readHeader(walk.raw, part.start, part.end);
    // A part without a header begins with an empty line or right away; neither is a problem.
    readPart(walk, header.fields, { start: Math.min(header.end, part.end), end: part.end }, inner);
    line = next;
  }
  return true;
}

interface BoundaryLine {
  /** Where the part above ends: the line end in front of a boundary belongs to the boundary. */
  readonly contentEnd: number;
  readonly end: number;
  readonly isLast: boolean;
}

function boundaryLine(text: string, boundary: string, from: number): BoundaryLine | null {
  const mark = "--" + boundary;
  for (let at = text.indexOf(mark, from); at >= 0; at = text.indexOf(mark, at + mark.length)) {
    if (at > from && text[at - 1] !== "\n") continue;
    let rest = at + mark.length;
    const isLast = text.startsWith("--", rest);
    if (isLast) rest += 2;
    while (text[rest] === " " || text[rest] === "\t" || text[rest] === "\r") rest++;
    if (rest < text.length && text[rest] !== "\n") continue;
    const isCrlf = at - 2 >= from && text[at - 2] === "\r";
    return { contentEnd: Math.max(from, at - (isCrlf ? 2 : 1)), end: Math.min(rest + 1, text.length), isLast };
  }
  return null;
}

function readInnerMail(walk: Walk, fields: HeaderFields, range: ByteRange, { nesting, isInside }: PartPlace): void {
  const inner = walk.readInner(transferDecoded(walk, fields, range), nesting + 1);
  if (!isInside || findDiff(inner.text, 0) >= 0) walk.leaves.push({ ...inner, isAttachment: isInside });
}

function readLeaf(walk: Walk, fields: HeaderFields, content: ContentType, range: ByteRange, place: PartPlace): void {
  const disposition = fields.disposition?.slice(0, longestField) ?? "";
  const name = content.name ?? (disposition ? (readParameters(disposition).get("filename") ?? null) : null);
  const looksLikePatch = patchType.test(content.type) || (name !== null && patchName.test(decodeFieldText(name)));
  const isText = content.type.startsWith("text/");
  if (content.type === "text/html") {
    if (!place.isInside) walk.problems.add("The mail is HTML only, which is not read.");
    return;
  }
  if (place.isInside && !isText && !looksLikePatch) return;
  const isAttachment = place.isInside && (looksLikePatch || /^\s*attachment/i.test(disposition));
  const bytes = transferDecoded(walk, fields, range);
  const charset = content.charset ?? (isAttachment ? fileCharset(bytes) : null);
  const decoded = decodeDeclared(bytes, charset);
  const text = unflowed(withLineFeeds(decoded.text), content.flow);
  if (isAttachment && findDiff(text, 0) < 0) return;
  if (decoded.repaired) walk.repaired = true;
  if (!isAttachment) walk.charset ??= decoded.charset;
  const keepsReturns = transferEncoding(fields) !== null && content.flow === "fixed" && hasOwnReturns(decoded.text);
  walk.leaves.push({
    text,
    exact: tellsAll(bytes, decoded) && !keepsReturns ? null : exactText(bytes, { ...content, charset }, keepsReturns),
    isAttachment,
  });
}

/** Bytes of an attached file of `git format-patch` that are searched for its header. */
const longestFileHead = 4000;

/** The charset that an attached file of `git format-patch` declares for its message; the mailer that attached it seldom knows. */
function fileCharset(bytes: Uint8Array): string | null {
  const head = rawText(bytes.subarray(0, longestFileHead));
  if (!/^From [0-9a-f]{40,64} /.test(head)) return null;
  return /^Content-Type: text\/plain; charset=([\w-]{1,40})\r?$/im.exec(head.split(/\r?\n\r?\n/, 1)[0] ?? "")?.[1] ?? null;
}

function exactText(bytes: Uint8Array, { charset, flow }: ContentType, keepsReturns: boolean): string {
  const raw = rawText(bytes);
  return exactPart(keepsReturns ? raw : unflowed(withLineFeeds(raw), flow), charset);
}

function transferDecoded(walk: Walk, fields: HeaderFields, { start, end }: ByteRange): Uint8Array {
  const bytes = walk.bytes.subarray(start, end);
  const encoding = transferEncoding(fields);
  if (!encoding) return bytes;
  const decoded = encoding === "base64" ? decodeBase64(bytes) : decodeQuotedPrintable(bytes);
  if (decoded.problem) walk.problems.add(decoded.problem);
  return decoded.bytes;
}

/** The transfer encoding of a part; null for text that was sent as it is. */
function transferEncoding({ encoding }: HeaderFields): "base64" | "quoted-printable" | null {
  if (encoding === null || encoding === "7bit" || encoding === "8bit") return null;
  const name = /^\s*["']?(base64|quoted-printable)\b/i.exec(encoding.slice(0, longestField))?.[1]?.toLowerCase();
  return name === "base64" || name === "quoted-printable" ? name : null;
}

/** Whether the body is one plain part without a transfer encoding. */
export function isPlainPart(fields: HeaderFields, content: ContentType): boolean {
  return content.type === "text/plain" && transferEncoding(fields) === null;
}

/**
 * Whether a CR at the end of a line belongs to the patched file, and not to the mail. The lines of a diff that are not of the file,
 * such as `@@`, end in LF alone then. Only a transfer encoding lets such a CR survive.
 */
function hasOwnReturns(text: string): boolean {
  return text.includes("\r\n") && /(?:^|\n)@@ -\d[^\n]*(?<!\r)\n/.test(text);
}

/** Turns CR LF into LF. */
export function withLineFeeds(text: string): string {
  return text.includes("\r\n") ? text.replaceAll("\r\n", "\n") : text;
}

// Flowed lines (RFC 3676, `format=flowed`), undone for a patch as git does it.

/** Whether the lines of a part flow, and whether the space that marks a continued line is to be dropped (`delsp`). */
type Flow = "fixed" | "flowed" | "delsp";

/**
 * Removes the space that was put in front of lines and joins continued lines, as git does, but only in a patch: in an answer,
 * lines of a quote would run into each other. An empty context line, ` `, looks like a continued one, and some mailers declare
 * flowed lines without writing them. So the first reading counts in which the patch is whole.
 */
export function unflowed(text: string, flow: Flow): string {
  if (flow === "fixed" || findDiff(text, 0) < 0 || /^>/m.test(text)) return text;
  const joined = joinLines(text, flow === "delsp");
  if (!isDamaged(joined)) return joined;
  const unstuffed = text.replace(/^ /gm, "");
  return [unstuffed, text].find((one) => !isDamaged(one)) ?? joined;
}

function isDamaged(text: string): boolean {
  return readDiff(text).files.some(({ mangled }) => mangled);
}

function joinLines(text: string, dropsSpace: boolean): string {
  const lines: string[] = [];
  let held: string[] = [];
  const close = (line: string): void => {
    lines.push(held.length === 0 ? line : held.join("") + line);
    held = [];
  };
  for (const line of text.split("\n")) {
    if (line === "-- ") {
      if (held.length > 0) close("");
      lines.push(line);
      continue;
    }
    const bare = line.startsWith(" ") ? line.slice(1) : line;
    if (bare.endsWith(" ")) held.push(dropsSpace ? bare.slice(0, -1) : bare);
    else close(bare);
  }
  if (held.length > 0) close("");
  return lines.join("\n");
}

/**
 * The exact text of a part of a mail, which git takes.
 *
 * @param raw the raw text of the part, transfer encoding undone
 * @param label the charset it declares
 */
export function exactPart(raw: string, label: string | null): string {
  const wanted = label?.trim().toLowerCase() ?? "";
  // Git does not convert text that declares nothing, nor text that declares UTF-8, even where it is something else.
  if (wanted === "" || wanted === "utf-8" || wanted === "utf8") return raw;
  const bytes = bytesOfRaw(raw);
  // In a charset with two bytes for each character neither lines nor a diff can be found.
  if (!readsAsAscii(wanted) && !wanted.startsWith("iso-2022")) return rawOf(decodeDeclared(bytes, wanted).text);
  const diff = readDiff(raw);
  const { messageEnd } = readPatchMessage(raw, diff);
  const end = diff.files.length > 0 ? messageEnd : raw.length;
  return rawOf(messageAsGit(bytes.subarray(0, end), wanted)) + raw.slice(end);
}

/** Decodes a message as git does. Where git would refuse the mail, since the bytes do not fit the charset, it is decoded as we read it. */
function messageAsGit(bytes: Uint8Array, label: string): string {
  const { text, repaired } = decodeDeclared(bytes, label);
  if (repaired) return text;
  // The WHATWG standard reads Latin-1 as windows-1252; for git the bytes from 0x80 to 0x9f are control characters.
  if (/^(?:cs)?(?:iso[-_]?8859|iso[-_]ir-100|latin|l1$)/.test(label) && text.length === bytes.length)
    return Array.from(bytes, (byte, at) => (byte >= 0x80 && byte < 0xa0 ? String.fromCharCode(byte) : text.charAt(at))).join("");
  return asIconv(text, label);
}
