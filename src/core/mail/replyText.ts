/** The text of an answer as a person reads it, and the names of what is attached. */
import { rawText } from "../rawText";
import { decodeFieldText, readHeader } from "./header";
import { readMail } from "./mail";
import { mailLimits } from "./mailLimits";
import { parseContentType } from "./mime";

export interface ReplyText {
  readonly text: string;
  /** Names of what is attached and not shown. */
  readonly attachments: readonly string[];
  /** The end of a very long text was left out. */
  readonly cut: boolean;
}

/** What people write is far shorter; what is longer is a log or a dump. */
const textLimit = 120_000;
/** Names listed of what is attached. */
const mostNames = 20;
const longestName = 200;

/** Reads the text of an answer; its signature and the attachments themselves are left out. */
export function replyText(bytes: Uint8Array): ReplyText {
  const { body } = readMail(bytes);
  const text = withoutSignature(body).replace(/^\n+/, "").trimEnd();
  return { text: text.slice(0, textLimit), attachments: attachmentNames(bytes), cut: text.length > textLimit };
}

function withoutSignature(body: string): string {
  const mark = `\n${body}`.lastIndexOf("\n-- \n");
  return mark >= 0 ? body.slice(0, mark) : body;
}

/** The names of the files attached to a mail. */
export function attachmentNames(bytes: Uint8Array): string[] {
  const raw = rawText(bytes.length > mailLimits.bytes ? bytes.subarray(0, mailLimits.bytes) : bytes);
  const top = readHeader(raw, 0, raw.length);
  const { type, boundary } = parseContentType(top.fields.contentType);
  if (!type.startsWith("multipart/") || !boundary) return [];
  const names: string[] = [];
  let parts = 0;
  // A part inside a part has a boundary of its own; each begins with two dashes at the start of a line.
  for (let at = raw.indexOf("\n--", top.end - 1); at >= 0 && parts < mailLimits.parts; at = raw.indexOf("\n--", at + 1)) {
    const lineEnd = raw.indexOf("\n", at + 1);
    if (lineEnd < 0 || names.length >= mostNames) break;
    if (lineEnd - at > mailLimits.boundary + 4 || !/^Content-/i.test(raw.slice(lineEnd + 1, lineEnd + 9))) continue;
    parts++;
    const { fields } = readHeader(raw, lineEnd + 1, Math.min(raw.length, lineEnd + mailLimits.headers));
    const name = fileName(fields.disposition) ?? parseContentType(fields.contentType).name;
    const isAttached = name !== null || /^\s*attachment/i.test(fields.disposition ?? "");
    if (isAttached) names.push((name === null ? "a file without a name" : decodeFieldText(name)).slice(0, longestName));
  }
  return names;
}

function fileName(disposition: string | null): string | null {
  const match = /;\s*filename\*?=(?:[\w-]*'[\w-]*')?(?:"([^"]*)"|([^;\s]+))/i.exec((disposition ?? "").slice(0, mailLimits.boundary * 10));
  return match?.[1] ?? match?.[2] ?? null;
}
