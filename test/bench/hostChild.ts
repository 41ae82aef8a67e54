/**
 * Does in a process of its own what the extension host does around an archive, with the parts of the extension and a stand-in for the
 * editor, and tells for each step the longest time in which nothing else could run. Prints one line of JSON.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { setImmediate, setTimeout } from "node:timers/promises";
import { digestOfMails } from "../../src/core/digest/digestOfMails";
import { formatDigest } from "../../src/core/digest/digest";
import { seriesBelow } from "../../src/core/series/dependencies";
import { newestRevision } from "../../src/core/series/series";
import { ActiveFile } from "../../src/engines/activeFile";
import { openSeries, readRange, startIndexing } from "../../src/engines/archiveEngine";
import { Archives, SyncProgress } from "../../src/engines/archives";
import { RangeExport } from "../../src/engines/exportRange";
import { MovedFiles } from "../../src/engines/movedFiles";
import { OpenTrees } from "../../src/engines/openTrees";
import { systemClock as clock, type Storage } from "../../src/engines/ports";
import { SeriesNeeds } from "../../src/engines/seriesNeeds";
import { TreeFilter } from "../../src/engines/treeFilter";
import { Arrivals } from "../../src/engines/unread";
import { ArchiveSeries } from "../../src/library/archiveSeries";
import { Library, seriesOfRanges, subsystemIn } from "../../src/library/library";
import { answerInSlices, inSlices, makeSlicer } from "../../src/library/slices";
import { digestReport, writeDigestReport } from "../../src/render/digestReport";
import { touchesPlainText } from "../../src/render/hover";
import { seriesDescription, seriesSpoken, titleText } from "../../src/render/labels";
import { type Arrangement, childNodes, rootNodes } from "../../src/render/treeNodes";
import { makeDigestReader } from "../../src/sources/digestFile";
import { root } from "../host/paths";
import { FakeDocuments, FakeEditors, FakeLog, FakeText, FakeUri, FakeWorkspace } from "../support/fakePorts";
import type { BlockFigure, HostRun } from "./hostBlocks";

/** The longest stretches without a turn of the event loop. */
class BlockRecorder {
  #wall = 0;
  #cpu = 0;
  #lastWall = 0;
  #lastCpu = 0;
  #timer: NodeJS.Timeout | null = null;

