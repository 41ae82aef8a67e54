import { appendFileSync, existsSync, globSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { format, stripVTControlCharacters } from "node:util";
import Mocha from "mocha";

/**
 * Called inside the extension host, by a desktop VS Code as well as by one in a browser.
 *
 * The latter forgets whether the promise was rejected, so what came out is also written to the file that
 * KVM_SERIES_TEST_RESULT names, and every line to the same name with `.log` as soon as it is known: a suite that
 * hangs has then said how far it came.
 */
export async function run(): Promise<void> {
  const resultFile = process.env["KVM_SERIES_TEST_RESULT"];
  const grep = process.env["KVM_SERIES_TEST_GREP"];
  const lines: string[] = [];
  const say = (...parts: unknown[]) => {
    // Mocha colours its tick marks when CI is set, even when told not to.
    const line = stripVTControlCharacters(format(...parts));
    lines.push(line);
    if (resultFile === undefined) console.log(line);
    else appendFileSync(`${resultFile}.log`, `${line}\n`);
  };
  let passed = 0;
  let failed = 1;
  let failures: string[] = [];
  try {
    ({ passed, failed, failures } = await runMocha(say, grep));
  } catch (error) {
    say(error);
  }
  if (resultFile !== undefined) {
    // Renamed into place: whoever waits for the file never reads half of it.
    writeFileSync(`${resultFile}.part`, JSON.stringify({ passed, failed, failures, output: lines.join("\n") }));
    renameSync(`${resultFile}.part`, resultFile);
  }
  if (failed > 0) throw new Error(`${failed} of the tests in the extension host failed.`);
}

function runMocha(
  say: (...parts: unknown[]) => void,
  grep: string | undefined,
): Promise<{ passed: number; failed: number; failures: string[] }> {
  // Mocha's reporters print through this, not through console.log.
  Mocha.reporters.Base.consoleLog = say;
  const mocha = new Mocha({
    ui: "tdd",
    forbidOnly: true,
    timeout: 60_000,
    ...(grep === undefined ? {} : { grep }),
  });
  // The compiler leaves files behind whose source was moved or deleted.
  const sources = path.resolve(__dirname, "..", "..", "..", "test", "vscode");
  const isTest = (file: string): boolean => existsSync(path.join(sources, file.replace(/\.js$/, ".ts")));
  for (const file of globSync("**/*.test.js", { cwd: __dirname }).filter(isTest).sort()) mocha.addFile(path.join(__dirname, file));
  return new Promise((resolve) => {
    const failures: string[] = [];
    const runner = mocha.run(() => {
      const passed = runner.stats?.passes ?? 0;
      const failed = runner.stats?.failures ?? 0;
      // A pattern may leave nothing to run here; without one, a suite without a test is a mistake.
      resolve({ passed, failed: passed + failed === 0 && grep === undefined ? 1 : failed, failures });
    });
    runner.on("fail", (test, error: Error) => failures.push(`${test.fullTitle()}: ${error.message}`));
  });
}
