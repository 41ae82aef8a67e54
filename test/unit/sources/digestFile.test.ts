import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { formatDigest } from "../../../src/core/digest/digest";
import { compareNames, largestDigest, makeDigestReader } from "../../../src/sources/digestFile";
import { digestOf, patchEntry } from "../../support/invented";

function text(title: string): string {
  return formatDigest(digestOf(patchEntry(`[PATCH] ${title}`)));
}

suite("digest files", () => {
  let folder = "";
  const at = (...names: string[]): string => path.join(folder, ...names);
  setup(() => (folder = mkdtempSync(path.join(tmpdir(), "kvm-series-files-"))));
  teardown(() => rmSync(folder, { recursive: true, force: true }));

  async function messages(source: string): Promise<string[]> {
    const { digests, problems } = await makeDigestReader().read(source);
    assert.deepEqual(digests, []);
    for (const problem of problems) assert.match(problem.message, /^[^\n]+\.$/);
    return problems.map(({ message }) => message);
  }

  test("a folder is read in the order of its names, numbers by value, other files passed over", async () => {
    for (const name of ["10_b.txt", "9_a.txt", "9_b.TXT"]) writeFileSync(at(name), text(name));
    writeFileSync(at("notes.txt"), "no digest");
    writeFileSync(at("8.md"), text("8"));
    writeFileSync(at("0.txt"), Uint8Array.of(0, 1, 2));
    mkdirSync(at("folder.txt"));
    const { digests, problems } = await makeDigestReader().read(folder);
    assert.deepEqual([digests.map(({ name }) => name), problems], [["9_a.txt", "9_b.TXT", "10_b.txt"], []]);
  });

  test("more files than are read at once keep their order", async () => {
    const names = Array.from({ length: 50 }, (_, number) => `${number}.txt`);
    for (const name of names) writeFileSync(at(name), text(name));
    const { digests } = await makeDigestReader().read(folder);
    assert.deepEqual(
      digests.map(({ name }) => name),
      names,
    );
  });

  test("names are ordered as people count", () => {
    const ordered = ["", "1", "01", "2_a", "2_b", "10", "a", "a1", "a2", "a10", "b"];
    assert.deepEqual([...ordered].reverse().sort(compareNames), ["", "01", "1", ...ordered.slice(3)]);
  });

  test("a file that did not change is not read again, one that did is", async () => {
    const reader = makeDigestReader();
    const file = at("a.txt");
    writeFileSync(file, text("One"));
    const first = (await reader.read(file)).digests[0]?.digest;
    assert.equal((await reader.read(file)).digests[0]?.digest, first);
    assert.equal((await reader.read(folder)).digests[0]?.digest, first);
    writeFileSync(file, text("Two"));
    utimesSync(file, new Date(), new Date(2026, 1, 1));
    assert.equal((await reader.read(file)).digests[0]?.digest.entries[0]?.subject, "[PATCH] Two");
    rmSync(file);
    assert.deepEqual((await reader.read(file)).digests, []);
  });

  test("a sync that was given up reads no more", async () => {
    writeFileSync(at("a.txt"), text("One"));
    assert.deepEqual((await makeDigestReader().read(folder, AbortSignal.abort())).digests, []);
  });

  test("what is no digest is said in a sentence", async () => {
    writeFileSync(at("binary"), Uint8Array.of(0, 1, 2));
    writeFileSync(at("empty"), "");
    writeFileSync(at("huge"), "");
    truncateSync(at("huge"), largestDigest + 1);
    symlinkSync(at("circle"), at("circle"));
    const rows: ReadonlyArray<readonly [string, RegExp]> = [
      ["gone", /no such file/],
      ["binary", /but a binary file/],
      ["empty", /empty/],
      ["huge", /larger than the 48 MB/],
      ["empty/x", /not a folder/],
      ["circle", /loop/],
      ["", /neither mail nor a digest in this folder/],
    ];
    for (const [name, message] of rows) assert.match((await messages(at(name))).join(), message, name);
  });

  test("a pipe in a folder is not waited for", async () => {
    execFileSync("mkfifo", [at("pipe.txt")]);
    writeFileSync(at("a.txt"), text("One"));
    assert.deepEqual(
      (await makeDigestReader().read(folder)).digests.map(({ name }) => name),
      ["a.txt"],
    );
  });

  test("a damaged digest of a folder is read, with its problem; a huge one is named", async () => {
    writeFileSync(at("a.txt"), text("One").slice(0, -80));
    writeFileSync(at("b.txt"), "");
    truncateSync(at("b.txt"), largestDigest + 1);
    const { digests, problems } = await makeDigestReader().read(folder);
    assert.deepEqual([digests.length, problems.map(({ source }) => path.basename(source))], [1, ["a.txt", "b.txt"]]);
  });
});
