import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { readDiff } from "../../src/core/diff/diff";
import { decodeDeclared } from "../../src/core/mail/charset";
import { type Mail, readMail } from "../../src/core/mail/mail";
import { type PatchBody, readPatchBody } from "../../src/core/mail/mailinfo";
import { parseSubject } from "../../src/core/mail/subject";
import { oracleMails, sharedData } from "./sharedMails";

interface Read {
  readonly name: string;
  /** The mail with one character for each byte. */
  readonly raw: string;
  readonly mail: Mail;
  readonly text: PatchBody;
}

type Field = "author" | "email" | "subject" | "message" | "patch";

interface Difference {
  readonly field: Field;
  readonly git: string;
  readonly ours: string;
}

/** Why git says otherwise, by what is seen in the mail and in the two answers; each was looked at. */
const reasons: ReadonlyArray<readonly [reason: string, applies: (difference: Difference, read: Read) => boolean]> = [
  [
    "without a diff git does not look at the headers that open the body",
    ({ field }, { text }) => text.diff === null && field !== "message" && (text.author !== null || text.subject !== null),
  ],
  [
    "git joins the lines of format=flowed, which the reader leaves as they are in an answer and where there is no patch",
    ({ field }, { raw, mail, text }) =>
      /format="?flowed/i.test(raw) && (text.diff === null || /^>/m.test(mail.body)) && (field === "message" || field === "patch"),
  ],
  [
    "joined as git does it the patch is damaged, so the reader takes the spaces off and joins no lines",
    ({ field, git }, { raw, text }) =>
      field === "patch" &&
      /format="?flowed/i.test(raw) &&
      readDiff(git).files.some(({ mangled }) => mangled) &&
      !text.files.some(({ mangled }) => mangled),
  ],
  [
    "a file of git format-patch stands in the text: the reader begins there, as git am would with the file alone",
    (_, { mail, text }) => /^From [0-9a-f]{40} Mon Sep 17 00:00:00 2001$/m.test(mail.body.slice(0, text.messageStart)),
  ],
  [
    "several patches are attached: the reader keeps the others apart",
    ({ field }, { mail }) => field === "patch" && mail.patches.length > 0,
  ],
  [
    "a signature or key is attached, which git leaves in the text",
    ({ git }, { raw }) => /^Content-Type: application\/(?:x-)?(?:pkcs7|pgp)/im.test(raw) && /[\0-\x08]|BEGIN PGP/.test(git),
  ],
  ["git does not see where the parts of a multipart in a multipart begin", ({ git }) => /^--\S+\nContent-Type:/.test(git)],
  [
    "and neither does it undo their encoding",
    ({ git, ours }, { raw }) =>
      /^Content-Type: multipart\/[^]*^Content-Type: multipart\//im.test(raw) && git.includes("=3D") && !ours.includes("=3D"),
  ],
  ["a NUL is shown as U+FFFD", ({ git, ours }) => git.replaceAll("\0", "\uFFFD") === ours],
  [
    "8-bit text that declares no charset: git takes it for UTF-8 whatever it is",
    ({ git, ours }, { mail }) => mail.charset === "windows-1252" && git.replace(/[^\0-\x7f]+/g, "") === ours.replace(/[^\0-\x7f]+/g, ""),
  ],
];

suite("mail reader against git mailinfo", () => {
  if (!sharedData) {
    console.log("    skipped: KVM_SERIES_SHARED names no folder with data");
    return;
  }

  test("author, subject, message and patch of every patch mail", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kvm-series-mailinfo-"));
    try {
      const reads: Read[] = [];
      for (const { name, bytes } of oracleMails()) {
        const mail = readMail(bytes);
        const text = readPatchBody(mail.body, { diff: readDiff(mail.body) });
        const { patch, reply } = parseSubject(mail.subject);
        const raw = Buffer.from(bytes).toString("latin1");
        if (text.diff === null && (!patch || reply)) continue;
        writeFileSync(join(folder, `${reads.length}.eml`), bytes);
        reads.push({ name, raw, mail, text });
      }
      await Promise.all([mailinfo(folder, 0, reads.length), mailinfo(folder, 1, reads.length)]);
      const counts = new Map<string, number>();
      const unexplained: unknown[] = [];
      let agreeing = 0;
      reads.forEach((read, at) => {
        const differences = compare(read, folder, at);
        if (differences.length === 0) agreeing++;
        for (const difference of differences) {
          const reason = reasons.find(([, applies]) => applies(difference, read))?.[0];
          if (reason === undefined) unexplained.push({ mail: read.name, ...shortened(difference) });
          else counts.set(reason, (counts.get(reason) ?? 0) + 1);
        }
      });
      console.log(`    ${agreeing} of ${reads.length} agree in all of it`);
      for (const [reason, count] of counts) console.log(`    ${count}: ${reason}`);
      assert.deepEqual(unexplained, []);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** Runs git once for each mail, in one shell for every second one: starting a process from Node costs more than git itself. */
async function mailinfo(folder: string, first: number, count: number): Promise<void> {
  const loop =
    'n=$1; while [ "$n" -lt "$2" ]; do git mailinfo -k --encoding=UTF-8 $n.msg $n.patch <$n.eml >$n.info 2>/dev/null; n=$((n + 2)); done';
  await promisify(execFile)("sh", ["-c", loop, "sh", `${first}`, `${count}`], { cwd: folder });
}

function compare({ mail, text }: Read, folder: string, at: number): Difference[] {
  const read = (kind: string): Buffer => readFileSync(join(folder, `${at}.${kind}`));
  const info = read("info").toString("utf8");
  const field = (name: string): string => [...info.matchAll(new RegExp(`^${name}: (.*)$`, "gm"))].map((match) => match[1]).join(" ");
  const author = text.author ?? mail.from;
  const differences: Difference[] = [
    { field: "author", git: squeezed(field("Author")), ours: squeezed(author.name || author.email) },
    { field: "email", git: field("Email").trim(), ours: author.email },
    { field: "subject", git: squeezed(field("Subject")), ours: squeezed(text.subject ?? mail.subject) },
  ];
  const message = tidy(read("msg").toString("utf8"));
  const patch = tidy(decodeDeclared(read("patch"), mail.charset).text);
  const rest = tidy(mail.body.slice(text.messageEnd));
  if (text.diff !== null)
    differences.push({ field: "message", git: message, ours: text.message }, { field: "patch", git: patch, ours: rest });
  // Git has no use for a mail without a diff and leaves all of it in the message, from the signature to blank lines.
  else differences.push({ field: "message", git: squeezed(`${message}\n${patch}`), ours: squeezed(`${text.message}\n${rest}`) });
  return differences.filter(({ git, ours }) => git !== ours);
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** Blank lines around a text and the ends of its lines are nobody's concern here. */
function tidy(text: string): string {
  return text
    .replace(/\r\n/g, "\n")
    .replace(/^(?:[ \t]*\n)+/, "")
    .trimEnd();
}

/** Where two texts part, for people. */
function shortened({ field, git, ours }: Difference): object {
  let at = 0;
  while (at < git.length && git[at] === ours[at]) at++;
  const from = Math.max(0, at - 40);
  return { field, at, git: git.slice(from, at + 60), ours: ours.slice(from, at + 60) };
}