  begin(): void {
    [this.#wall, this.#cpu] = [0, 0];
    this.#mark();
    this.#timer = setInterval(() => this.#note(), 1);
  }

  end(step: string): BlockFigure {
    this.#note();
    if (this.#timer) clearInterval(this.#timer);
    return { step, wall: this.#wall, cpu: this.#cpu };
  }

  #note(): void {
    const [wall, cpu] = [performance.now() - this.#lastWall, threadMilliseconds() - this.#lastCpu];
    this.#wall = Math.max(this.#wall, wall);
    this.#cpu = Math.max(this.#cpu, cpu);
    this.#mark();
  }

  #mark(): void {
    this.#lastWall = performance.now();
    this.#lastCpu = threadMilliseconds();
  }
}

/** The processor time of this thread alone: other programs and threads take none of it. */
function threadMilliseconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Gives the very object that was put in, as VS Code does. */
class KeptObjects implements Storage {
  readonly #kept = new Map<string, unknown>();

  get(key: string): unknown {
    return this.#kept.get(key);
  }

  update(key: string, value: unknown): Promise<void> {
    this.#kept.set(key, value);
    return Promise.resolve();
  }
}

const badgeFiles = 2000;
const exportedDays = 30;
const keyMilliseconds = 90;
const typed = "kvm pa";

/** The parts of a window that react to archives: the tree, its filter, the active file, its other names, and the badges. */
class HostWindow {
  readonly log = new FakeLog();
  readonly library = new Library();
  readonly trees: OpenTrees;
  readonly moved: MovedFiles;
  readonly active: ActiveFile;
  readonly archives: Archives;
  readonly filter: TreeFilter;
  readonly ranges: RangeExport;
  readonly needs: SeriesNeeds;
  readonly workspace = new FakeWorkspace();
  readonly #arrivals = new Arrivals(new KeptObjects());
  readonly #editors = new FakeEditors();
  readonly #tree: string;
  #drawing: Promise<unknown> = Promise.resolve();
  /** Rows that were made, so that nothing is left out unseen. */
  rows = 0;

  constructor(storage: string, sources: readonly string[]) {
    const { log, library, workspace } = this;
    this.#tree = path.join(root, "test", "fixtures", "sample", "linux");
    const git = () => null;
    this.trees = new OpenTrees({ workspace, git, log });
    const engine = () => Promise.reject(new Error("git is not asked here"));
    this.moved = new MovedFiles({ library, trees: this.trees, git, engine, storage, clock, log, again: [] });
    this.active = new ActiveFile({
      library,
      trees: this.trees,
      moved: this.moved,
      documents: new FakeDocuments(),
      editors: this.#editors,
      clock,
    });
    const script = (name: string): string => path.join(root, "dist", name);
    this.archives = new Archives({
      library,
      arrivals: this.#arrivals,
      progress: new SyncProgress(),
      log,
      clock,
      storage,
      settings: () => ({ gitPath: undefined, archiveMonths: null, sourcesOf: "user", sources }),
      engine: {
        openSeries: (options) => openSeries(options, script("searchWorker.js")),
        startIndexer: () => Promise.resolve(startIndexing(script("indexWorker.js"), () => this.rested())),
        readRange,
        fetch: () => Promise.reject(new Error("nothing is fetched here")),
      },
      inView: () => (this.active.place ? [this.active.place.path] : []),
    });
    this.filter = new TreeFilter({ library, search: (words, signal) => library.searchSoon(words, signal), keeps: () => false, clock, log });
    this.ranges = new RangeExport({ archives: this.archives, storage: new KeptObjects(), log });
    this.needs = new SeriesNeeds({ library, trees: this.trees, git, engine });
    this.filter.onDidChange(() => this.#draw());
  }

  rested: () => void = () => undefined;

  async open(): Promise<void> {
    this.workspace.openFolders(this.#tree);
    await this.trees.read();
    this.library.surround({ rules: [], trees: this.trees.trees });
    await this.archives.surround({ rules: [], trees: this.trees.trees });
    await this.library.sync([]);
  }

  uriOf(file: string): FakeUri {
    return new FakeUri(`${this.#tree}/${file}`);
  }

  edit(file: string): void {
    this.#editors.focus(new FakeText(`${this.#tree}/${file}`, "text\n"));
  }

  /** Asks for the rows as VS Code does, which answers for each group come in a message of its own; all groups are open. */
  #draw(): void {
    const arrangement: Arrangement = { groupBy: "subsystem", sortBy: "newest", shown: new Map() };
    const draw = async (): Promise<void> => {
      await setImmediate();
      const nodes = rootNodes(this.filter.found, this.library.problems, arrangement);
      for (const node of nodes) {
        await setImmediate();
        for (const child of childNodes(node, arrangement)) {
          if (child.kind !== "series") continue;
          const { series } = child;
          this.rows += [titleText(series.title), seriesDescription(series, Date.now()), seriesSpoken(series, Date.now())].length / 3;
          this.#arrivals.has(series);
        }
      }
    };
    this.#drawing = this.#drawing.then(draw);
  }

  /** Until the rows are drawn and what is done a second later is done. */
  async settled(): Promise<void> {
    await setTimeout(1500);
    await this.#drawing;
    await setTimeout(50);
  }

  async dispose(): Promise<void> {
    await this.archives.dispose();
    for (const part of [this.active, this.filter, this.moved, this.trees, this.library]) part.dispose();
  }
}

interface HostTask {
  /** The repository, which lacks its last mails; `tip` is the commit with all of them. */
  readonly archive: string;
  readonly tip: string;
  /** Folders with digests, few and many. */
  readonly digests: readonly string[];
  /** The folder of the index, built and with its full text, of the repository as it is. */
  readonly storage: string;
}

async function measure({ archive, tip, digests, storage }: HostTask): Promise<HostRun> {
  const recorder = new BlockRecorder();
  const blocks: BlockFigure[] = [];
  const step = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
    await setTimeout(20);
    recorder.begin();
    await setTimeout(5);
    try {
      return await run();
    } finally {
      await setTimeout(5);
      blocks.push(recorder.end(name));
    }
  };
  const window = new HostWindow(storage, [archive]);
  const { library } = window;
  await window.open();
  await step("the stored index opened, the tree drawn", async () => {
    await window.archives.sync([archive]);
    await window.settled();
  });
  // As another window does it: the first question an index is asked.
  const fresh = new ArchiveSeries({ file: path.join(storage, "index", "own.db"), corrections: [], isVerified: true });
  await fresh.surround(subsystemIn({ rules: [], trees: [] }));
  await fresh.verify();
  fresh.refresh();
  const counts = new Map<string, number>();
  for (const one of library.series) for (const file of newestRevision(one).files) counts.set(file, (counts.get(file) ?? 0) + 1);
  const files = [...counts].sort(([, a], [, b]) => b - a).map(([file]) => file);
  const [hottest = ""] = files;
  await step("the first file asked for", async () => {
    const pause = makeSlicer(() => false);
    await inSlices(fresh.touchingSteps(hottest), pause);
    await pause();
    fresh.touching(hottest);
  });
  fresh.dispose();
  window.edit(hottest);
  const known = library.series.length;
  await step("100 new mails, tree open", async () => {
    execFileSync("git", ["update-ref", "refs/heads/master", tip], { cwd: archive });
    await window.archives.sync([archive]);
    await window.settled();
  });
  await step("a filter typed", async () => {
    for (let end = 1; end <= typed.length; end++) {
      window.filter.type(typed.slice(0, end).trim());
      await setTimeout(keyMilliseconds);
    }
    while (window.filter.words !== typed) await setTimeout(10);
    await window.settled();
  });
  const found = window.filter.found.length;
  window.filter.narrow("");
  await window.settled();
  const touches = answerInSlices((file: string) => window.active.touchingSteps(window.uriOf(file)));
  let badges = 0;
  const asked = Array.from({ length: badgeFiles }, (_, at) => files[at / 2] ?? `drivers/none/file${at}.c`);
  await step("badges of 2,000 files", async () => {
    const texts = await Promise.all(asked.map(async (file) => touches(file).then((all) => (all.length > 0 ? touchesPlainText(all) : ""))));
    badges = texts.filter((text) => text !== "").length;
  });
  await step("the first dependencies asked for", async () => {
    await setImmediate();
    for (const one of library.series.slice(0, 5)) seriesBelow(one, window.needs.index());
  });
  const reader = makeDigestReader();
  for (const folder of digests) {
    const count = path.basename(folder);
    await step(`${count} digests joined`, async () => {
      await library.sync([{ name: folder, read: (signal: AbortSignal) => reader.read(folder, signal) }]);
      await window.settled();
    });
    await step(`${count} digests joined again, an archive changed`, async () => {
      library.archivesChanged(window.archives.series, []);
      await window.settled();
    });
  }
  await library.sync([]);
  await window.settled();
  let exported = 0;
  await step(`${exportedDays} days exported`, async () => {
    const ranges = await window.ranges.read([archive], window.ranges.daysBack(exportedDays));
    const [only] = ranges;
    if (!only) return;
    exported = only.count;
    const series = await seriesOfRanges(ranges, library);
    await setImmediate();
    const list = "KVM";
    const text = writeDigestReport(digestReport({ from: only.from, to: only.to, list }, series, { listUrl: () => "" }), "markdown");
    await setImmediate();
    const classic = formatDigest(digestOfMails(only.mails, { from: only.from, to: only.to, list }));
    if (text === "" || classic === "") throw new Error("nothing was exported");
  });
  const counted = { known, found, rows: window.rows, badges, exported, mails: window.archives.series?.mailCount ?? 0 };
  const errors = [...window.log.errors, ...window.log.warnings];
  await window.dispose();
  if (errors.length > 0) process.stderr.write(`${errors.join("\n")}\n`);
  return { blocks, counted };
}

/** Builds the index of an archive with its full text, as the thread of the extension does it. */
async function prepare({ archive, storage }: HostTask): Promise<void> {
  const window = new HostWindow(storage, [archive]);
  await window.open();
  const rested = new Promise<void>((resolve) => (window.rested = resolve));
  await window.archives.sync([archive]);
  await rested;
  await window.dispose();
}

const [what = "", task = ""] = process.argv.slice(2);
const given = JSON.parse(readFileSync(task, "utf8")) as HostTask;
if (what === "prepare") void prepare(given);
else void measure(given).then((run) => process.stdout.write(`${JSON.stringify(run)}\n`));
