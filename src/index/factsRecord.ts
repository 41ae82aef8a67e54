/** The facts of a mail as a record, and back. Writer and reader must go through the fields in the same order. */
import type { FactPatch, MailFacts } from "../core/assembly/mailFacts";
import type { Author } from "../core/mail/author";
import type { HunkRange, TouchedFile } from "../core/diff/touchedFile";
import type { Giver } from "../core/mail/trailerPerson";
import type { Trailer } from "../core/mail/trailers";
import type { RecordReader, RecordWriter } from "./bytes";
import type { Words } from "./words";

const kinds = ["reply", "patch", "cover", "pull", "bot", "other"] as const satisfies ReadonlyArray<MailFacts["kind"]>;
const vias = ["patch", "reply", "cover"] as const satisfies ReadonlyArray<Trailer["via"]>;
const givers: readonly Giver[] = ["sender", "sender-elsewhere", "other"];

/** What most mails do not have; where there is any of it, it is written as JSON. */
type Rarities = Pick<
  MailFacts,
  "coverTrailers" | "given" | "applied" | "prerequisites" | "citations" | "formerTitles" | "shortlog" | "diffstat"
>;

const enum Flag {
  Stable = 1,
  HasDiff = 2,
  Rfc = 4,
  Resend = 8,
  Reply = 16,
  Patch = 32,
  AuthorSent = 64,
  TitleInLine = 128,
  Basis = 256,
  Rarities = 512,
}

export function writeFacts(to: RecordWriter, facts: MailFacts, words: Words): void {
  const { subject, line, author, sender } = facts;
  const authorSent = author.email === sender.email && author.name === sender.name;
  const titleInLine = line.endsWith(subject.title);
  const hasBasis = facts.changeId !== null || facts.baseCommit !== null;
  const isRare =
    facts.coverTrailers.length > 0 ||
    facts.given.length > 0 ||
    facts.applied.length > 0 ||
    facts.prerequisites.length > 0 ||
    facts.citations.length > 0 ||
    facts.formerTitles.length > 0 ||
    facts.shortlog.length > 0 ||
    facts.diffstat.length > 0;
  to.number(
    (facts.stable ? Flag.Stable : 0) |
      (facts.hasDiff ? Flag.HasDiff : 0) |
      (subject.rfc ? Flag.Rfc : 0) |
      (subject.resend ? Flag.Resend : 0) |
      (subject.reply ? Flag.Reply : 0) |
      (subject.patch ? Flag.Patch : 0) |
      (authorSent ? Flag.AuthorSent : 0) |
      (titleInLine ? Flag.TitleInLine : 0) |
      (hasBasis ? Flag.Basis : 0) |
      (isRare ? Flag.Rarities : 0),
  );
  to.text(facts.messageId);
  to.signed(facts.date);
  to.number(kinds.indexOf(facts.kind));
  to.text(line);
  if (titleInLine) to.number(subject.title.length);
  else to.text(subject.title);
  to.number(subject.prefixes.length);
  for (const prefix of subject.prefixes) to.number(words.numberOf(prefix));
  to.number(subject.version);
  to.signed(subject.point);
  to.number(subject.index === null ? 0 : subject.index + 1);
  to.number(subject.expected === null ? 0 : subject.expected + 1);
  writeAuthor(to, sender, words);
  if (!authorSent) writeAuthor(to, author, words);
  to.optional(facts.inReplyTo);
  to.number(facts.references.length);
  for (const id of facts.references) to.text(id);
  to.number(facts.lists.length);
  for (const list of facts.lists) to.number(words.numberOf(list));
  to.number(words.numberOfPeople(facts.to));
  to.number(words.numberOfPeople(facts.cc));
  to.number(facts.patches.length);
  for (const patch of facts.patches) writePatch(to, patch, author, words);
  to.text(facts.fingerprint);
  if (hasBasis) {
    to.optional(facts.changeId);
    to.optional(facts.baseCommit);
  }
  if (isRare) {
    const { coverTrailers, given, applied, prerequisites, citations, formerTitles, shortlog, diffstat } = facts;
    to.text(
      JSON.stringify({ coverTrailers, given, applied, prerequisites, citations, formerTitles, shortlog, diffstat } satisfies Rarities),
    );
  }
}

function writeAuthor(to: RecordWriter, author: Author, words: Words): void {
  to.number(words.numberOfPerson(author));
}

function writePatch(to: RecordWriter, patch: FactPatch, author: Author, words: Words): void {
  to.optional(patch.title);
  const same = patch.author.email === author.email && patch.author.name === author.name;
  to.number(same ? 1 : 0);
  if (!same) writeAuthor(to, patch.author, words);
  to.optional(patch.patchId);
  to.number(patch.files.length);
  for (const file of patch.files) writeFile(to, file, words);
  to.number(patch.trailers.length);
  for (const trailer of patch.trailers) {
    const { key, value, via, messageId, giver } = trailer;
    to.number(words.numberOf(key));
    to.number(words.numberOf(value));
    to.number(vias.indexOf(via) * givers.length + (giver ? givers.indexOf(giver) : 0));
    to.optional(messageId ?? null);
  }
  to.optional(patch.upstream);
  to.number(patch.mangled.length);
  for (const sentence of patch.mangled) to.text(sentence);
}

