import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { type Mail, readMail } from "../../../src/core/mail/mail";
import { makeTouchIndex, type MovedName } from "../../../src/core/series/touches";
import { PendingChanges, replacedLines } from "../../../src/engines/pendingChanges";
import { Emitter } from "../../../src/engines/ports";
import { projectOfSeries } from "../../../src/library/library";
import { FakeClock, settled } from "../../support/fakeClock";
import { FakeDocuments, FakeLog, FakeText } from "../../support/fakePorts";
import { bytesById, seriesOfMails } from "../../support/pageArchive";
import { numbered } from "../../support/pendingHistory";
import { postedPatch, type PostedPatch } from "../../support/postedPatch";
import { uncaughtOf } from "../../support/uncaught";

const [one, two] = ["virt/kvm/one.c", "virt/kvm/two.c"];
const text = numbered(60);

suite("pending changes", () => {
  let [documents, clock, log, changed] = [new FakeDocuments(), new FakeClock(), new FakeLog(), new Emitter<void>()];
  let pending: PendingChanges | null = null;
  /** Keeps mails from being read while it is not null. */
  let failure: Error | null = null;
  let blobs: ReadonlyMap<string, string> = new Map();
  /** Runs at each pause between two series. */
  let atPause: () => void = () => undefined;

  setup(() => {
    [documents, clock, log, changed] = [new FakeDocuments(), new FakeClock(), new FakeLog(), new Emitter<void>()];
    [failure, blobs, atPause] = [null, new Map(), () => undefined];
  });
  teardown(() => pending?.dispose());

  /** Follows the documents with these patches pending. */
  function follow(...patches: readonly Buffer[]): PendingChanges {
    return followMoved(null, ...patches);
  }

  /** As `follow`, in a tree that has moved a file since the patches were made. */
  function followMoved(moved: MovedName | null, ...patches: readonly Buffer[]): PendingChanges {
    const bytes = bytesById(patches);
    const touches = makeTouchIndex(seriesOfMails(patches), projectOfSeries);
    const mails = (ids: readonly string[]): Promise<Map<string, Mail>> => {
      if (failure) return Promise.reject(failure);
      return Promise.resolve(new Map(ids.flatMap((id) => (bytes.has(id) ? [[id, readMail(bytes.get(id)!)] as const] : []))));
    };
    pending = new PendingChanges({
      documents,
      touching: (uri) => {
        const path = uri.path.slice(1);
        const named = moved?.path === path ? touches.touching(moved.name, null).map((touch) => ({ ...touch, moved })) : [];
        return { place: { path, project: null }, touches: [...touches.touching(path, null), ...named] };
      },
      topOf: () => "/",
      mails: { mails },
      readBlobs: () => Promise.resolve(blobs),
      git: () => ({}),
      clock,
      log,
      again: [changed.event],
      slicer: (isOver) => async () => {
        atPause();
        await setImmediate();
        return isOver();
      },
    });
    return pending;
  }

  const patch = (id: string, path: string, line: number, more: Partial<PostedPatch> = {}): Buffer =>
    postedPatch({ id, path, text, line, to: `changed by ${id}`, ...more });

  function linesOf(document: FakeText): Array<readonly [string, number]> | null {
    return pending?.edits(document)?.map(({ series, placed }) => [series.title, placed.start] as const) ?? null;
  }

  test("the changes of the files on screen are known by line, and by the lines that are pointed at", async () => {
    const document = new FakeText(`/${one}`, text);
    documents.show(document);
    const changes = follow(patch("a", one, 10), patch("b", one, 30), patch("c", two, 5));
    assert.equal(changes.edits(document), null);
    await settled();
    assert.deepEqual(linesOf(document), [
      ["KVM: Change a", 9],
      ["KVM: Change b", 29],
    ]);
    assert.deepEqual(
      changes.onLines(document, [5, 9]).map(({ series }) => series.title),
      ["KVM: Change a"],
    );
  });

  test("typing moves what lies below, and a file that has the change already is none that is pointed at", async () => {
    const document = new FakeText(`/${one}`, text);
    documents.show(document);
    const changes = follow(patch("a", one, 10), patch("b", one, 30));
    await settled();
    documents.edit(document, [20, 0], [20, 0], "three\nlines\nmore\n");
    assert.deepEqual(linesOf(document), [
      ["KVM: Change a", 9],
      ["KVM: Change b", 32],
    ]);
    documents.edit(document, [9, 0], [9, 7], "changed by a");
    await clock.pass(400);
    assert.deepEqual(changes.onLines(document, [9, 9]), []);
  });

  test("a document that goes away while another one is settled skips none of the others", async () => {
    const [first, second] = [new FakeText(`/${one}`, text), new FakeText(`/${two}`, text)];
    documents.show(first, second);
    const changes = follow(patch("a", one, 10), patch("b", one, 30), patch("c", two, 10), patch("d", two, 30));
    await settled();
    for (const document of [first, second]) documents.edit(document, [9, 0], [9, 0], "typed ");
    const told: string[] = [];
    changes.onDidChange(({ uri }) => told.push(uri.path));
    atPause = () => {
      atPause = () => undefined;
      documents.close(first);
    };
    await clock.pass(400);
    assert.deepEqual(told, [`/${two}`]);
    assert.equal(changes.edits(first), null);
  });

  test("a file of which the language changes keeps its changes", async () => {
    const document = new FakeText(`/${one}`, text);
    documents.show(document);
    const changes = follow(patch("a", one, 10));
    await settled();
    documents.changeLanguage(document);
    await settled();
    assert.equal(changes.edits(document)?.length, 1);
  });

  test("whoever draws the changes and fails has them read no second time", async () => {
    documents.show(new FakeText(`/${one}`, text));
    const changes = follow(patch("a", one, 10));
    changes.onDidChange(() => {
      throw new Error("it cannot be drawn");
    });
    const uncaught = await uncaughtOf(settled);
    assert.deepEqual([log.errors, clock.waiting], [[], 0]);
    assert.deepEqual(uncaught.map(String), ["Error: it cannot be drawn"]);
  });

  test("a file whose mails could not be read is tried again by itself", async () => {
    const document = new FakeText(`/${one}`, text);
    documents.show(document);
    failure = new Error("the archive is locked");
    const changes = follow(patch("a", one, 10));
    await settled();
    assert.deepEqual([changes.edits(document), log.errors], [null, ["the archive is locked"]]);
    failure = null;
    await clock.pass(5000);
    assert.equal(changes.edits(document)?.length, 1);
  });

  test("a file whose mails could not be read is tried again when it is shown", async () => {
    const [document, other] = [new FakeText(`/${one}`, text), new FakeText(`/${two}`, text)];
    documents.show(document);
    failure = new Error("the archive is locked");
    const changes = follow(patch("a", one, 10));
    await settled();
    failure = null;
    documents.show(other);
    documents.show(document);
    await settled();
    assert.equal(changes.edits(document)?.length, 1);
  });

  test("while mails cannot be read the marks that were there stay, and follow what is typed", async () => {
    const document = new FakeText(`/${one}`, text);
    documents.show(document);
    const changes = follow(patch("a", one, 10), patch("b", one, 30));
    await settled();
    failure = new Error("the archive is locked");
    changed.fire();
    await settled();
    documents.edit(document, [0, 0], [0, 0], "above\n");
    assert.equal(changes.edits(document)?.[0]?.placed.start, 10);
  });

  test("what is typed while changes are placed is followed too", async () => {
    const document = new FakeText(`/${one}`, text);
    documents.show(document);
    atPause = () => {
      atPause = () => undefined;
      documents.edit(document, [0, 0], [0, 0], "above\n");
    };
    follow(patch("a", one, 10), patch("b", one, 30));
    await settled();
    assert.deepEqual(linesOf(document), [
      ["KVM: Change a", 10],
      ["KVM: Change b", 30],
    ]);
  });

  test("marks that are read again are there all the while", async () => {
    const document = new FakeText(`/${one}`, text);
    documents.show(document);
    const changes = follow(patch("a", one, 10), patch("b", one, 30));
    await settled();
    const counts = new Set<number | undefined>();
    atPause = () => counts.add(changes.edits(document)?.length);
    changed.fire();
    await settled();
    assert.deepEqual([...counts], [2]);
  });

  test("where the text a series was made on is in the repository its lines are followed from there", async () => {
    // Line 10 stands twice: by its surroundings it could be either.
    const twice = `${numbered(14)}${numbered(60)}`;
    const document = new FakeText(`/${one}`, twice.replace("line 3\n", "line 3, mine\n"));
    documents.show(document);
    const blob = "abcdef1";
    blobs = new Map([[blob, twice]]);
    const changes = follow(postedPatch({ id: "a", path: one, text: twice, line: 24, to: "changed", blob }));
    await settled();
    assert.deepEqual(
      changes.edits(document)?.map(({ placed }) => [placed.start, placed.certainty]),
      [[23, "exact"]],
    );
  });

  test("the next change and the one before, past the last one the first", async () => {
    const document = new FakeText(`/${one}`, text);
    documents.show(document);
    const changes = follow(patch("a", one, 10), patch("b", one, 30), patch("c", one, 50));
    assert.equal(changes.nextLine(document, 0, 1), null);
    await settled();
    const lines = ([here, step]: readonly [number, 1 | -1]): number | null => changes.nextLine(document, here, step);
    assert.deepEqual(
      (
        [
          [0, 1],
          [9, 1],
          [49, 1],
          [30, -1],
          [29, -1],
          [9, -1],
        ] as const
      ).map(lines),
      [9, 29, 9, 29, 9, 49],
    );
    // What the file has already is nothing to go to.
    documents.edit(document, [9, 0], [9, 7], "changed by a");
    await clock.pass(400);
    assert.equal(changes.nextLine(document, 0, 1), 29);
  });

  test("lines are those that patches name until somebody has placed them", async () => {
    const document = new FakeText(`/${one}`, text.replace("line 3\n", "line 3\nmine\n"));
    documents.show(document);
    const changes = follow(patch("a", one, 10));
    const titles = (line: number): string[] => changes.seriesOnLines(document, [line, line]).map(({ title }) => title);
    assert.deepEqual([titles(9), titles(40)], [["KVM: Change a"], []]);
    await settled();
    assert.deepEqual([titles(9), titles(10)], [[], ["KVM: Change a"]]);
  });

  test("a series that has another name for the file stands on its lines all the same, and says so", async () => {
    const document = new FakeText(`/${one}`, `one more\n${text}`);
    documents.show(document);
    const moved: MovedName = { name: two, path: one, when: "before", by: { commit: "a".repeat(40) } };
    const changes = followMoved(moved, patch("a", two, 30));
    await settled();
    assert.deepEqual(
      changes.edits(document)?.map(({ placed, moved: name }) => [placed.start, name]),
      [[30, moved]],
    );
  });

  test("of the files that are hidden the last eight are followed", async () => {
    const texts = Array.from({ length: 11 }, (_, at) => new FakeText(`/virt/kvm/file${at}.c`, text));
    const changes = follow(...texts.map(({ uri }, at) => patch(`p${at}`, uri.path.slice(1), 10)));
    for (const document of texts) {
      documents.show(document);
      await settled();
    }
    assert.deepEqual(
      texts.map((document) => changes.edits(document) !== null),
      [false, false, ...Array.from({ length: 9 }, () => true)],
    );
  });

  test("edits that do not lead to the text have it read again", async () => {
    const document = new FakeText(`/${one}`, text);
    documents.show(document);
    const changes = follow(patch("a", one, 10));
    await settled();
    // An edit that nobody told of.
    document.replace([0, 0], [0, 0], "above\nabove\n");
    documents.edit(document, [0, 0], [0, 0], "above\n");
    await settled();
    assert.match(log.warnings.join(), /do not produce its text/);
    assert.equal(changes.edits(document)?.[0]?.placed.start, 12);
  });

  test("an edit leaves the lines that the text has", () => {
    const place = fc.tuple(fc.nat(5), fc.nat(3));
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "bc", "", "d"), { minLength: 1, maxLength: 6 }),
        place,
        place,
        fc.constantFrom("", "x", "x\ny", "\n"),
        (lines, a, b, put) => {
          const inside = ([line, character]: readonly [number, number]): readonly [number, number] => {
            const at = Math.min(line, lines.length - 1);
            return [at, Math.min(character, lines[at]?.length ?? 0)];
          };
          const [start, end] = [inside(a), inside(b)].sort((x, y) => x[0] - y[0] || x[1] - y[1]) as [
            readonly [number, number],
            readonly [number, number],
          ];
          const document = new FakeText("/x", lines.join("\n"));
          const edit = document.replace(start, end, put);
          const now = [...lines.slice(0, start[0]), ...replacedLines(lines, edit), ...lines.slice(end[0] + 1)];
          assert.equal(now.join("\n"), document.getText());
        },
      ),
    );
  });
});
