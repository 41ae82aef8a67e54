/** The invented mails of test/fixtures/sample/mail as bytes; README.md there says how they are written down. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { encodeBody, encodeField, type HeaderCoding } from "./mailEncoding";

/** The list whose archive is the sample; mails sent to others alone are in theirs. */
export const sampleList = "kvm@lists.example.org";
/** Compiled, this file stands in out/test/support. */
const folder = resolve(__dirname, "../../../test/fixtures/sample/mail");

export interface SampleMail {
  /** Which text it was written in, without `.txt`. */
  readonly file: string;
  /** Without angle brackets. */
  readonly messageId: string;
  /** As written, so decoded. */
  readonly from: string;
  readonly subject: string;
  readonly body: string;
  /** The Date header in seconds since 1970, and its zone. */
  readonly date: number;
  readonly zone: string;
  /** When it reached the archive; the same unless the list held it back or its clock was wrong. */
  readonly arrived: number;
  /** When it was taken out of the archive; null for all but one. */
  readonly removed: number | null;
  /** LF line ends, as public-inbox keeps mails. */
  readonly bytes: Buffer;
}

type Fields = ReadonlyMap<string, string>;

interface Written {
  readonly file: string;
  readonly fields: Fields;
  readonly body: string;
}

/** The mails that reached a list, in the order they arrived. */
export function sampleMails(list: string = sampleList): SampleMail[] {
  const written = readdirSync(folder)
    .filter((name) => name.endsWith(".txt"))
    .sort()
    .flatMap((name) => readBlocks(name.slice(0, -4), readFileSync(join(folder, name), "utf8")));
  const parents = new Map(written.map(({ fields }) => [field(fields, "Message-ID"), fields.get("In-Reply-To")]));
  return written
    .filter(({ fields }) => `${fields.get("To") ?? sampleList} ${fields.get("Cc") ?? ""}`.includes(list))
    .map((one) => makeMail(one, list, parents))
    .sort((a, b) => a.arrived - b.arrived || (a.messageId < b.messageId ? -1 : 1));
}

/** A text opens with what it is about; each mail follows a line `=== mail`. */
function readBlocks(file: string, text: string): Written[] {
  return text
    .split(/^=== mail\n/m)
    .slice(1)
    .map((block) => {
      const end = block.indexOf("\n\n");
      const lines = block.slice(0, end).split("\n");
      const fields = new Map(
        lines.map((line): [string, string] => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)]),
      );
      return { file, fields, body: block.slice(end + 2).replace(/\n+$/, "\n") };
    });
}

function field(fields: Fields, name: string): string {
  const value = fields.get(name);
  if (value === undefined) throw new Error(`A mail of the sample has no ${name}: ${fields.get("Subject") ?? "no subject either"}`);
  return value;
}

function makeMail({ file, fields, body }: Written, list: string, parents: ReadonlyMap<string, string | undefined>): SampleMail {
  const messageId = field(fields, "Message-ID");
  const date = readDate(field(fields, "Date"));
  const { coded, headers } = encodeBody(body, fields.get("Sample-Body"), fields.get("Content-Type"));
  const coding = (fields.get("Sample-Headers") ?? "quoted") as HeaderCoding;
  const references = ancestors(messageId, parents);
  const lines = [
    `Date: ${date.header}`,
    ...["From", "To", "Cc", "Subject"].flatMap((name) => {
      const value = fields.get(name) ?? (name === "To" ? sampleList : undefined);
      return value === undefined ? [] : [encodeField(name, value, coding)];
    }),
    `Message-ID: ${messageId}`,
    ...(references.length > 0 ? [`In-Reply-To: ${references.at(-1)!}`, `References: ${references.join("\n ")}`] : []),
    `List-Id: <${list.replace("@", ".")}>`,
    ...Array.from(fields, ([name, value]) => (known.has(name) || name.startsWith("Sample-") ? "" : `${name}: ${value}`)).filter(Boolean),
    "MIME-Version: 1.0",
    ...headers,
  ];
  const removed = fields.get("Sample-Removed");
  return {
    file,
    messageId: messageId.slice(1, -1),
    from: field(fields, "From"),
    subject: field(fields, "Subject"),
    body,
    date: date.seconds,
    zone: date.zone,
    arrived: readDate(fields.get("Sample-Arrived") ?? field(fields, "Date")).seconds,
    removed: removed === undefined ? null : readDate(removed).seconds,
    // Headers that are not ASCII although they are not encoded are in Latin-1, as old mail programs left them.
    bytes: Buffer.concat([Buffer.from(`${lines.join("\n")}\n\n`, coding === "iso-8859-1" ? "latin1" : "utf8"), coded]),
  };
}

/** Fields that are written by name above or with the body. */
const known = new Set(["Date", "From", "To", "Cc", "Subject", "Message-ID", "In-Reply-To", "Content-Type"]);

/** The mails above one in its thread, the oldest first. */
function ancestors(messageId: string, parents: ReadonlyMap<string, string | undefined>): string[] {
  const found: string[] = [];
  for (let at = parents.get(messageId); at !== undefined; at = parents.get(at)) found.unshift(at);
  return found;
}

/** `2026-10-07 09:45:00 +0200`, or a Date header as it is sent. */
function readDate(text: string): { seconds: number; zone: string; header: string } {
  const seconds = Date.parse(text.replace(/^(\d{4}-\d{2}-\d{2}) (\S+) ([+-]\d{2})(\d{2})$/, "$1T$2$3:$4")) / 1000;
  if (!Number.isInteger(seconds)) throw new Error(`The sample has a date nobody can read: ${text}`);
  const zone = text.slice(-5);
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3));
  const local = new Date((seconds + (zone.startsWith("-") ? -60 : 60) * minutes) * 1000);
  return { seconds, zone, header: local.toUTCString().replace("GMT", zone) };
}
