/** Mails as a component stores them: what comes out is what went in, and what was damaged is told as that. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { zstdCompressSync } from "node:zlib";
import type { MailFacts } from "../../../src/core/postings/mailFacts";
import {
  type IndexEntry,
  makeDictionary,
  packComponent,
  packedMails,
  packMail,
  readComponent,
  unpackMail,
} from "../../../src/index/componentFormat";
import { DamagedIndex, isDamage } from "../../../src/index/damage";

const source = "/srv/list.git";
const sourceOf = (): string => source;

const text = fc.oneof(fc.string({ unit: "binary", maxLength: 12 }), fc.constantFrom("", "__proto__", "\ud800", "[1]", "\u2028\n"));
const whole = fc.oneof(fc.nat(), fc.constantFrom(-1, 0, 1, -62135596800000, Number.MAX_SAFE_INTEGER - 1));
const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value);
const list = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(value, { maxLength: 4 });
const author = fc.record({ name: text, email: text });
const hex = fc.stringMatching(/^[0-9a-f]{40}$/);

const file = fc.record(
  {
    path: text,
    oldPath: text,
    copied: fc.constant(true as const),
    changed: orNull(whole),
    added: orNull(whole),
    deleted: orNull(whole),
    hunks: list(fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat())),
  },
  { requiredKeys: ["path", "changed", "added", "deleted"] },
);

const trailer = fc.record(
  {
    key: text,
    value: text,
    via: fc.constantFrom("patch", "reply", "cover"),
    messageId: text,
    giver: fc.constantFrom("sender-elsewhere", "other"),
    revision: text,
  },
  { requiredKeys: ["key", "value", "via"] },
);

const facts: fc.Arbitrary<MailFacts> = fc.record({
  messageId: text,
  date: whole,
  kind: fc.constantFrom("cover", "patch", "reply", "pull", "bot", "other"),
  stable: fc.boolean(),
  subject: fc.record({
    title: text,
    prefixes: list(text),
    version: whole,
    point: whole,
    index: orNull(whole),
    expected: orNull(whole),
    rfc: fc.boolean(),
    resend: fc.boolean(),
    reply: fc.boolean(),
    patch: fc.boolean(),
  }),
  line: text,
  author,
  sender: author,
  inReplyTo: orNull(text),
  references: list(text),
  lists: list(text),
  to: list(author),
  cc: list(author),
  hasDiff: fc.boolean(),
  patches: list(
    fc.record({
      title: orNull(text),
      author,
      patchId: orNull(text),
      files: list(file),
      trailers: list(trailer),
      mangled: list(text),
    }),
  ),
  coverTrailers: list(trailer),
  given: list(
    fc.record(
      {
        key: text,
        value: text,
        patches: orNull(list(whole)),
        part: text,
        giver: fc.constantFrom("sender", "sender-elsewhere", "other"),
      },
      { requiredKeys: ["key", "value", "patches", "giver"] },
    ),
  ),
  applied: list(
    fc.record({
      quote: text,
      patches: fc.oneof(fc.constantFrom("answered", "one", "until", "series", "both", "some"), list(whole)),
      except: list(whole),
      commit: orNull(text),
      listed: list(fc.record({ index: orNull(whole), expected: orNull(whole), title: text, commit: orNull(text) })),
      byApplier: fc.boolean(),
    }),
  ),
  changeId: orNull(text),
  baseCommit: orNull(text),
  prerequisites: list(fc.record({ kind: fc.constantFrom("patch-id", "change-id", "message-id", "base-commit", "text"), value: text })),
  citations: list(fc.record({ version: whole, rfc: fc.boolean(), messageId: text, url: text })),
  formerTitles: list(text),
  shortlog: list(fc.record({ name: text, count: whole, titles: list(text) })),
  diffstat: list(file),
  fingerprint: text,
  source: fc.constant(source),
});

const entry: fc.Arbitrary<IndexEntry> = fc.record({
  oid: hex,
  epoch: fc.integer({ min: 0, max: 65_535 }),
  arrived: whole,
  spot: orNull(text),
  unstamped: fc.boolean(),
  facts,
});
const entries = fc.array(entry, { minLength: 1, maxLength: 5 });

/** A JSON value of which one part, chosen by a number, is another one. */
function withPart(json: unknown, place: number, part: unknown): unknown {
  let left = place;
  const walk = (value: unknown): unknown => {
    if (left-- === 0) return part;
    return Array.isArray(value) ? value.map(walk) : value;
  };
  return walk(json);
}

