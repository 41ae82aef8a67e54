import { existsSync, globSync, statSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { newestVersion, oldestVersion } from "./installHost";
import { judged, readCounts, type Judgement } from "./mochaCounts";
import { node24, root } from "./paths";
import { runAsked } from "./processes";
import { runInHost } from "./runInHost";

/** A job that hangs must not hold up the others for ever; it is far more than any of them takes. */
const limitMs = 20 * 60_000;

export interface Outcome extends Judgement {
  /** What is shown of it, when it has ended. */
  readonly output: string;
}

/** What one worker does at a time, mostly the tests of one file. */
export interface Job {
  readonly name: string;
  /** How much there is to do, to compare with other jobs of its kind. */
  readonly size: number;
  run(): Promise<Outcome>;
}

export interface Suite {
  readonly name: string;
  readonly title: string;
  /** Its jobs wait for a window most of the time and leave the processor to others, which give way when the window goes on. */
  readonly waits?: true;
  jobs(grep: string | undefined): readonly Job[];
}

/** What `npm test` runs. */
export const suites: readonly Suite[] = [
  {
    name: "types",
    title: "TypeScript accepts the sources",
    // The compiler has run before this file could: see "test" in package.json.
    jobs: () => [{ name: "tsc", size: 0, run: () => Promise.resolve({ passed: 1, failed: 0, output: "" }) }],
  },
  {
    name: "browser",
    title: "tests that click through VS Code windows",
    waits: true,
    jobs: (grep) => {
      const files = compiled("out/test/browser/**/*.test.js");
      const top = files.filter((file) => path.dirname(file) === "out/test/browser");
      // The suites of a folder share a window.
      const folders = [...new Set(files.map((file) => path.dirname(file)))].filter((folder) => folder !== "out/test/browser");
      const groups = [...top.map((file) => [file]), ...folders.map((folder) => files.filter((file) => path.dirname(file) === folder))];
      return mochaJobs({ name: "browser", args: windowed, weight: 3, waits: true }, grep, groups);
    },
  },
  {
    name: "host",
    title: "tests in the extension host of a real VS Code",
    waits: true,
    jobs: (grep) => [
      { name: "extension host", size: sizeOf(compiled("out/test/vscode/*.test.js")), run: () => inHost(newestVersion, grep) },
    ],
  },
  {
    name: "oldest",
    title: "the same tests in the oldest supported VS Code that the registry has",
    waits: true,
    jobs: (grep) => [{ name: "oldest host", size: sizeOf(compiled("out/test/vscode/*.test.js")), run: () => inHost(oldestVersion, grep) }],
  },
  {
    name: "unit",
    title: "unit tests in plain Node",
    jobs: (grep) => {
      const files = compiled("out/test/unit/**/*.test.js");
      // To start git from a process that holds 500 MB takes ten times as long as from a small one, since Linux copies the tables of its pages.
      const startsOthers = (file: string) => /^out\/test\/unit\/(?:git|sources|index|checkout|cli)\/|\.git\.test\.js$/.test(file);
      const alone = files.filter(startsOthers).map((file) => [file]);
      return mochaJobs({ name: "unit", args: [], weight: 1 }, grep, [files.filter((file) => !startsOthers(file)), ...alone]);
    },
  },
  ...(process.env["KVM_SERIES_SHARED"] === undefined ? [] : realMailSuites()),
  { name: "lint", title: "eslint and prettier", jobs: () => [tool("eslint", "eslint/bin/eslint.js", ["."]), prettier] },
];

function realMailSuites(): Suite[] {
  const suite = (name: string, title: string): Suite => ({
    name,
    title,
    jobs: (grep) => mochaJobs({ name, args: patient, weight: 4 }, grep, eachAlone(`out/test/${name}/**/*.test.js`)),
  });
  return [
    suite("shared", "tests on the data that KVM_SERIES_SHARED names"),
    suite("oracles", "git, Python and b4 as judges, over all of that data"),
  ];
}

/** A window takes ten seconds to open, and longer on a busy machine; `--exit` because browsers leave handles behind. */
const patient = ["--no-config", "--ui", "tdd", "--fail-zero", "--forbid-only", "--timeout", "300000", "--exit"];
const windowed = [...patient, "--require", "out/test/browser/failurePictures.js"];

/** The compiled files of a pattern. The compiler leaves those behind whose source was moved or deleted: they are no tests any more. */
function compiled(pattern: string): string[] {
  const hasSource = (file: string): boolean => existsSync(path.join(root, file.replace(/^out\//, "").replace(/\.js$/, ".ts")));
  return globSync(pattern, { cwd: root }).filter(hasSource).sort();
}

function eachAlone(pattern: string): string[][] {
  return compiled(pattern).map((file) => [file]);
}

function sizeOf(files: readonly string[]): number {
  return files.reduce((sum, file) => sum + statSync(path.join(root, file)).size, 0);
}

/** A job is called as its file, or as the folder of its files. */
function nameOf(files: readonly string[]): string {
  const [first = "", second] = files;
  if (second === undefined) return path.basename(first, ".test.js");
  return files.every((file) => path.dirname(file) === path.dirname(first)) ? path.basename(path.dirname(first)) : `${files.length} files`;
}

/** How the files of a suite are run. */
interface MochaSuite {
  readonly name: string;
  readonly args: readonly string[];
  /** How much longer its lines take than those of other suites: a click than a call, and what is said of each real mail. */
  readonly weight: number;
  readonly waits?: true;
}

/** A job for each group of files. */
function mochaJobs(suite: MochaSuite, grep: string | undefined, groups: readonly string[][]): Job[] {
  return groups.map((files, number) => ({
    name: nameOf(files),
    size: sizeOf(files) * suite.weight,
    run: () => mocha(suite, number, grep, files),
  }));
}

/** Runs mocha in a process of its own; without `--no-config` it does what .mocharc.json says. */
async function mocha(
  { name, args, waits }: MochaSuite,
  number: number,
  grep: string | undefined,
  files: readonly string[],
): Promise<Outcome> {
  // Without a file mocha would look for tests in places of its own.
  if (files.length === 0) return { passed: 0, failed: 1, reason: "There is no test file.", output: "" };
  const counts = path.join(root, "out", "counts", `${name}-${number}.json`);
  await mkdir(path.dirname(counts), { recursive: true });
  await rm(counts, { force: true });
  const reporter = ["--reporter", path.join(__dirname, "countingReporter.js"), "--reporter-option", `counts=${counts}`];
  // Mocha colours whenever CI is set; what is piped into a file is to stay plain.
  const colour = process.stdout.isTTY ? "--color" : "--no-color";
  const chosen = grep === undefined ? [colour] : [colour, "--grep", grep];
  const program = path.join(root, "node_modules", "mocha", "bin", "mocha.js");
  const options = { cwd: root, timeoutMs: limitMs, givesWay: waits === undefined };
  const { code, output } = await runAsked(node24, [program, ...reporter, ...chosen, ...args, ...files], options);
  return { ...judged(await readCounts(counts), code, grep !== undefined), output };
}

async function inHost(version: string, grep: string | undefined): Promise<Outcome> {
  let output = "";
  const counts = await runInHost((text) => (output += text), version, grep);
  return { ...judged(counts, 0, grep !== undefined), output };
}

function tool(name: string, program: string, args: readonly string[]): Job {
  return {
    name,
    // It keeps a processor busy from the beginning to the end, which is when nothing else should be waited for.
    size: Number.MAX_SAFE_INTEGER,
    async run() {
      const options = { cwd: root, timeoutMs: limitMs, givesWay: true };
      const { code, output } = await runAsked(node24, [path.join("node_modules", program), ...args], options);
      return code === 0 ? { passed: 1, failed: 0, output } : { passed: 0, failed: 1, reason: `${name} has something to say.`, output };
    },
  };
}

const prettier = tool("prettier", "prettier/bin/prettier.cjs", ["--check", "--log-level", "warn", "."]);
