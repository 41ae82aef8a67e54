/** What the documents show is what the code does. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { usage } from "../../src/cli/commands";
import { formatDigest, parseDigest } from "../../src/core/digest/digest";
import { landingOf, type TreeCommit } from "../../src/core/series/landed";
import type { Series } from "../../src/core/series/series";
import { seriesStatus } from "../../src/core/series/status";
import { makeTouchIndex } from "../../src/core/series/touches";
import { projectOfSeries, seriesOfDigests } from "../../src/library/library";
import { collidesReport, seriesReport, touchingReport } from "../../src/render/seriesJson";
import { statusReport } from "../../src/render/seriesStatus";

const docs = path.resolve(__dirname, "..", "..", "..", "docs");
const format = readFileSync(path.join(docs, "digest-format.md"), "utf8");
const cli = readFileSync(path.join(docs, "cli.md"), "utf8");

/** The last block of code in a document, or those of a language. */
function blocks(text: string, language: string): string[] {
  return Array.from(text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm")), (match) => match[1] ?? "");
}

suite("documents", () => {
  test("the commands they show are those that the command line shows itself", () => {
    const shown = [...usage().matchAll(/^ {2}(kvm-series .*)$/gm)].map(([, line]) => line);
    assert.equal(blocks(cli, "")[0], `${shown.join("\n")}\n`);
  });

  const example = blocks(format, "").at(-1) ?? "";
  const { digest, problems } = parseDigest(example);

  test("the digest they show is read without a problem and written again byte by byte", () => {
    assert.deepEqual(problems, []);
    assert(digest);
    assert.equal(formatDigest(digest), example);
    assert.equal(digest.entries.length, 3);
  });

  test("the JSON they show has the keys and the ids of the real one", () => {
    assert(digest);
    const series = seriesOfDigests([{ name: "example.txt", digest }], { rules: [], trees: [] });
    const touches = makeTouchIndex(series, projectOfSeries).touching("arch/x86/kvm/x86.c", "kernel");
    const reports = [seriesReport(series, []), touchingReport("arch/x86/kvm/x86.c", touches, []), collidesExample(series[0])];
    const real = JSON.parse(JSON.stringify(reports)) as unknown[];
    const shown = blocks(cli, "json").map((text) => JSON.parse(text) as unknown);
    assert.equal(shown.length, 7);
    assertShown(shown[4], JSON.parse(JSON.stringify(statusExample(series[0]))), "status");
    // The others are what `applies` answers and what `index` counts, which need an archive.
    for (const [at, one] of shown.slice(0, 3).entries()) assertShown(one, real[at], `example ${at}`);
  });

  /** What is said of the first series when its patch is on a branch of a remote, with changes. */
  function statusExample(series: Series | undefined): object {
    assert(series);
    const title = "KVM: x86: Count spurious wakeups";
    const refs = [
      { name: "HEAD", main: true },
      { name: "kvm/next", main: false },
    ];
    const commit: TreeCommit = {
      id: "0123456789abcdef0123456789abcdef01234567",
      title,
      author: { name: "Ada Lind", email: "ada@example.org" },
      committed: 0,
      links: [],
      pickedFrom: null,
      content: null,
      refs: ["kvm/next"],
      reverted: [],
      local: false,
    };
    const signs = ["similar-lines", "link", "title", "author"] as const;
    const patches = [landingOf({ index: 1, title }, [{ commit, relation: "changed", signs }], refs)];
    const { status, evidence } = seriesStatus(series, { patches, refs }, null);
    const facts = { tree: "/home/ada/linux", refs, since: "2026-04-01T00:00:00Z" };
    return statusReport(facts, [{ series, status, evidence, patches }], []);
  }

  /** What the command says of a change of three lines that the first series changes too. */
  function collidesExample(series: Series | undefined): object {
    assert(series);
    const path = "arch/x86/kvm/x86.c";
    const file = { path, binary: false, edits: [] };
    const overlaps = [{ start: 11, end: 14, mine: [], theirs: [], patches: [1], same: false }];
    const found = [{ series, collisions: [{ series, file, overlaps }], conflicts: true }];
    const conflict = { path, message: `CONFLICT (content): Merge conflict in ${path}`, regions: [{ line: 9, text: "..." }] };
    const proofs = new Map([[series.id, { kind: "conflict", whole: true, files: [conflict] } as const]]);
    return collidesReport({ base: "b25f9c5e9f6e4d5b8b5d3a0f6a3c2d1e0f9a8b7c", commit: null, clashes: [] }, found, proofs, []);
  }

  /** Documents may leave out elements of a list, but what they show must be there, with all its keys. */
  function assertShown(shown: unknown, real: unknown, where: string): void {
    if (Array.isArray(shown)) {
      assert(Array.isArray(real), where);
      for (const [at, item] of shown.entries()) assertShown(item, real[at], `${where}[${at}]`);
    } else if (typeof shown === "object" && shown !== null) {
      assert(typeof real === "object" && real !== null, where);
      assert.deepEqual(Object.keys(shown), Object.keys(real), where);
      for (const [key, value] of Object.entries(shown)) assertShown(value, (real as Record<string, unknown>)[key], `${where}.${key}`);
    } else assert.equal(shown, real, where);
  }
});