suite("mails as a component stores them", () => {
  test("come back as they were, with every field there may be", () => {
    fc.assert(
      fc.property(entries, (mails) => {
        // What is made for the test has objects without a prototype, too.
        assert.deepEqual(readComponent(packComponent(mails.map(packMail), null), null, sourceOf), structuredClone(mails));
      }),
    );
  });

  test("come back with the dictionary of the index, and are damaged without it", () => {
    const mails = fc.sample(entry, 300);
    const packed = mails.map(packMail);
    assert.equal(
      makeDictionary(40, (number) => packed[number]?.json ?? ""),
      null,
    );
    const dictionary = makeDictionary(packed.length, (number) => packed[number]?.json ?? "");
    assert.ok(dictionary);
    const stored = packComponent(packed.slice(0, 20), dictionary);
    assert.deepEqual(readComponent(stored, dictionary, sourceOf), structuredClone(mails.slice(0, 20)));
    assert.ok(stored.body.length < packComponent(packed.slice(0, 20), null).body.length);
    assert.throws(() => readComponent(stored, null, sourceOf), isDamage);
  });

  test("take the place of their title and their author once", () => {
    const [mail] = fc.sample(entry, 1);
    assert.ok(mail);
    const ada = { name: "Ada Lind", email: "ada@example.org" };
    const subject = { ...mail.facts.subject, title: "Fold the request bitmap" };
    const facts = { ...mail.facts, subject, line: "[PATCH 1/2] Fold the request bitmap", sender: ada, author: { ...ada } };
    const { json } = packMail({ ...mail, facts });
    assert.equal(json.split("Fold the request bitmap").length, 2);
    assert.equal(json.split("ada@example.org").length, 2);
  });

  test("of which one says a number that nothing can have", () => {
    const [mail] = fc.sample(entry, 1);
    assert.ok(mail);
    for (const beyond of [1e20, Infinity]) {
      const diffstat = [{ path: "a.c", changed: beyond, added: beyond, deleted: 1 }];
      const given = [{ key: "Acked-by", value: "Bea", patches: [beyond], giver: "other" as const }];
      const [read] = readComponent(packComponent([packMail({ ...mail, facts: { ...mail.facts, diffstat, given } })], null), null, sourceOf);
      assert.deepEqual(read?.facts.diffstat, [{ path: "a.c", changed: null, added: null, deleted: 1 }]);
      assert.deepEqual(read.facts.given[0]?.patches, [0]);
    }
  });

  test("are told to be damaged, and nothing else, where they are not what was written", () => {
    fc.assert(
      fc.property(entry, fc.nat({ max: 400 }), fc.jsonValue(), (mail, place, part) => {
        const packed = packMail(mail);
        const json = JSON.stringify(withPart(JSON.parse(packed.json), place, part));
        try {
          assert.equal(unpackMail({ ...packed, json }, sourceOf).oid, mail.oid);
        } catch (error) {
          assert.ok(error instanceof DamagedIndex, String(error));
        }
      }),
      { numRuns: 1000 },
    );
  });

  for (const json of ["", "{}", "null", "[]", "[[]]", '[["a"],0,0]', "[".repeat(100_000), "[1e9,[]]", "[-1,[]]"]) {
    test(`${json.slice(0, 30)} is none`, () => {
      assert.throws(() => unpackMail({ oid: "0".repeat(40), epoch: 1, json }, sourceOf), DamagedIndex);
    });
  }

  test("of which there are more or fewer than there are places", () => {
    const [mail] = fc.sample(entry, 1);
    assert.ok(mail);
    const [one, two] = [packComponent([packMail(mail)], null), packComponent([packMail(mail), packMail(mail)], null)];
    assert.throws(() => packedMails({ places: one.places, body: two.body }, null), DamagedIndex);
    assert.throws(() => packedMails({ places: two.places, body: one.body }, null), DamagedIndex);
  });

  test("of which the compression is damaged", () => {
    const places = new Uint8Array(22);
    for (const body of [new Uint8Array(0), Buffer.from("no frame"), zstdCompressSync(Buffer.from("[[],[]]")).subarray(0, 8)])
      assert.throws(() => readComponent({ places, body }, null, sourceOf), isDamage);
  });
});
