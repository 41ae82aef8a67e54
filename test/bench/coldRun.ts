/**
 * Run in a process of its own, bundled as the extension is: what a person waits for after the code is loaded, and how long
 * that takes. Prints one line of JSON. The folder of digests is the first argument.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { makeTouchIndex } from "../../src/core/series/touches";
import { projectOfSeries, seriesOfDigests } from "../../src/library/library";
import { makeDigestReader } from "../../src/sources/digestFile";

/** What one run took, in milliseconds. */
export interface RunFigures {
  readonly digests: number;
  readonly series: number;
  readonly megabytes: number;
  /** From the first line of the bundle until all of it, and what it needs of Node's own modules, is loaded. */
  readonly loading: number;
  /** Read, joined, grouped, and the first question answered. */
  readonly total: number;
  /** Of which this process really had the processor: the rest is other programs, and the disk. */
  readonly cpu: number;
  /** The same bytes read and split into lines, which is the least any reader does. */
  readonly baseline: number;
  readonly lookups: { readonly count: number; readonly median: number; readonly p99: number };
}

/** When the bundle's first line ran; see bench.ts. */
declare const bundleStart: number;

async function measure(folder: string): Promise<RunFigures> {
  const start = performance.now();
  const loading = start - bundleStart;
  const cpuBefore = process.threadCpuUsage();
  const { digests } = await makeDigestReader().read(folder);
  const series = seriesOfDigests(digests, { rules: [], trees: [] });
  const index = makeTouchIndex(series, projectOfSeries);
  index.touching("arch/x86/kvm/x86.c", "kernel");
  const total = performance.now() - start;
  const { user, system } = process.threadCpuUsage(cpuBefore);
  const cpu = (user + system) / 1000;
  return { digests: digests.length, series: series.length, loading, total, cpu, ...readAndSplit(folder), lookups: lookUp() };

  /** Asks for every file that is touched, and as often for one that is not. */
  function lookUp(): RunFigures["lookups"] {
    const paths = [...new Set(series.flatMap(({ revisions }) => revisions.flatMap(({ files }) => files)))];
    const asked = [...paths, ...paths.map((name) => `${name}.none`)];
    const rounds = Math.ceil(5000 / asked.length);
    const times = Array.from({ length: rounds }, () => asked)
      .flat()
      .map((name) => {
        const before = performance.now();
        index.touching(name, "kernel");
        return performance.now() - before;
      })
      .sort((a, b) => a - b);
    const at = (share: number): number => times[Math.floor(times.length * share)] ?? 0;
    return { count: times.length, median: at(0.5), p99: at(0.99) };
  }
}

function readAndSplit(folder: string): { megabytes: number; baseline: number } {
  const start = performance.now();
  let bytes = 0;
  let lines = 0;
  for (const name of readdirSync(folder)) {
    const text = readFileSync(path.join(folder, name), "utf8");
    bytes += text.length;
    lines += text.split("\n").length;
  }
  return { megabytes: lines > 0 ? bytes / 1e6 : 0, baseline: performance.now() - start };
}

void measure(process.argv[2] ?? ".").then((figures) => process.stdout.write(`${JSON.stringify(figures)}\n`));
