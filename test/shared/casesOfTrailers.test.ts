/** Trailers that were read wrongly, in ../shared/data/cases: what counts, and what `git am` of the mbox makes of it. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { readMbox } from "../../src/core/mail/mbox";
import { mailIdsOf } from "../../src/core/series/revisionTexts";
import { newestRevision, type Patch } from "../../src/core/series/series";
import { seriesMbox } from "../../src/core/series/seriesMbox";
import { bytesById, seriesOfMails } from "../support/pageArchive";

const folder = path.join(process.env["KVM_SERIES_SHARED"] ?? "", "data", "cases");

interface ReadCase {
  readonly patches: readonly Patch[];
  /** The lines of the mbox that are trailers of people. */
  readonly lines: (elsewhere: boolean) => string[];
}

function readCase(
  name: string,
  file = readdirSync(path.join(folder, name)).find((each) => each.endsWith(".mbox")) ?? "",
  which: "newest" | "all" = "newest",
): ReadCase[] {
  const mails = readMbox(readFileSync(path.join(folder, name, file))).map((bytes) => new Uint8Array(bytes));
  const byId = bytesById(mails);
  return seriesOfMails(mails)
    .flatMap((series) => (which === "newest" ? [newestRevision(series)] : series.revisions))
    .sort((a, b) => (a.date ?? "").localeCompare(b.date ?? ""))
    .map((revision) => ({
      patches: revision.patches,
      lines: (elsewhere) => {
        const wanted = new Map([...byId].filter(([id]) => mailIdsOf(revision).includes(id)));
        const { text } = seriesMbox(revision, wanted, { trailers: true, elsewhere });
        return Array.from(text.matchAll(/^(?!Signed-off)[A-Z][A-Za-z-]*-by: .*$/gim), ([line]) => line);
      },
    }));
}

/** All trailers of the first patch of each revision. */
function trailersOf(name: string): string[][] {
  return readCase(name, undefined, "all").map(({ patches }) => patches[0]?.trailers.map(({ key, value }) => `${key}: ${value}`) ?? []);
}

suite("handed cases of trailers", () => {
  if (!existsSync(folder)) {
    console.log("    skipped: KVM_SERIES_SHARED names no folder with data/cases");
    return;
  }

  test("05-mailto-junk", () =>
    assert.deepEqual(readCase("05-mailto-junk")[0]?.lines(false), [
      "Reviewed-by: Bo Rask <bo@example.org>",
      "Tested-by: Cy Dahl <cy@example.org>",
      "Acked-by: Di Ek <di@example.org>",
    ]));

  test("05b-trailer-address-case", () => {
    const [read] = readCase("05b-trailer-address-case");
    assert.deepEqual(read?.lines(false), ["Reviewed-by: Bo Rask <Bo.Rask@Example.org>", "Tested-by: Cy Dahl <cy@example.org>"]);
    assert.deepEqual(read.lines(true).slice(2), ["Acked-by: Di Ek <di@work.example.org>"]);
  });

  test("05c-trailer-near-address", () => {
    const [read] = readCase("05c-trailer-near-address");
    const names = (elsewhere: boolean): string[] => (read?.lines(elsewhere) ?? []).map((line) => line.split(" ", 2).at(-1) ?? "");
    assert.deepEqual(names(false), ["Bo", "Cy", "Di", "Ed", "Fia"]);
    assert.deepEqual(names(true), ["Bo", "Cy", "Di", "Ed", "Fia", "Gus"]);
  });

  // Of the 34 forms those count that name the sender with an address, on a line of their own or behind a short sentence, and take nothing back.
  const silent = new Set(["02", "09", "17", "19", "20", "22", "24", "27", "28", "31"]);
  for (const file of existsSync(path.join(folder, "18-trailer-forms")) ? readdirSync(path.join(folder, "18-trailer-forms")) : []) {
    if (!file.endsWith(".mbox")) continue;
    test(`18-trailer-forms/${file}`, () => {
      const number = file.slice(0, 2);
      const lines = readCase("18-trailer-forms", file)[0]?.lines(false) ?? [];
      assert.equal(lines.length > 0, !silent.has(number));
    });
  }

  test("63-review-carried", () => {
    const newest = readCase("63-review-carried");
    assert.deepEqual(
      newest.map(({ patches }) =>
        patches.map(({ trailers }) =>
          trailers.filter(({ via }) => via !== "patch").map(({ value, revision }) => `${value} of ${revision ?? ""}`),
        ),
      ),
      [[["Bo Rask <bo@example.org> of v1"], []]],
    );
    assert.deepEqual(newest[0]?.lines(false), ["Reviewed-by: Bo Rask <bo@example.org>"]);
  });

  test("line-below-the-trailers", () =>
    assert.deepEqual(trailersOf("line-below-the-trailers"), [
      ["Signed-off-by: Ada Lind <ada@example.org>", "Reviewed-by: Bo Quist <bo@example.org>"],
      ["Signed-off-by: Ada Lind <ada@example.org>", "Reviewed-by: Bo Quist <bo@example.org>"],
    ]));

  test("note-folded-into-sign-off", () =>
    assert.deepEqual(trailersOf("note-folded-into-sign-off"), [["Signed-off-by: Ada Lind <ada@example.org>"]]));
});
