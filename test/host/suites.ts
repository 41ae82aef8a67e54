import { globSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { judged, readCounts, together, type Judgement } from "./mochaCounts";
import { node24, root } from "./paths";
import { runShown } from "./processes";
import { runInHost } from "./runInHost";

/** A suite that hangs must not hold up the others for ever; it is far more than any of them takes. */
const limitMs = 60 * 60_000;

export interface Suite {
  readonly name: string;
  readonly title: string;
  /** Runs beside the suites whose windows take longest. */
  readonly beside?: true;
  /** Builds what the others use anew, and so waits for all of them. */
  readonly last?: true;
  run(grep: string | undefined): Promise<Judgement>;
}

const packageTest = "out/test/browser/package.test.js";

/** What `npm test` runs, in this order; those that run beside others, the longest first. */
export const suites: readonly Suite[] = [
  {
    name: "types",
    title: "TypeScript accepts the sources",
    // The compiler has run before this file could: see "test" in package.json.
    run: () => Promise.resolve({ passed: 1, failed: 0 }),
  },
  {
    name: "unit",
    title: "unit tests in plain Node",
    beside: true,
    run: (grep) =>
      mochaEach(
        "unit",
        grep,
        [],
        [
          compiled("out/test/unit/{core,render,library,engines}/**/*.test.js").concat(compiled("out/test/unit/*.test.js")),
          ...eachAlone("out/test/unit/{git,sources,index,checkout,cli}/**/*.test.js"),
        ],
      ),
  },
  {
    name: "host",
    title: "tests in the extension host of a real VS Code",
    run: async (grep) => judged(await runInHost(grep), 0, grep !== undefined),
  },
  {
    name: "browser",
    title: "tests that click through VS Code windows",
    run: (grep) =>
      inWindows(
        "browser",
        grep,
        compiled("out/test/browser/*.test.js").filter((file) => file !== packageTest),
      ),
  },
  {
    name: "checkout",
    title: "tests that change, patch and merge a checkout in VS Code windows",
    beside: true,
    run: (grep) => inWindows("checkout", grep, compiled("out/test/browser/checkout/*.test.js")),
  },
  {
    name: "package",
    title: "the packaged extension as users install it",
    last: true,
    run: (grep) => inWindows("package", grep, [packageTest]),
  },
  ...(process.env["KVM_SERIES_SHARED"] === undefined ? [] : realMailSuites()),
  { name: "lint", title: "eslint and prettier", beside: true, run: lint },
];

function realMailSuites(): Suite[] {
  const suite = (name: string, title: string): Suite => ({
    name,
    title,
    beside: true,
    run: (grep) => mochaEach(name, grep, windowTests, eachAlone(`out/test/${name}/**/*.test.js`)),
  });
  return [
    suite("shared", "tests on the data that KVM_SERIES_SHARED names"),
    suite("oracles", "git and Python as judges of the readers, over all of that data"),
  ];
}

/**
 * A window takes ten seconds to open, and longer on a busy machine; `--exit` because browsers leave handles behind.
 * A hover that VS Code closes again while the machine is busy is no defect: such a test is tried again, in a window put in order, and must pass then.
 */
const windowTests = [
  ...["--retries", "2", "--require", "out/test/browser/secondTry.js"],
  ...["--no-config", "--ui", "tdd", "--fail-zero", "--forbid-only", "--timeout", "300000", "--exit"],
];

function eachAlone(pattern: string): string[][] {
  return compiled(pattern).map((file) => [file]);
}

/**
 * Runs groups of files one after the other, each in a process of its own: to start git from a process that holds 500 MB takes ten times
 * as long as from a small one, since Linux copies the tables of its pages.
 */
async function mochaEach(name: string, grep: string | undefined, args: readonly string[], groups: string[][]): Promise<Judgement> {
  const all: Judgement[] = [];
  for (const files of groups) all.push(await mocha(name, grep, [...args, ...files]));
  return judged(together(all), 0, grep !== undefined);
}

/**
 * Runs files that click through windows, each in a process of its own. The tests of a file build on each other's window: what a slow machine
 * spoiled for one is not always put in order for its next try, so a file with a failure runs once more as a whole, in new windows, and that counts.
 */
async function inWindows(name: string, grep: string | undefined, files: readonly string[]): Promise<Judgement> {
  const all: Judgement[] = [];
  for (const file of files) {
    const first = await mocha(name, grep, [...windowTests, file]);
    if (first.failed > 0) console.log(`\n↻ tried again, in new windows: all of ${path.basename(file)}, since ${first.failed} of it failed`);
    all.push(first.failed > 0 ? await mocha(name, grep, [...windowTests, file]) : first);
  }
  return judged(together(all), 0, grep !== undefined);
}

function compiled(pattern: string): string[] {
  return globSync(pattern, { cwd: root }).sort();
}

/** Runs mocha in a process of its own; without `--no-config` it does what .mocharc.json says. */
async function mocha(name: string, grep: string | undefined, args: readonly string[]): Promise<Judgement> {
  // Without a file mocha would look for tests in places of its own.
  if (!args.some((arg) => arg.endsWith(".test.js"))) return { passed: 0, failed: 1, reason: "There is no test file." };
  const counts = path.join(root, "out", "counts", `${name}.json`);
  await mkdir(path.dirname(counts), { recursive: true });
  await rm(counts, { force: true });
  const reporter = ["--reporter", path.join(__dirname, "countingReporter.js"), "--reporter-option", `counts=${counts}`];
  // Mocha colours whenever CI is set; what is piped into a file is to stay plain.
  const colour = process.stdout.isTTY ? "--color" : "--no-color";
  const chosen = grep === undefined ? [colour] : [colour, "--grep", grep];
  const program = path.join(root, "node_modules", "mocha", "bin", "mocha.js");
  const code = await runShown(node24, [program, ...reporter, ...chosen, ...args], { cwd: root, timeoutMs: limitMs });
  return judged(await readCounts(counts), code, grep !== undefined);
}

async function lint(): Promise<Judgement> {
  const tools = [
    ["node_modules/eslint/bin/eslint.js", "."],
    ["node_modules/prettier/bin/prettier.cjs", "--check", "--log-level", "warn", "."],
  ];
  let passed = 0;
  for (const tool of tools) if ((await runShown(node24, tool, { cwd: root, timeoutMs: limitMs })) === 0) passed += 1;
  return { passed, failed: tools.length - passed };
}
