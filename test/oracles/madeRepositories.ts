/** Small repositories with files in all charsets, and the mails in which their commits are sent: what mail does to bytes. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readMbox } from "../../src/core/mail/mbox";
import { plainGit } from "../support/sampleArchive";

export interface MadeSeries {
  /** What is odd about it, for people: `latin1 utf16le, iso-8859-1 message, --attach, base64`. */
  readonly name: string;
  /** The commit the patches are made on. */
  readonly base: string;
  readonly mails: readonly Buffer[];
}

type Random = (below: number) => number;

/** The same numbers in every run. */
function randomOf(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const pick = <T>(random: Random, of: readonly T[]): T => of[random(of.length)] ?? assertNever();

function assertNever(): never {
  throw new Error("nothing to pick from");
}

/** Text as its charset has it; each letter of `latin` is a byte. */
const latin = (text: string): Buffer => Buffer.from(text, "latin1");
/** 漢字テスト表示―～ in Shift-JIS: the second bytes of some letters are backslashes and other ASCII. */
const japanese = "\x8a\xbf\x8e\x9a \x83\x65\x83\x58\x83\x67 \x95\x5c\x8e\xa6 \x81\x5c \x81\x60";
const bom = "\xef\xbb\xbf";

/** How the lines of a file are made, each by its number. */
const kinds: Readonly<Record<string, (line: number, random: Random) => Buffer>> = {
  ascii: (line) => latin(`int plain_${line};\n`),
  utf8: (line) => Buffer.from(`int ${line}; /* größer € \u{1f600} à */\n`),
  latin1: (line) => latin(`int ${line}; /* gr\xf6\xdfer \xe0\xa0 ${line % 3 === 0 ? "\x85\xa0" : ""} */\n`),
  sjis: (line) => latin(`// ${line} ${japanese}\n`),
  utf16le: (line) => Buffer.from(`line ${line} größer\r\n`, "utf16le"),
  utf16be: (line) => Buffer.from(`line ${line} größer\n`, "utf16le").swap16(),
  dos: (line) => latin(`int dos_${line};\r\n`),
  dosLatin1: (line) => latin(`int dos_${line}; /* \xfc\xa0 */\r\n`),
  mixedEnds: (line) => latin(`mixed ${line}${line % 2 === 0 ? "\r" : line % 3 === 0 ? "\r\r" : ""}\n`),
  marked: (line) => latin(`${line === 0 ? bom : ""}marked ${line}\n`),
  mailLike: (line) =>
    latin(
      `${["From nobody Thu Jan  1 00:00:00 1970", "-- ", "---", ">From here", "diff --git a/x b/x", "=3D=20=", ".", "\f", "", "Subject: x"][line % 10] ?? ""}\n`,
    ),
  control: (line, random) =>
    Buffer.concat([
      Buffer.from(Array.from({ length: 12 }, () => 11 + random(240)).map((byte) => (byte === 13 ? 14 : byte))),
      latin(` ${line}\n`),
    ]),
  blanks: (line) => latin(`${" \t".repeat(line % 4)}blank ${line}${[" ", "\t", "\xa0", "\v"][line % 4] ?? ""}\n`),
};

/** A file of which git prints the lines, since a NUL comes late; git looks at the first 8,000 bytes. */
const lateNul = Buffer.concat([latin("before\n".repeat(1300)), latin("a\0b\nc\0\0d\n"), latin("after\n".repeat(20))]);

function linesOf(kind: string, count: number, random: Random): Buffer[] {
  const make = kinds[kind] ?? assertNever();
  return Array.from({ length: count }, (_, line) => make(line, random));
}

/** A text somewhat changed: lines taken away, added, replaced; the last one may lose its end. */
function changed(lines: readonly Buffer[], kind: string, random: Random): Buffer[] {
  const made = [...lines];
  const make = kinds[kind] ?? assertNever();
  for (let edits = 1 + random(3); edits > 0; edits--) {
    const at = random(made.length);
    const fresh = make(100 + random(900), random);
    const isGone = random(3) === 0;
    made.splice(at, isGone ? 1 : random(2), ...(isGone ? [] : [fresh]));
  }
  const last = made.at(-1);
  if (last && random(5) === 0 && !kind.startsWith("utf16")) made[made.length - 1] = last.subarray(0, -1);
  return made;
}

/** What `git commit` is told the message is in, and a name and words in it. */
const messages = [
  { encoding: "UTF-8", name: Buffer.from("Jörg Müller"), words: Buffer.from("Größer € \u{1f600}, à\n\nCafé à") },
  { encoding: "UTF-8", name: latin("Ada Lind"), words: latin("Plain words") },
  { encoding: "ISO-8859-1", name: latin("J\xf6rg M\xfcller"), words: latin("Gr\xf6\xdfer, \xe0\n\nGr\xf6\xdfer \xa0\x93") },
  { encoding: "Shift_JIS", name: latin("Ada Lind"), words: latin(`\x8a\xbf\x8e\x9a \x81\x60\n\n${japanese}`) },
  { encoding: "EUC-JP", name: latin("Ada Lind"), words: latin("\xb4\xc1\xbb\xfa \xa1\xc1\n\n\xb4\xc1\xbb\xfa \xa1\xc1") },
  { encoding: "KOI8-R", name: latin("\xed\xc1\xdb\xc1"), words: latin("\xd0\xd2\xc9\xd7\xc5\xd4") },
  { encoding: "windows-1252", name: latin("Zo\xeb"), words: latin("\x93quoted\x94 \x80\n\n\x93quoted\x94 \x80") },
] as const;

const formats = [
  [],
  [],
  [],
  ["--attach"],
  ["--inline"],
  ["-k"],
  ["--full-index", "--binary"],
  ["--from=Bea Baker <bea@example.org>"],
] as const;

/**
 * Makes series in one repository, each with a history of its own.
 *
 * @param folder empty
 */
export function makeRepositories(folder: string, count: number, seed: number): MadeSeries[] {
  const random = randomOf(seed);
  const stream: Buffer[] = [];
  const cases = Array.from({ length: count }, (_, at) => describe(at, random, stream));
  const git = (args: readonly string[], input?: Buffer): Buffer =>
    execFileSync("git", args, { cwd: folder, env: { ...plainGit, HOME: folder }, maxBuffer: 1e9, ...(input ? { input } : {}) });
  git(["init", "--quiet", "."]);
  git(["config", "user.name", "Carl Carver"]);
  git(["config", "user.email", "carl@example.org"]);
  git(["config", "core.autocrlf", "false"]);
  mkdirSync(join(folder, ".git", "info"), { recursive: true });
  // Git prints the lines of these files, UTF-16 or not, unless it was told to take them for binary.
  writeFileSync(join(folder, ".git", "info", "attributes"), "*.txt diff\n");
  git(["fast-import", "--quiet"], Buffer.concat(stream));
  return cases.map(({ name, branch, encoding, format, transport }) => {
    const mbox = git([
      "-c",
      `i18n.commitEncoding=${encoding}`,
      "format-patch",
      "--stdout",
      "--root",
      "--thread=shallow",
      ...format,
      `${branch}-base..${branch}`,
    ]);
    const mails = readMbox(mbox).map((mail) => sentBy(transport, Buffer.from(mail), random));
    return { name, base: `${branch}-base`, mails };
  });
}

interface Described {
  readonly name: string;
  readonly branch: string;
  readonly encoding: string;
  readonly format: readonly string[];
  readonly transport: Transport;
}

/** One history: a commit with some files, and one to three that change them. */
function describe(at: number, random: Random, stream: Buffer[]): Described {
  const branch = `made-${at}`;
  const names = Object.keys(kinds);
  const files = Array.from({ length: 1 + random(3) }, () => pick(random, names)).map((kind, place) => ({
    kind,
    path: `${place === 0 ? "" : "sub/"}${kind}-${place}.${random(3) === 0 ? "bin" : "txt"}`,
    lines: linesOf(kind, 5 + random(30), random),
  }));
  const message = pick(random, messages);
  const format = pick(random, formats);
  const transport = format[0] === "--attach" || format[0] === "--inline" ? "as it is" : pick(random, transports);
  const hasNul = random(8) === 0;
  const commit = (ref: string, title: string, from: string | null, changes: readonly Buffer[]): void => {
    const words = Buffer.concat([
      latin(`${title}: `),
      message.words,
      latin("\n\nSigned-off-by: "),
      message.name,
      latin(" <j@example.org>\n"),
    ]);
    const by = (role: string): Buffer =>
      Buffer.concat([latin(`${role} `), message.name, latin(` <j@example.org> ${1_770_000_000 + at * 60} +0100\n`)]);
    stream.push(latin(`commit refs/heads/${ref}\n`), by("author"), by("committer"));
    if (message.encoding !== "UTF-8") stream.push(latin(`encoding ${message.encoding}\n`));
    stream.push(latin(`data ${words.length}\n`), words, latin("\n"));
    if (from !== null) stream.push(latin(`from ${from}\n`));
    stream.push(...changes, latin("\n"));
  };
  const file = (path: string, bytes: Buffer): Buffer =>
    Buffer.concat([latin(`M 100644 inline ${path}\ndata ${bytes.length}\n`), bytes, latin("\n")]);
  const first = files.map(({ path, lines }) => file(path, Buffer.concat(lines)));
  commit(`${branch}-base`, "Begin", null, hasNul ? [...first, file("late.txt", lateNul)] : first);
  for (let step = 1 + random(3), done = 0; done < step; done++) {
    const changes = files
      .filter((_, place) => place === 0 || random(2) === 0)
      .map((one) => {
        one.lines = changed(one.lines, one.kind, random);
        return file(one.path, Buffer.concat(one.lines));
      });
    if (random(4) === 0) changes.push(file(`new-${done}.txt`, Buffer.concat(linesOf(pick(random, names), 4, random))));
    if (hasNul && done === 0)
      changes.push(file("late.txt", Buffer.concat([lateNul.subarray(0, -50), latin("e\0f \xff\n"), lateNul.subarray(-50)])));
    commit(branch, `KVM: Change ${done + 1}`, done === 0 ? `refs/heads/${branch}-base` : null, changes);
  }
  const name = `${files.map(({ kind, path }) => `${kind}${path.endsWith("bin") ? " (bin)" : ""}`).join(" ")}${hasNul ? " NUL" : ""}, ${message.encoding} message, ${format.join(" ") || "plain"}, ${transport}`;
  return { name: `${at}: ${name}`, branch, encoding: message.encoding, format, transport };
}

const transports = [
  "as it is",
  "8bit",
  "quoted-printable",
  "base64",
  "quoted-printable with a footer",
  "base64 with a footer",
  "base64 without padding, with a footer",
  "8bit with a footer",
  "CR LF",
  "says nothing",
  "says us-ascii",
  "says gb2312",
  "says UTF-8",
] as const;
type Transport = (typeof transports)[number];

const footer = latin("_______________________________________________\nListe der J\xfcnger\nhttps://lists.example.org/list?a=3Db=E9\n");

/** A mail as a mail program or a list sends it on. */
function sentBy(transport: Transport, mail: Buffer, random: Random): Buffer {
  if (transport === "as it is") return mail;
  if (transport === "CR LF") return latin(mail.toString("latin1").replaceAll("\n", "\r\n"));
  const end = mail.indexOf("\n\n");
  const fields = mail.toString("latin1", 0, end + 1);
  const body = mail.subarray(end + 2);
  const charset = /^Content-Type:.*charset=([\w-]+)/im.exec(fields)?.[1] ?? "UTF-8";
  const rest = fields.replace(/^(?:MIME-Version|Content-Type|Content-Transfer-Encoding):.*\n/gim, "");
  const says = transport.startsWith("says ") ? transport.slice("says ".length) : charset;
  const encoding = /^(?:quoted-printable|base64)/.exec(transport)?.[0] ?? "8bit";
  const type =
    says === "nothing" ? "" : `MIME-Version: 1.0\nContent-Type: text/plain; charset=${says}\nContent-Transfer-Encoding: ${encoding}\n`;
  const coded = encoding === "base64" ? base64(body) : encoding === "quoted-printable" ? quoted(body, random) : body;
  const whole = transport.includes("without padding") ? latin(coded.toString("latin1").replace(/=+\n$/, "\n")) : coded;
  return Buffer.concat([latin(rest + type), latin("\n"), whole, ...(transport.includes("footer") ? [footer] : [])]);
}

function base64(body: Buffer): Buffer {
  return latin(body.toString("base64").replace(/.{76}/g, "$&\n") + "\n");
}

/** Quoted-printable as programs differ in it: lines end where they like. */
function quoted(body: Buffer, random: Random): Buffer {
  const longest = 30 + random(46);
  let text = "";
  let length = 0;
  for (const [at, byte] of body.entries()) {
    if (byte === 10) {
      text += "\n";
      length = 0;
      continue;
    }
    const isLast = body[at + 1] === 10;
    const isPlain = byte > 32 && byte < 127 && byte !== 61;
    const token =
      isPlain || ((byte === 32 || byte === 9) && !isLast)
        ? String.fromCharCode(byte)
        : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    if (length + token.length > longest) {
      text += "=\n";
      length = 0;
    }
    text += token;
    length += token.length;
  }
  return latin(text.endsWith("\n") ? text : `${text}\n`);
}
