/** Real revisions compared: every patch stands in a pair, and what git says of the same patches is said too. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { compareRevisions, type Comparison } from "../../src/core/compare/compareRevisions";
import { revisionsToCompare, withOlderReviews } from "../../src/core/compare/olderReviews";
import { readDiff } from "../../src/core/diff/diff";
import { patchId } from "../../src/core/diff/patchId";
import { rawOf } from "../../src/core/mail/charset";
import { type Mail, readMail } from "../../src/core/mail/mail";
import { readMbox } from "../../src/core/mail/mbox";
import { versionLabel } from "../../src/core/mail/subject";
import type { Trailer } from "../../src/core/mail/trailers";
import { textsOfPatches } from "../../src/core/series/revisionTexts";
import type { Revision } from "../../src/core/series/series";
import { finished } from "../../src/core/steps";
import { seriesOfMails } from "../support/pageArchive";

const folder = path.join(process.env["KVM_SERIES_SHARED"] ?? "", "data", "threads");
const sha1 = (bytes: Uint8Array): Uint8Array => createHash("sha1").update(bytes).digest();

suite("real revisions compared", () => {
  if (!existsSync(folder)) {
    console.log("    skipped: KVM_SERIES_SHARED names no folder with data/threads");
    return;
  }
  let [compared, held, past] = [0, 0, 0];
  suiteTeardown(() => assert(compared > 150 && held > 50 && past > 50, `${compared} pairs of revisions, ${held} and ${past} reviews`));

  for (const file of readdirSync(folder).filter((name) => name.endsWith(".mbox.gz"))) {
    test(file, () => {
      const bytes = readMbox(gunzipSync(readFileSync(path.join(folder, file)))).map((one) => new Uint8Array(one));
      const mails = new Map(bytes.map((one) => readMail(one)).map((mail) => [mail.messageId ?? "", mail]));
      for (const { revisions } of seriesOfMails(bytes)) {
        assertReviews(revisions, mails);
        for (const [at, to] of revisions.entries()) {
          const from = revisions[at - 1];
          if (!from) continue;
          compared++;
          assertWhole(compareRevisions(from, to, mails));
          assertAsGit(compareRevisions(from, to, mails), mails);
          for (const { state, message, trailers } of compareRevisions(to, to, mails).pairs) {
            assert(state === "unchanged" || state === "unknown", `${to.title}: ${state}`);
            assert.deepEqual([message, trailers], [[], []]);
          }
        }
      }
    });
  }

  /** Every patch is in a pair, and in several only where it was split or squashed. */
  function assertWhole({ from, to, pairs }: Comparison): void {
    for (const [revision, side] of [
      [from, "from"],
      [to, "to"],
    ] as const) {
      const found = pairs.map((pair) => pair[side]).filter((patch) => patch !== null);
      assert.deepEqual(new Set(found), new Set(revision.patches), `${revision.title} v${revision.version}`);
    }
    for (const { from: old, to: now, state } of pairs) {
      const alone = state !== "split" && state !== "squashed";
      const times = pairs.filter((pair) => (old !== null && pair.from === old) || (now !== null && pair.to === now)).length;
      assert.equal(times > 1, !alone, `${(now ?? old)?.title ?? ""}: ${state}`);
    }
  }

  /** Patches that have one patch id are a pair; git passes over white space, which counts here. */
  function assertAsGit({ from, to, pairs }: Comparison, mails: ReadonlyMap<string, Mail>): void {
    const idsOf = (revision: Revision): Array<string | null> =>
      textsOfPatches(revision, mails).map((text) => (text === null ? null : patchId(rawOf(text), sha1)));
    const olds = idsOf(from);
    const news = idsOf(to);
    const once = (ids: ReadonlyArray<string | null>, id: string | null): boolean => ids.filter((one) => one === id).length === 1;
    for (const [at, id] of olds.entries()) {
      if (id === null || !once(olds, id) || !once(news, id)) continue;
      const pair = pairs.find(({ from: old }) => old === from.patches[at]);
      assert.equal(pair?.to, to.patches[news.indexOf(id)], from.patches[at]?.title);
      if (pair?.state === "changed") {
        const changed = pair.diff.flatMap(({ hunks }) => hunks.flatMap(({ lines }) => lines.filter(({ side }) => side !== " ")));
        const texts = (side: string): string =>
          changed
            .filter((line) => line.side === side)
            .map(({ kind, text }) => kind + text)
            .join("")
            .replace(/\s+/g, "");
        assert.equal(texts("-").length, texts("+").length, `${from.patches[at]?.title ?? ""}: only white space differs`);
      }
    }
    // Git counts context, which drifts; what is added and removed is the same all the same.
    const texts = { from: textsOfPatches(from, mails), to: textsOfPatches(to, mails) };
    for (const { from: old, to: now, state } of pairs) {
      if (!old || !now || (state !== "unchanged" && state !== "moved")) continue;
      const [first, second] = [texts.from[from.patches.indexOf(old)], texts.to[to.patches.indexOf(now)]];
      assert.deepEqual(changedLines(first), changedLines(second), now.title);
    }
  }

  /** A review of an older revision holds for the newest one where both patches add and remove the same lines, and is past where they do not. */
  function assertReviews(revisions: readonly Revision[], mails: ReadonlyMap<string, Mail>): void {
    const newest = revisions.at(-1);
    if (!newest) return;
    const compared = revisionsToCompare(revisions, revisions.length - 1);
    const { patches } = finished(withOlderReviews(newest, compared, mails));
    const texts = textsOfPatches(newest, mails);
    for (const [at, { trailers, former = [], title }] of patches.entries()) {
      const lines = changedLines(texts[at]);
      const isOfSame = ({ messageId, revision, key }: Trailer): boolean =>
        revisions
          .filter((one) => versionLabel(one.version, one.point ?? 0) === revision)
          .some((older) => {
            const olderTexts = textsOfPatches(older, mails);
            const isGiven = (one: Trailer): boolean => one.messageId === messageId && one.key === key;
            return older.patches.some((patch, place) => patch.trailers.some(isGiven) && equal(changedLines(olderTexts[place]), lines));
          });
      const carried = trailers.filter(({ revision }) => revision !== undefined);
      for (const trailer of carried) assert(isOfSame(trailer), `${title}: ${trailer.value} of ${trailer.revision ?? ""} holds`);
      for (const trailer of former) assert(!isOfSame(trailer), `${title}: ${trailer.value} of ${trailer.revision ?? ""} is past`);
      held += carried.length;
      past += former.length;
    }
  }

  function equal(a: readonly string[], b: readonly string[]): boolean {
    return a.length === b.length && a.every((line, at) => line === b[at]);
  }

  function changedLines(text: string | null | undefined): string[] {
    return readDiff(text ?? "")
      .files.flatMap(({ path: name, hunks }) =>
        hunks
          .flatMap(({ start, end }) => text?.slice(start, end).split("\n") ?? [])
          .filter((line) => /^[+-]/.test(line))
          .map((line) => `${name} ${line}`),
      )
      .sort();
  }
});
