/** Reviewed-by, Acked-by and Tested-by of the newest revision of each real thread, against what b4's library makes of the same mails. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type Mail, readMail } from "../../src/core/mail/mail";
import { readMbox } from "../../src/core/mail/mbox";
import { type Trailer, trailerMeaning } from "../../src/core/mail/trailers";
import { mailFactsOf } from "../../src/core/postings/mailFacts";
import { versionLabel } from "../../src/core/mail/subject";
import type { Series } from "../../src/core/series/series";
import { patchKey } from "../../src/index/hashes";
import { loadOlderReviews } from "../../src/library/olderReviews";
import { seriesOfRead } from "../support/pageArchive";
import { sharedData } from "./sharedMails";

/** What b4 adds to each patch, as `b4 am --cover-trailers` does, and its hash of each mail with a diff. Nothing is fetched. */
const script = `
import email, json, logging, sys
import b4
logging.disable(logging.CRITICAL)
read = sys.stdin.buffer
threads = {}
while True:
    head = read.readline()
    if not head: break
    name, size = head.decode().split()
    threads.setdefault(name, []).append(read.read(int(size)))
for name, mails in threads.items():
    box = b4.LoreMailbox()
    for raw in mails: box.add_message(email.message_from_bytes(raw))
    series = box.get_series()
    patches = []
    if series is not None:
        series.add_cover_trailers()
        for patch in series.patches[1:]:
            if patch is None: continue
            own = b4.LoreMessage.get_body_parts(patch.body)[2]
            patches.append({ "id": patch.msgid, "trailers": [[t.name, t.value, None] for t in own] + [[t.name, t.value, t.lmsg.msgid] for t in patch.followup_trailers] })
    print(json.dumps({ "name": name, "patches": patches, "hashes": { m.msgid: m.pwhash for m in box.msgid_map.values() if m.pwhash } }))
`;

interface B4Thread {
  readonly name: string;
  readonly patches: ReadonlyArray<{
    readonly id: string;
    /** Key, value, and the reply it was given in; null for one in the patch. */
    readonly trailers: ReadonlyArray<readonly [key: string, value: string, reply: string | null]>;
  }>;
  /** By Message-ID. */
  readonly hashes: Readonly<Record<string, string>>;
}

interface ReadThread {
  readonly mails: ReadonlyMap<string, Mail>;
  /** The same as they lie in the thread. */
  readonly raw: ReadonlyMap<string, string>;
  readonly series: readonly Series[];
  readonly hashes: B4Thread["hashes"];
}

interface Difference {
  readonly side: "ours" | "b4's";
  readonly patch: string;
  readonly said: string;
  /** The mail it was given in. */
  readonly mail: string | null;
  /** As we have it. */
  readonly trailer: Trailer | null;
}

/** Why one has what the other lacks, by what the mails show; each was read. The table of docs/oracles.md says the same. */
const reasons: ReadonlyArray<readonly [reason: string, applies: (difference: Difference, thread: ReadThread) => boolean]> = [
  [
    "given to the cover letter of an older revision: b4 carries over only what was given to a patch",
    ({ side, trailer }) => side === "ours" && trailer?.revision !== undefined && trailer.via === "cover",
  ],
  [
    "the same change as before, while b4's hash of the mail is another, since it takes in context and indented lines of the message",
    ({ side, patch, trailer }, { series, hashes }) => {
      const before = trailer && givenTo(trailer, series);
      return side === "ours" && before != null && hashes[before] !== hashes[patch];
    },
  ],
  [
    "a list put its own address into From, so that only the name tells who it is",
    ({ side, mail }, { raw }) => side === "ours" && / via [^<]*</.test(/^From:[^]*?\n(?!\s)/im.exec(raw.get(mail ?? "") ?? "")?.[0] ?? ""),
  ],
  [
    "of a patch that somebody suggests in the thread, not of the one above it",
    ({ side, mail }, { mails }) => {
      const parent = mails.get(mails.get(mail ?? "")?.inReplyTo ?? "");
      if (side === "ours" || !parent) return false;
      const { kind, hasDiff } = mailFactsOf(parent, { place: "", committed: null, source: "", patchId: patchKey });
      return kind === "reply" && hasDiff;
    },
  ],
];

/** The patch of an older revision that a reply gave a trailer to. */
function givenTo({ messageId, revision }: Trailer, all: readonly Series[]): string | null {
  if (revision === undefined) return null;
  const patches = all.flatMap(({ revisions }) =>
    revisions.filter(({ version, point = 0 }) => versionLabel(version, point) === revision).flatMap((one) => one.patches),
  );
  return (
    patches.find(({ trailers }) => trailers.some((one) => one.messageId === messageId && one.revision === undefined))?.messageId ?? null
  );
}

const counted = /^(?:reviewed|acked|tested)-by$/i;