function writeFile(to: RecordWriter, { path, oldPath, copied, changed, added, deleted, hunks }: TouchedFile, words: Words): void {
  to.number(words.numberOf(path));
  to.number(oldPath === undefined ? 0 : words.numberOf(oldPath) * 2 + (copied ? 2 : 1));
  for (const count of [changed, added, deleted]) to.number(count === null ? 0 : count + 1);
  to.number(hunks === undefined ? 0 : hunks.length + 1);
  let before = 0;
  for (const [oldStart, oldLines, newStart, newLines] of hunks ?? []) {
    to.signed(oldStart - before);
    to.number(oldLines);
    to.signed(newStart - oldStart);
    to.number(newLines);
    before = oldStart;
  }
}

/** @param source the name of the source, which is not repeated in each record */
export function readFacts(from: RecordReader, words: Words, source: string): MailFacts {
  const flags = from.number();
  const messageId = from.text();
  const date = from.signed();
  const kind = kinds[from.number()] ?? "other";
  const line = from.text();
  const title = flags & Flag.TitleInLine ? line.slice(line.length - from.number()) : from.text();
  const prefixes = many(from, () => words.textOf(from.number()));
  const version = from.number();
  const point = from.signed();
  const index = lessOne(from.number());
  const expected = lessOne(from.number());
  const sender = readAuthor(from, words);
  const author = flags & Flag.AuthorSent ? sender : readAuthor(from, words);
  const inReplyTo = from.optional();
  const references = many(from, () => from.text());
  const lists = many(from, () => words.textOf(from.number()));
  const to = words.peopleOf(from.number());
  const cc = words.peopleOf(from.number());
  const patches = many(from, () => readPatch(from, author, words));
  const fingerprint = from.text();
  const changeId = flags & Flag.Basis ? from.optional() : null;
  const baseCommit = flags & Flag.Basis ? from.optional() : null;
  const rarities = flags & Flag.Rarities ? (JSON.parse(from.text()) as Rarities) : none;
  return {
    messageId,
    date,
    kind,
    stable: (flags & Flag.Stable) !== 0,
    subject: {
      title,
      prefixes,
      version,
      point,
      index,
      expected,
      rfc: (flags & Flag.Rfc) !== 0,
      resend: (flags & Flag.Resend) !== 0,
      reply: (flags & Flag.Reply) !== 0,
      patch: (flags & Flag.Patch) !== 0,
    },
    line,
    author,
    sender,
    inReplyTo,
    references,
    lists,
    to,
    cc,
    hasDiff: (flags & Flag.HasDiff) !== 0,
    patches,
    changeId,
    baseCommit,
    ...rarities,
    fingerprint,
    source,
  };
}

const none: Rarities = {
  coverTrailers: [],
  given: [],
  applied: [],
  prerequisites: [],
  citations: [],
  formerTitles: [],
  shortlog: [],
  diffstat: [],
};

function many<T>(from: RecordReader, read: () => T): T[] {
  const list: T[] = [];
  for (let left = from.number(); left > 0; left--) list.push(read());
  return list;
}

function lessOne(number: number): number | null {
  return number === 0 ? null : number - 1;
}

function readAuthor(from: RecordReader, words: Words): Author {
  return words.personOf(from.number());
}

function readPatch(from: RecordReader, factsAuthor: Author, words: Words): FactPatch {
  const title = from.optional();
  const author = from.number() === 1 ? factsAuthor : readAuthor(from, words);
  const patchId = from.optional();
  const files = many(from, () => readFile(from, words));
  const trailers = many(from, () => readTrailer(from, words));
  const upstream = from.optional();
  return { title, author, patchId, files, trailers, upstream, mangled: many(from, () => from.text()) };
}

function readTrailer(from: RecordReader, words: Words): Trailer {
  const key = words.textOf(from.number());
  const value = words.textOf(from.number());
  const how = from.number();
  const giver = givers[how % givers.length];
  const messageId = from.optional();
  return {
    key,
    value,
    via: vias[Math.floor(how / givers.length)] ?? "patch",
    ...(messageId === null ? {} : { messageId }),
    ...(giver === undefined || giver === "sender" ? {} : { giver }),
  };
}

function readFile(from: RecordReader, words: Words): TouchedFile {
  const path = words.textOf(from.number());
  const old = from.number();
  const changed = lessOne(from.number());
  const added = lessOne(from.number());
  const deleted = lessOne(from.number());
  const count = from.number();
  const hunks: HunkRange[] = [];
  let before = 0;
  for (let left = count - 1; left > 0; left--) {
    const oldStart = before + from.signed();
    const oldLines = from.number();
    hunks.push([oldStart, oldLines, oldStart + from.signed(), from.number()]);
    before = oldStart;
  }
  return {
    path,
    ...(old === 0 ? {} : { oldPath: words.textOf((old - 1) >> 1) }),
    ...(old > 0 && old % 2 === 0 ? { copied: true as const } : {}),
    changed,
    added,
    deleted,
    ...(count === 0 ? {} : { hunks }),
  };
}
