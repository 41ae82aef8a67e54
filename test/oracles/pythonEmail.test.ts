import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readMail, type Mail } from "../../src/core/mail/mail";
import { oracleMails, sharedData } from "./sharedMails";

/** What Python's email package reads of a mail; a part that it cannot decode is left to its `replace`. */
const script = `
import email, email.policy, email.utils, email.header, json, sys
def words(value):
    if value is None: return None
    out = ""
    for text, charset in email.header.decode_header(str(value)):
        if isinstance(text, str): out += text
        else:
            try: out += text.decode(charset or "ascii", "replace")
            except LookupError: out += text.decode("ascii", "replace")
    return out
def text_of(part):
    data = part.get_payload(decode=True) or b""
    try: return data.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError: return data.decode("utf-8", "replace")
read = sys.stdin.buffer
while True:
    size = read.readline()
    if not size: break
    m = email.message_from_bytes(read.read(int(size)), policy=email.policy.compat32)
    parts = [p for p in m.walk() if p.get_content_type() == "text/plain" and not (m.is_multipart() and (p.get_content_disposition() == "attachment" or p.get_filename()))]
    date = None
    try: date = email.utils.parsedate_to_datetime(m["date"]).timestamp()
    except Exception: pass
    raw = m["from"]
    name, address = email.utils.parseaddr(" ".join(str(raw).split())) if raw is not None else ("", "")
    print(json.dumps({
        "name": words(name), "address": address, "subject": words(m["subject"]), "date": date,
        "id": m["message-id"], "to": sum(1 for _, a in email.utils.getaddresses([" ".join(str(v).split()) for v in m.get_all("to", []) + m.get_all("cc", [])]) if a),
        "body": "\\n".join(text_of(p) for p in parts), "defects": [type(d).__name__ for p in m.walk() for d in p.defects] }))
`;

interface PythonMail {
  readonly name: string | null;
  readonly address: string;
  readonly subject: string | null;
  readonly date: number | null;
  readonly id: string | null;
  readonly to: number;
  readonly body: string;
  readonly defects: readonly string[];
}

interface Difference {
  readonly field: string;
  readonly python: string;
  readonly ours: string;
}

interface Read {
  readonly raw: string;
  readonly mail: Mail;
  readonly python: PythonMail;
}

/** Why Python says otherwise, by what is seen in the mail and in the two answers; each was looked at. */
const reasons: ReadonlyArray<readonly [reason: string, applies: (difference: Difference, read: Read) => boolean]> = [
  [
    "an attached patch is the end of the body",
    ({ field, python, ours }, { mail, raw }) =>
      field === "body" && /^Content-Type: multipart\//im.test(raw) && ours.startsWith(python.trim()) && mail.body.includes("\n+++ "),
  ],
  [
    "lines of format=flowed are joined where there is a patch, as git does it; Python leaves that to its callers",
    ({ field, python, ours }, { mail, raw }) =>
      field === "body" &&
      /format="?flowed/i.test(raw) &&
      mail.body.includes("\n+++ ") &&
      python.replace(/\s+/g, "") === ours.replace(/\s+/g, ""),
  ],
  ["a NUL is shown as U+FFFD", ({ python, ours }) => python.replaceAll("\0", "\uFFFD") === ours],
  [
    "the text does not fit the charset it declares, or declares none: the reader takes windows-1252, Python gives up on the letters",
    ({ field, python }, { mail }) => field === "body" && mail.charset === "windows-1252" && python.includes("\uFFFD"),
  ],
  ["something stands behind the brackets of the Message-ID", ({ field, python, ours }) => field === "id" && python.startsWith(ours)],
  [
    "Python drops the space between a word and an encoded one",
    ({ field, python, ours }) => field === "subject" && python.replaceAll(" ", "") === ours.replaceAll(" ", ""),
  ],
];

suite("mail reader against Python's email", () => {
  if (!sharedData) {
    console.log("    skipped: KVM_SERIES_SHARED names no folder with data");
    return;
  }

  test("sender, subject, date, id, number of receivers and text of every mail", () => {
    const mails = oracleMails();
    const input = Buffer.concat(mails.flatMap(({ bytes }) => [Buffer.from(`${bytes.length}\n`), bytes]));
    const { stdout, stderr } = spawnSync("python3", ["-c", script], { input, encoding: "utf8", maxBuffer: 2e9 });
    const answers = stdout.trimEnd().split("\n");
    assert.equal(answers.length, mails.length, stderr);
    const counts = new Map<string, number>();
    const unexplained: unknown[] = [];
    let agreeing = 0;
    mails.forEach(({ name, bytes }, at) => {
      const read: Read = {
        raw: Buffer.from(bytes).toString("latin1"),
        mail: readMail(bytes),
        python: JSON.parse(answers[at] ?? "{}") as PythonMail,
      };
      const differences = compare(read);
      if (differences.length === 0) agreeing++;
      for (const difference of differences) {
        const reason = reasons.find(([, applies]) => applies(difference, read))?.[0];
        if (reason === undefined) unexplained.push({ mail: name, ...shortened(difference) });
        else counts.set(reason, (counts.get(reason) ?? 0) + 1);
      }
    });
    console.log(`    ${agreeing} of ${mails.length} agree in all of it`);
    for (const [reason, count] of counts) console.log(`    ${count}: ${reason}`);
    assert.deepEqual(unexplained, []);
  });
});

function compare({ mail, python }: Read): Difference[] {
  const differences: Difference[] = [
    { field: "name", python: squeezed(python.name ?? ""), ours: squeezed(mail.from.name) },
    { field: "address", python: python.address, ours: mail.from.email },
    { field: "subject", python: squeezed(python.subject ?? ""), ours: squeezed(mail.subject) },
    { field: "date", python: `${python.date === null ? null : python.date * 1000}`, ours: `${mail.date}` },
    { field: "id", python: (python.id ?? "").replace(/[\s<>]/g, ""), ours: mail.messageId ?? "" },
    { field: "receivers", python: `${python.to}`, ours: `${[...mail.to, ...mail.cc].filter(({ email }) => email !== "").length}` },
    { field: "body", python: tidy(python.body), ours: tidy(mail.body) },
  ];
  return differences.filter(({ python: theirs, ours }) => theirs !== ours);
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** Blank lines between parts and at the ends are nobody's concern here. */
function tidy(text: string): string {
  return text
    .replace(/\r\n/g, "\n")
    .replace(/\n{2,}/g, "\n")
    .trim();
}

/** Where two texts part, for people. */
function shortened({ field, python, ours }: Difference): object {
  let at = 0;
  while (at < python.length && python[at] === ours[at]) at++;
  const from = Math.max(0, at - 40);
  return { field, at, python: python.slice(from, at + 60), ours: ours.slice(from, at + 60) };
}
