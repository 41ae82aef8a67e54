/** Comments on pending patches in a file being edited: read once, nothing while typing, then where their lines are. */
import assert from "node:assert/strict";
import { makeTouchIndex } from "../../../src/core/series/touches";
import { newestRevision } from "../../../src/core/series/series";
import { FileComments } from "../../../src/engines/fileComments";
import { PendingChanges } from "../../../src/engines/pendingChanges";
import { LoadedMails } from "../../../src/library/loadedMails";
import { projectOfSeries } from "../../../src/library/library";
import { threadsOnFile } from "../../../src/library/revisionComments";
import { FakeClock, settled } from "../../support/fakeClock";
import { FakeDocuments, FakeLog, FakeText } from "../../support/fakePorts";
import { bytesById, seriesOfMails } from "../../support/pageArchive";
import { numbered } from "../../support/pendingHistory";
import { postedPatch } from "../../support/postedPatch";
import { rawMail } from "../../support/rawMail";

const path = "virt/kvm/one.c";
const text = numbered(60);

suite("comments on files", () => {
  const [documents, clock, log] = [new FakeDocuments(), new FakeClock(), new FakeLog()];
  const document = new FakeText(`/${path}`, text);
  const mails = [
    postedPatch({ id: "a", path, text, line: 10, to: "changed by a" }),
    rawMail({ id: "r@example.org", subject: "Re: [PATCH] KVM: Change a", to: "a@example.org", body: "> +changed by a\n\nWhy?\n" }),
  ];
  const bytes = bytesById(mails);
  const touches = makeTouchIndex(seriesOfMails(mails), projectOfSeries);
  const loaded = new LoadedMails({
    mailBytes: (ids) => Promise.resolve(new Map(ids.flatMap((id) => (bytes.has(id) ? [[id, bytes.get(id)!] as const] : [])))),
  });
  const pending = new PendingChanges({
    documents,
    touching: () => ({ place: { path, project: null }, touches: touches.touching(path, null) }),
    topOf: () => "/",
    mails: loaded,
    readBlobs: () => Promise.resolve(new Map()),
    git: () => ({}),
    clock,
    log,
    again: [],
  });
  let [isWanted, reads] = [true, 0];
  const comments = new FileComments({
    documents,
    pending,
    pathOf: () => path,
    threadsOf: (series) => {
      reads++;
      return threadsOnFile(newestRevision(series), path, loaded);
    },
    isWanted: () => isWanted,
    clock,
    log,
  });
  suiteTeardown(() => {
    comments.dispose();
    pending.dispose();
  });

  const shown = (): Array<readonly [number, string]> =>
    comments.threads(document).map(({ line, thread }) => [line, thread.comments.map((one) => one.text).join()] as const);

  /** Waits until the person has paused and all is placed. */
  async function pause(): Promise<void> {
    await settled();
    await clock.pass(1000);
    await settled();
  }

  test("stand on the line that the patch changes, and go with it once nothing is typed", async () => {
    documents.show(document);
    await pause();
    assert.deepEqual(shown(), [[9, "Why?"]]);
    documents.edit(document, [2, 0], [2, 0], "typed\n");
    await settled();
    assert.deepEqual(shown(), [[9, "Why?"]]);
    await pause();
    assert.deepEqual(shown(), [[10, "Why?"]]);
    assert.equal(reads, 1);
  });

  test("are gone where they are not wanted", async () => {
    isWanted = false;
    comments.again();
    await pause();
    assert.deepEqual(shown(), []);
    assert.deepEqual(log.errors, []);
  });
});
