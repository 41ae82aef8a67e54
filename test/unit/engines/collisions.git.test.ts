import assert from "node:assert/strict";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { readBlobTexts, readCommitted } from "../../../src/checkout/committedFiles";
import { readMail } from "../../../src/core/mail/mail";
import { makeTouchIndex, type Touch } from "../../../src/core/series/touches";
import { Collisions } from "../../../src/engines/collisions";
import { Emitter } from "../../../src/engines/ports";
import { projectOfSeries } from "../../../src/library/library";
import { FakeClock, settled, until } from "../../support/fakeClock";
import { FakeDocuments, FakeLog, FakeText } from "../../support/fakePorts";
import { bytesById, seriesOfMails } from "../../support/pageArchive";
import { type History, makeHistory, numbered } from "../../support/pendingHistory";
import { postedPatch, type PostedPatch, seriesWithMail } from "../../support/postedPatch";

const file = "virt/kvm/one.c";
const text = numbered(60);

suite("collisions while one types", () => {
  let history: History;
  let base = "";
  let [documents, clock, log, again] = [new FakeDocuments(), new FakeClock(), new FakeLog(), new Emitter<void>()];
  let document = new FakeText("/", "");
  const activeChanged = new Emitter<void>();
  let mails = new Map<string, Uint8Array>();
  let touches: readonly Touch[] = [];
  let collisions: Collisions;
  /** How often the last commit was read, and what keeps it from being read. */
  let reads = 0;
  let failure: Error | null = null;
  let isTrusted = true;
  let reading: Promise<void> = Promise.resolve();

  suiteSetup(() => {
    history = makeHistory({ [file]: text });
    base = history.git("rev-parse", "HEAD");
  });
  suiteTeardown(() => history.dispose());

  setup(() => {
    [documents, clock, log, again] = [new FakeDocuments(), new FakeClock(), new FakeLog(), new Emitter<void>()];
    document = new FakeText(path.join(history.folder, file), text);
    documents.show(document);
    [reads, failure, reading, isTrusted] = [0, null, Promise.resolve(), true];
  });
  teardown(() => {
    collisions.dispose();
    history.git("reset", "--quiet", "--hard", base);
  });

  const patch = (id: string, line: number, more: Partial<PostedPatch> = {}): Buffer =>
    postedPatch({ id, path: file, text, line, to: `changed by ${id}`, ...more });

  function hold(...patches: readonly Buffer[]): void {
    mails = new Map([...mails, ...bytesById(patches)]);
    touches = makeTouchIndex(seriesOfMails(patches), projectOfSeries).touching(file, null);
    activeChanged.fire();
  }

  async function compare(...patches: readonly Buffer[]): Promise<void> {
    hold(...patches);
    collisions = new Collisions({
      active: {
        get document() {
          return document;
        },
        place: { path: file, project: "kernel" },
        get touches() {
          return touches;
        },
        onDidChange: activeChanged.event,
      },
      documents,
      topOf: () => history.folder,
      mails: {
        mails: (ids) => Promise.resolve(new Map(ids.flatMap((id) => (mails.has(id) ? [[id, readMail(mails.get(id)!)] as const] : [])))),
      },
      git: () => (isTrusted ? {} : null),
      engine: () =>
        Promise.resolve({
          readCommitted: async (...asked) => {
            reads++;
            const read = await readCommitted(...asked);
            await reading;
            if (failure) throw failure;
            return read;
          },
          readBlobTexts,
        }),
      clock,
      log,
      again: [again.event],
      slicer: (isOver) => async () => {
        await setImmediate();
        return isOver();
      },
    });
    await passed();
  }

  /** Lets the pause of typing pass, and real git answer what was asked. */
  async function passed(): Promise<void> {
    const before = reads;
    await clock.pass(150);
    if (reads === before) return;
    for (let turn = 0; turn < 20; turn++) await readCommitted(history.folder, file);
    await settled();
  }

  const found = (): string[] => collisions.found.map(({ series }) => series.title);
  const type = (line: number): void => documents.edit(document, [line - 1, 0], [line - 1, 0], "mine: ");

  test("lines that a series changes too are told once the person pauses, others are not", async () => {
    await compare(patch("a", 10), patch("b", 30));
    assert.deepEqual(found(), []);
    type(10);
    assert.deepEqual(found(), []);
    await passed();
    assert.deepEqual(found(), ["KVM: Change a"]);
    assert.equal(collisions.found[0]?.conflicts, true);
    assert.equal(reads, 1);
  });

  test("what collides in a file is not said of the next one, nor is what is still being found out", async () => {
    await compare(patch("a", 10));
    type(10);
    await passed();
    assert.deepEqual(found(), ["KVM: Change a"]);
    let told = 0;
    collisions.onDidChange(() => told++);
    const edited = document;
    document = new FakeText(path.join(history.folder, "other.c"), "");
    activeChanged.fire();
    assert.deepEqual([found(), told], [[], 1]);
    document = edited;
    activeChanged.fire();
    again.fire();
    let read = (): void => undefined;
    reading = new Promise((resolve) => (read = resolve));
    await clock.pass(150);
    document = new FakeText(path.join(history.folder, "other.c"), "");
    activeChanged.fire();
    read();
    for (let turn = 0; turn < 20; turn++) await readCommitted(history.folder, file);
    await settled();
    assert.deepEqual([found(), told], [[], 1]);
  });

  test("in a window that is not trusted git is asked for nothing", async () => {
    isTrusted = false;
    await compare(patch("a", 10));
    type(10);
    await passed();
    assert.deepEqual([reads, found()], [0, []]);
  });

  test("a git that fails once leaves nothing of the commit before: the next key reads the last commit again", async () => {
    await compare(patch("a", 10));
    // My change of line 10 is committed, so that nothing of it is left to collide.
    type(10);
    await passed();
    assert.deepEqual(found(), ["KVM: Change a"]);
    history.commit("Mine", { [file]: document.getText() });
    failure = new Error("git is busy");
    again.fire();
    await passed();
    assert.deepEqual([found(), log.warnings], [[], ["git is busy"]]);
    failure = null;
    type(50);
    await passed();
    assert.deepEqual(found(), []);
  });

  test("a key that is pressed while the last commit is read is compared with that commit and no former one", async () => {
    await compare(patch("a", 10));
    type(10);
    await passed();
    history.commit("Mine", { [file]: document.getText() });
    let read: () => void = () => undefined;
    reading = new Promise((resolve) => (read = resolve));
    again.fire();
    await passed();
    type(50);
    await passed();
    assert.deepEqual(found(), ["KVM: Change a"]);
    read();
    await settled();
    await passed();
    await until(() => found().length === 0);
  });

  test("a reading that fails when another one has taken over leaves what that one found", async () => {
    await compare(patch("a", 10));
    let fails: (error: Error) => void = () => undefined;
    reading = new Promise((_resolve, reject) => (fails = reject));
    again.fire();
    await passed();
    reading = Promise.resolve();
    type(10);
    await passed();
    assert.deepEqual(found(), ["KVM: Change a"]);
    fails(new Error("git is busy"));
    await settled();
    assert.deepEqual(found(), ["KVM: Change a"]);
  });

  test("a series whose mails could not be read is compared once they can", async () => {
    mails = new Map();
    const one = patch("a", 10);
    await compare(one);
    mails = new Map();
    type(10);
    await passed();
    assert.deepEqual(found(), []);
    mails = new Map(bytesById([one]));
    activeChanged.fire();
    await passed();
    assert.deepEqual(found(), ["KVM: Change a"]);
  });

  test("a patch that takes another one's place is compared, though the revision is the same otherwise", async () => {
    const words = (index: number): string => `PATCH ${index}/2`;
    const first = patch("s-1", 10, { words: words(1), title: "KVM: First" });
    const second = patch("s-2", 30, { words: words(2), title: "KVM: Second", answers: "s-1" });
    const instead = patch("s-2b", 45, { words: words(2), title: "KVM: Second", answers: "s-1", at: Date.UTC(2026, 2, 3) });
    await compare(first, second);
    type(45);
    await passed();
    assert.deepEqual(found(), []);
    hold(first, instead);
    assert.equal(
      seriesWithMail(
        touches.map(({ series }) => series),
        "s-2b",
      ).revisions.length,
      1,
    );
    await passed();
    assert.equal(found().length, 1);
  });

  test("a file that is read again from the disk has the last commit read again", async () => {
    await compare(patch("a", 10));
    assert.equal(reads, 1);
    documents.reload(document, text.replace("line 10\n", "line 10, other\n"));
    await passed();
    assert.deepEqual([reads, found()], [2, ["KVM: Change a"]]);
    documents.save(document);
    await passed();
    assert.equal(reads, 3);
    // It is the commit that was known, and keys do not ask for it again.
    type(50);
    await passed();
    assert.equal(reads, 3);
  });
});
