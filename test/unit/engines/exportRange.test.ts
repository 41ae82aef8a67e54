import assert from "node:assert/strict";
import type { RangeEnds, ReadRange } from "../../../src/core/digest/digestOfMails";
import { RangeExport } from "../../../src/engines/exportRange";
import { FakeLog, FakeStorage } from "../../support/fakePorts";

const [one, two] = ["/mail/kvm", "/mail/list.mbox"];
/** When the newest mail came in. */
const arrived = Date.parse("2026-10-20T12:00:00Z") / 1000;

function makeRange(parts: Partial<ReadRange> = {}): ReadRange {
  const mail = { messageId: "1@example.org", subject: "[PATCH] x", fromHeader: "Ada Lind <ada@example.org>", body: "", hasDiff: true };
  return { from: "aaaaaaaaa", to: "bbbbbbbbb", end: null, count: 1, mails: [mail], problems: [], ...parts };
}

function makeGround(storage = new FakeStorage()) {
  const asked: Array<readonly [string, RangeEnds]> = [];
  const answers = new Map<string, ReadRange>();
  const log = new FakeLog();
  const ranges = new RangeExport({
    archives: {
      folders: [one, two],
      series: { arrived } as never,
      range: (folder, ends) => {
        asked.push([folder, ends]);
        return Promise.resolve(answers.get(folder) ?? makeRange());
      },
    },
    storage,
    log,
  });
  return { ranges, asked, answers, log, storage };
}

suite("export of a range", () => {
  test("days are counted back from the newest mail", () => {
    const { ranges } = makeGround();
    assert.deepEqual(ranges.daysBack(7)(one), { from: "2026-10-13T12:00:00Z", to: null });
    assert.deepEqual(ranges.typed("", "2026-10-01")(one), { from: null, to: "2026-10-01", now: arrived * 1000 });
  });

  test("the next export begins where the last one ended, in each archive", async () => {
    const { ranges, answers } = makeGround();
    assert.equal(ranges.sinceLast([one, two]), null);
    answers.set(one, makeRange({ end: "c0ffee" }));
    await ranges.reached([one], await ranges.read([one], ranges.daysBack(7)));
    const last = ranges.sinceLast([one, two]);
    assert.deepEqual(
      [last?.ends(one), last?.ends(two)],
      [
        { from: "c0ffee", to: null },
        { from: "2026-10-13T12:00:00Z", to: null },
      ],
    );
    assert.deepEqual(last?.from, ["c0ffee", ""]);
    await ranges.reached([two], [makeRange({ to: "2026-10-20" })]);
    assert.equal(ranges.sinceLast([two])?.ends(two).from, "2026-10-21");
  });

  test("what another window exported meanwhile is remembered too", async () => {
    const storage = new FakeStorage();
    const [here, there] = [makeGround(storage).ranges, makeGround(storage).ranges];
    const read = await here.read([one], here.daysBack(7));
    await there.reached([two], [makeRange({ end: "feed" })]);
    await here.reached([one], [{ ...read[0]!, end: "beef" }]);
    assert.deepEqual(here.sinceLast([one, two])?.from, ["beef", "feed"]);
  });

  test("a range without patches is refused, and its problems are in the log", async () => {
    const { ranges, answers, log } = makeGround();
    answers.set(one, makeRange({ mails: [], count: 3, from: "2026-10-01", to: "2026-10-02", problems: ["One mail cannot be read."] }));
    answers.set(two, makeRange({ mails: [], count: 0 }));
    await assert.rejects(ranges.read([one, two], ranges.daysBack(7)), /^HumanError: There is no patch .*; choose other ends\.$/);
    await assert.rejects(ranges.read([two], ranges.daysBack(7)), /There is no mail /);
    assert.deepEqual(log.warnings, [`${one}: One mail cannot be read.`]);
  });

  test("a value of another shape counts as none", async () => {
    const { ranges, storage } = makeGround();
    for (const odd of [5, "x", [7], { [one]: 3 }]) {
      await storage.update("exported", odd);
      assert.equal(ranges.sinceLast([one]), null);
    }
  });
});