suite("trailers against b4", () => {
  if (!sharedData) {
    console.log("    skipped: KVM_SERIES_SHARED names no folder with data");
    return;
  }
  const folder = join(sharedData, "threads");

  test("of the newest revision of each thread", async () => {
    const input: Uint8Array[] = [];
    const ours = new Map<string, Omit<ReadThread, "hashes">>();
    for (const file of globSync(join(folder, "*.mbox.gz")).sort()) {
      const name = basename(file, ".mbox.gz");
      const bytes = readMbox(gunzipSync(readFileSync(file))).map((one) => new Uint8Array(one));
      for (const one of bytes) input.push(Buffer.from(`${name} ${one.length}\n`), one);
      const read = bytes.map((one) => [readMail(one), Buffer.from(one).toString("latin1")] as const);
      const mails = new Map(read.map(([mail]) => [mail.messageId ?? "", mail]));
      const raw = new Map(read.map(([mail, text]) => [mail.messageId ?? "", text]));
      ours.set(name, { mails, raw, series: seriesOfRead(read.map(([mail]) => mail)) });
    }
    const differences: Array<readonly [Difference, ReadThread]> = [];
    let [shared, theirs] = [0, 0];
    for (const { name, patches, hashes } of askB4(Buffer.concat(input))) {
      const read = ours.get(name);
      assert(read, name);
      const thread = { ...read, hashes };
      const known = await trailersOf(read, new Set(patches.map(({ id }) => id)));
      for (const { id, trailers } of patches) {
        const mine = new Map(
          (known.get(id) ?? [])
            .filter(({ key, giver }) => counted.test(key) && giver !== "other")
            .map((trailer) => [trailerMeaning(trailer), trailer]),
        );
        const said = new Map(
          trailers.filter(([key]) => counted.test(key)).map(([key, value, reply]) => [trailerMeaning({ key, value }), reply]),
        );
        for (const [meaning, reply] of said) {
          if (reply !== null) theirs++;
          if (mine.has(meaning)) shared += reply === null ? 0 : 1;
          else differences.push([{ side: "b4's", patch: id, said: meaning, mail: reply, trailer: null }, thread]);
        }
        for (const [meaning, trailer] of mine) {
          if (!said.has(meaning))
            differences.push([{ side: "ours", patch: id, said: meaning, mail: trailer.messageId ?? null, trailer }, thread]);
        }
      }
    }
    const counts = new Map<string, number>();
    const unexplained: Difference[] = [];
    for (const [difference, thread] of differences) {
      const reason = reasons.find(([, applies]) => applies(difference, thread))?.[0];
      if (reason === undefined) unexplained.push(difference);
      else counts.set(`${difference.side} alone: ${reason}`, (counts.get(`${difference.side} alone: ${reason}`) ?? 0) + 1);
    }
    console.log(`    ${shared} of ${theirs} that b4 has of replies`);
    for (const [reason, count] of counts) console.log(`    ${count} ${reason}`);
    assert.deepEqual(unexplained, []);
    assert(theirs > 250 && shared >= 0.97 * theirs, `${shared} of ${theirs}`);
  });
});

/** The trailers of some patches, by Message-ID: of the newest revision that has each, with what older ones give it. */
async function trailersOf(
  { mails, series }: Pick<ReadThread, "mails" | "series">,
  wanted: ReadonlySet<string>,
): Promise<Map<string, readonly Trailer[]>> {
  const loaded = { mails: (ids: readonly string[]) => Promise.resolve(new Map(ids.flatMap((id) => entryOf(mails, id)))) };
  const found = new Map<string, readonly Trailer[]>();
  for (const one of series) {
    for (const revision of one.revisions.filter(({ patches }) => patches.some(({ messageId }) => wanted.has(messageId ?? "")))) {
      const { patches } = await loadOlderReviews(one, revision, loaded);
      for (const { messageId, trailers } of patches) if (messageId !== null) found.set(messageId, trailers);
    }
  }
  return found;
}

function entryOf(mails: ReadonlyMap<string, Mail>, id: string): Array<readonly [string, Mail]> {
  const mail = mails.get(id);
  return mail ? [[id, mail]] : [];
}

/** Asks the b4 on PATH, with the Python it was installed for. */
function askB4(input: Uint8Array): B4Thread[] {
  const program = (process.env["PATH"] ?? "")
    .split(":")
    .map((one) => join(one, "b4"))
    .find((file) => existsSync(file));
  assert(program, "b4 is not on PATH; install it (Debian's package is called b4).");
  const python = /^#!\s*(\S+)/.exec(readFileSync(program, "utf8"))?.[1] ?? "python3";
  const { status, stdout, stderr } = spawnSync(python, ["-c", script], { input, encoding: "utf8", maxBuffer: 1e9 });
  assert.equal(status, 0, stderr);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as B4Thread);
}
