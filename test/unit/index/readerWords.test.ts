/** What a reader reads of an index again when something was written to it. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, StatementSync } from "node:sqlite";
import { buildIndex } from "../../../src/index/build";
import { openIndex } from "../../../src/index/reader";
import { messageIdOf, planArchive } from "../../support/archiveMails";
import { commitMails, seededCommits } from "../../support/makeArchive";

type Ask = (this: StatementSync, ...values: unknown[]) => unknown;

/** Counts the words that are read from indexes while something runs. */
function wordsReadBy(run: () => unknown): number {
  const { prototype } = StatementSync;
  const [get, all] = [Reflect.get(prototype, "get") as Ask, Reflect.get(prototype, "all") as Ask];
  let count = 0;
  const counted = (ask: Ask): Ask =>
    function (...values) {
      const answer = ask.apply(this, values);
      if (this.sourceSQL.includes("FROM word")) count += Array.isArray(answer) ? answer.length : 1;
      return answer;
    };
  Object.assign(prototype, { get: counted(get), all: counted(all) });
  try {
    run();
  } finally {
    Object.assign(prototype, { get, all });
  }
  return count;
}

suite("the words a reader reads", function () {
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-reader-"));
  const [archive, file] = [join(folder, "list.git"), join(folder, "list.db")];
  const { plans } = planArchive(5, 300);
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  function storedWords(): number {
    const db = new DatabaseSync(file, { readOnly: true });
    try {
      return Number(db.prepare("SELECT count(*) AS count FROM word").get()?.["count"]);
    } finally {
      db.close();
    }
  }

  test("are those of the mails asked for, and after a small refresh only the new ones", async () => {
    await commitMails(archive, seededCommits(5, plans, 0, 295));
    await buildIndex([archive], file);
    const reader = openIndex(file);
    assert.ok(reader);
    const before = storedWords();
    const first = plans[0];
    assert.ok(first);
    const ofOne = wordsReadBy(() => assert.equal(reader.facts(messageIdOf(5, first)).length, 1));
    assert.ok(ofOne > 0 && ofOne < before / 5, `${ofOne} of ${before} for the mails of one component`);
    assert.ok(wordsReadBy(() => reader.pending(Infinity)) <= before);
    assert.equal(
      wordsReadBy(() => reader.pending(Infinity)),
      0,
    );
    await commitMails(archive, seededCommits(5, plans, 295));
    await buildIndex([archive], file);
    assert.equal(reader.refresh(), true);
    const added = storedWords() - before;
    const again = wordsReadBy(() => reader.pending(Infinity));
    // Words that only mails in no pending series had may be read for the first time, too.
    assert.ok(again <= added + before / 20, `${again} read again, ${added} new of ${before}`);
    assert.deepEqual(
      reader.pending(Infinity).map(({ id }) => id),
      openedAnew().map(({ id }) => id),
    );
    reader.close();
  });

  function openedAnew(): ReturnType<NonNullable<ReturnType<typeof openIndex>>["pending"]> {
    const reader = openIndex(file);
    assert.ok(reader);
    const series = reader.pending(Infinity);
    reader.close();
    return series;
  }
});
