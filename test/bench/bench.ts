/** `npm run bench [-- MAILS...]`: how long a person waits, measured in fresh processes, beside what is promised. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { node24, root } from "../host/paths";
import type { RunFigures } from "./coldRun";
import { benchApplies } from "./applies";
import { benchActivation } from "./activation";
import { benchAnchors } from "./anchors";
import { benchClashes } from "./clashes";
import { benchCollisions } from "./collisions";
import { inventDigestText } from "./inventedDigests";
import { benchIndex } from "./index";
import { benchLinking } from "./linking";
import { benchMoves } from "./moves";
import { benchPage } from "./page";

interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** What it must stay under; null where nothing is promised. */
  readonly limit: number | null;
  readonly remark: string;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "kvm-series-bench-"));
  try {
    const script = path.join(folder, "coldRun.js");
    await build({
      entryPoints: [path.join(root, "test", "bench", "coldRun.ts")],
      outfile: script,
      bundle: true,
      minify: true,
      platform: "node",
      format: "cjs",
      target: "node20",
      logLevel: "warning",
      banner: { js: "const bundleStart = performance.now();" },
    });
    const rows = [
      ...digestRows(script, folder),
      ...anchorRows(),
      ...collisionRows(),
      ...(await clashRows()),
      ...linkingRows(),
      ...bundleRows(),
      ...(await pageRows()),
      ...(await appliesRows()),
      ...(await moveRows()),
      await activationRow(),
    ];
    process.stdout.write(`${table(rows)}\n\n`);
    // `npm run bench -- 10000 1000000` chooses other sizes of archives; the first run of each makes the archive.
    const sizes = process.argv
      .slice(2)
      .map(Number)
      .filter((size) => size > 0);
    await benchIndex(sizes.length > 0 ? sizes : [10_000, 50_000, 200_000], 3);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function appliesRows(): Promise<Row[]> {
  const { series, patches, seconds, spawnSeconds, longestBlockMs, states } = await benchApplies(200);
  const remark = `${patches} patches: ${states}; ${(seconds / spawnSeconds).toFixed(1)} times starting git as often`;
  return [
    { what: `does it apply, ${series} series`, value: seconds, unit: "s", limit: 20, remark },
    { what: "does it apply, longest block", value: longestBlockMs, unit: "ms", limit: null, remark: "of the process that asks" },
  ];
}

async function moveRows(): Promise<Row[]> {
  const { commits, names, found, firstSeconds, againSeconds, gitSeconds } = await benchMoves(50_000);
  const remark = `${commits} commits, ${found} of ${names} names found; ${(firstSeconds / gitSeconds).toFixed(1)} times what git log -M --name-status takes`;
  return [
    { what: "where moved files went, first", value: firstSeconds, unit: "s", limit: 10, remark },
    { what: "where moved files went, again", value: againSeconds, unit: "s", limit: 1, remark: "nothing of the history is read" },
  ];
}

async function activationRow(): Promise<Row> {
  const remark = "median of three windows, as VS Code's list of running extensions says";
  return { what: "activation", value: await benchActivation(), unit: "ms", limit: 50, remark };
}

function anchorRows(): Row[] {
  // The first run pays for compiling the code, as the first file of a window does not: by then a page or a hover has used it.
  benchAnchors();
  const { lines, series, placedMs, longestSliceMs, byContextMs, editMs, unplacedEditMs, splitMs } = benchAnchors();
  const remark = `${lines} lines; ${(placedMs / splitMs).toFixed(0)} times splitting the text; ${longestSliceMs.toFixed(1)} ms without a pause`;
  return [
    { what: `${series} series placed by what they were made on`, value: placedMs, unit: "ms", limit: 150, remark },
    { what: `${series} series placed by context`, value: byContextMs, unit: "ms", limit: 150, remark: "" },
    { what: "an edit followed, at worst of 100", value: editMs, unit: "ms", limit: 16, remark: "" },
    { what: "the same with 800 changes that have no place", value: unplacedEditMs, unit: "ms", limit: 16, remark: "" },
  ];
}

function collisionRows(): Row[] {
  // The first run pays for compiling the code, as for the anchors.
  benchCollisions();
  const { lines, series, colliding, keyMs, overlapMs, placedMs } = benchCollisions();
  const remark = `${colliding} of them collide; ${lines} lines; the overlaps alone ${overlapMs.toFixed(1)} ms, placing the series once ${placedMs.toFixed(0)} ms`;
  return [{ what: `${series} series compared after a key, at worst of 20`, value: keyMs, unit: "ms", limit: 50, remark }];
}

async function clashRows(): Promise<Row[]> {
  const { series, patches, clashes, firstMs, againMs, longestBlockMs } = await benchClashes(500);
  const remark = `${patches} patches, ${clashes} clashes; ${againMs.toFixed(0)} ms when no mail is new`;
  return [
    { what: `the claims of ${series} series`, value: firstMs, unit: "ms", limit: 3000, remark },
    { what: "the same, longest block", value: longestBlockMs, unit: "ms", limit: 30, remark: "" },
  ];
}

function linkingRows(): Row[] {
  const all = benchLinking(5000);
  const slowest = all.reduce((one, other) => (other.milliseconds > one.milliseconds ? other : one));
  const steepest = all.reduce((one, other) => (other.twice > one.twice ? other : one));
  const { kind, postings, milliseconds } = slowest;
  return [
    { what: `${postings} postings linked, at worst of ${all.length} kinds`, value: milliseconds, unit: "ms", limit: 500, remark: kind },
    { what: "twice as many, at worst", value: steepest.twice, unit: "times as long", limit: 3, remark: steepest.kind },
  ];
}

function digestRows(script: string, folder: string): Row[] {
  const shared = path.join(process.env["KVM_SERIES_SHARED"] ?? path.join(root, "..", "shared"), "data", "seeds");
  const few = existsSync(shared) ? shared : invent(path.join(folder, "few"), 2);
  const two = runs(script, few, 9);
  const many = runs(script, invent(path.join(folder, "many"), 1000), 3);
  const remark = ({ digests, series, megabytes, loading, total, cpu, baseline }: RunFigures): string =>
    `${digests} digests, ${megabytes.toFixed(2)} MB, ${series} series; ${cpu.toPrecision(3)} ms of processor time; ${(total / baseline).toFixed(1)} times reading and splitting them; after ${loading.toFixed(1)} ms of loading the code`;
  return [
    { what: "two digests, fresh process", value: two.total, unit: "ms", limit: 20, remark: remark(two) },
    { what: "1,000 digests, fresh process", value: many.total, unit: "ms", limit: 500, remark: remark(many) },
    {
      what: "who touches a file, half of all",
      value: many.lookups.median,
      unit: "ms",
      limit: null,
      remark: `${many.lookups.count} lookups`,
    },
    { what: "who touches a file, 99 of 100", value: many.lookups.p99, unit: "ms", limit: 0.05, remark: "" },
  ];
}

function invent(folder: string, count: number): string {
  mkdirSync(folder);
  for (let place = 0; place < count; place++) writeFileSync(path.join(folder, `${place}.txt`), inventDigestText(place));
  return folder;
}

/** The run in the middle of some, each in a process of its own. */
function runs(script: string, folder: string, count: number): RunFigures {
  const all = Array.from({ length: count }, () => JSON.parse(execFileSync(node24, [script, folder], { encoding: "utf8" })) as RunFigures);
  const middle = all.sort((a, b) => a.total - b.total)[Math.floor(count / 2)];
  if (!middle) throw new Error("at least one run is needed");
  return middle;
}

function bundleRows(): Row[] {
  const limits: ReadonlyArray<readonly [string, number | null]> = [
    ["extension.js", 350],
    ["seriesPanel.js", null],
    ["archiveEngine.js", null],
    ["checkoutEngine.js", null],
    ["clashes.js", null],
    ["revisionComments.js", null],
    ["lineComments.js", null],
    ["olderReviews.js", null],
    ["comparing.js", null],
    ["git.js", null],
    ["indexWorker.js", null],
    ["searchWorker.js", null],
    ["landedWorker.js", null],
    ["cli.js", null],
    ["webview/page.js", null],
  ];
  return limits.flatMap(([name, limit]) => {
    const file = path.join(root, "dist", name);
    return existsSync(file) ? [{ what: `dist/${name}`, value: statSync(file).size / 1000, unit: "kB", limit, remark: "" }] : [];
  });
}

/** The series page in a browser; nothing where no browser can be started. */
async function pageRows(): Promise<Row[]> {
  try {
    const page = await benchPage();
    const remark = `${page.patches} patches, ${page.lines} lines`;
    const row = (what: string, value: number): Row => ({ what, value, unit: "ms", limit: null, remark });
    return [
      row("page: first key answered", page.firstKeyMs),
      row("page: a patch drawn, half of all", page.patchDrawnMs.median),
      row("page: a patch drawn, at worst", page.patchDrawnMs.worst),
      row("page: side by side, half of all", page.sideBySideDrawnMs.median),
      row("page: every diff drawn", page.allDrawnMs),
    ];
  } catch (error) {
    process.stderr.write(
      `The page was not measured: ${error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error)}\n`,
    );
    return [];
  }
}

function table(rows: readonly Row[]): string {
  const cells = rows.map(({ what, value, unit, limit, remark }) => {
    const judged = limit === null ? "" : `${value < limit ? "under" : "OVER"} ${limit} ${unit}`;
    return [what, `${value.toPrecision(3).replace(/e\+?(-?\d+)/, "e$1")} ${unit}`, judged, remark];
  });
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

void main();
