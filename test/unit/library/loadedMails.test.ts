import assert from "node:assert/strict";
import { LoadedMails } from "../../../src/library/loadedMails";
import { uncaughtOf } from "../../support/uncaught";

function mailOf(id: string, size = 10): Uint8Array {
  const head = new TextEncoder().encode(`Message-ID: <${id}@example.org>\nSubject: ${id}\n\n`);
  const mail = new Uint8Array(head.length + size).fill("x".charCodeAt(0), head.length);
  mail.set(head);
  return mail;
}

suite("loaded mails", () => {
  let asked: string[][];
  let size: number;
  let fail: boolean;
  const mails = (): LoadedMails =>
    new LoadedMails({
      mailBytes: (ids) => {
        asked.push([...ids]);
        if (fail) return Promise.reject(new Error("the archive is locked"));
        return Promise.resolve(new Map(ids.filter((id) => id !== "gone").map((id) => [id, mailOf(id, size)])));
      },
    });
  setup(() => {
    asked = [];
    size = 10;
    fail = false;
  });

  test("of two questions that fail none is left without somebody who takes its error", async () => {
    const fails: Array<(error: Error) => void> = [];
    const loaded = new LoadedMails({ mailBytes: () => new Promise((_resolve, reject) => fails.push(reject)) });
    const unhandled = await uncaughtOf(async () => {
      const asked = [loaded.mails(["a"]), loaded.mails(["a", "b"])].map((one) => assert.rejects(one, /locked/));
      for (const fail of fails) fail(new Error("the archive is locked"));
      await Promise.all(asked);
    });
    assert.deepEqual(unhandled, []);
  });

  test("are asked for at once, and only once", async () => {
    const loaded = mails();
    const [first, second] = await Promise.all([loaded.mails(["a", "b", "gone", "a"]), loaded.bytes(["b", "c"])]);
    assert.deepEqual(asked, [["a", "b", "gone"], ["c"]]);
    assert.deepEqual([...first.keys(), ...second.keys()], ["a", "b", "b", "c"]);
    assert.equal(first.get("a")?.subject, "a");
    await loaded.mails(["a", "gone"]);
    assert.deepEqual(asked.slice(2), [["gone"]], "what was gone may have come since");
    assert.equal(loaded.mailsAtHand(["a", "gone"]), null);
    assert.deepEqual(
      [...(loaded.mailsAtHand(["c", "a"]) ?? [])].map(([id]) => id),
      ["c", "a"],
    );
  });

  test("an error is told and not remembered", async () => {
    const loaded = mails();
    fail = true;
    await assert.rejects(loaded.mails(["a"]), /locked/);
    fail = false;
    assert.equal((await loaded.mails(["a"])).size, 1);
  });

  test("take no more memory than they may, the ones used last stay", async () => {
    const loaded = mails();
    size = 12 * 1024 * 1024;
    for (const id of ["a", "b", "a", "c", "d"]) await loaded.bytes([id]);
    assert.equal(loaded.mailsAtHand(["a"]), null);
    assert.equal(loaded.mailsAtHand(["b"]), null);
    assert.equal(loaded.mailsAtHand(["c", "d"])?.size, 2);
    assert.equal((await loaded.bytes(["w", "x", "y", "z"])).size, 4, "what is too much to keep is still given");
  });
});
