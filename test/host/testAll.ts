import { parseArgs } from "node:util";
import type { Judgement } from "./mochaCounts";
import { root } from "./paths";
import { runToEnd } from "./processes";
import { suites, type Suite } from "./suites";

/** `npm test [-- SUITE...] [--grep PATTERN]`: runs the suites and counts over all of them. */
async function testAll(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { grep: { type: "string" } } });
  const unknown = positionals.filter((name) => !suites.some((each) => each.name === name));
  if (unknown.length > 0) {
    console.error(`There is no suite ${unknown.join(", ")}; there are: ${suites.map((each) => each.name).join(", ")}.`);
    return 2;
  }
  const chosen = positionals.length === 0 ? suites : suites.filter((each) => positionals.includes(each.name));
  // Windows wait most of the time: two suites run at once, the second one in a process of its own, printed when all are done.
  const waiting = positionals.length === 0 ? chosen.filter((each) => each.beside) : [];
  const first = chosen.filter((each) => !waiting.includes(each) && !each.last);
  const beside = runBeside(waiting, values.grep);
  const results = [await runAll(first, values.grep)];
  for (let next = waiting.shift(); next; next = waiting.shift()) results.push(await runAll([next], values.grep));
  results.push(await beside);
  const last = chosen.filter((each) => each.last && !first.includes(each));
  results.push(await runAll(last, values.grep));
  const passed = results.reduce((sum, each) => sum + each.passed, 0);
  let failed = results.reduce((sum, each) => sum + each.failed, 0);
  if (passed + failed === 0) {
    console.log("\nNo test ran.");
    failed = 1;
  }
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

async function runAll(chosen: readonly Suite[], grep: string | undefined): Promise<Judgement> {
  let [passed, failed] = [0, 0];
  for (const suite of chosen) {
    console.log(`\n=== ${suite.name}: ${suite.title}`);
    const start = Date.now();
    const result = await run(suite, grep);
    if (result.reason !== undefined) console.log(result.reason);
    passed += result.passed;
    failed += result.failed;
    const outcome = result.failed === 0 ? `${result.passed} ok` : `${result.failed} of ${result.passed + result.failed} NOT ok`;
    console.log(`=== ${suite.name}: ${outcome} in ${Math.round((Date.now() - start) / 1000)} s`);
  }
  return { passed, failed };
}

/** Takes one suite after the other from those that wait and runs it by this very program; what that printed last tells how it went. */
async function runBeside(waiting: Suite[], grep: string | undefined): Promise<Judgement> {
  const pattern = grep === undefined ? [] : ["--grep", grep];
  const printed: string[] = [];
  let [passed, failed] = [0, 0];
  for (let suite = waiting.shift(); suite; suite = waiting.shift()) {
    const { code, output } = await runToEnd(process.execPath, [__filename, suite.name, ...pattern], { cwd: root });
    const [, some, others] = /(\d+) passed, (\d+) failed\s*$/.exec(output) ?? [];
    printed.push(output.replace(/\n+\d+ passed, \d+ failed\s*$/, ""));
    if (some === undefined) printed.push(`The suite ${suite.name} ended with ${code}.`);
    passed += Number(some ?? 0);
    failed += Math.max(Number(others ?? 0), code === 0 ? 0 : 1);
  }
  for (const text of printed) console.log(text);
  return { passed, failed };
}

/** A suite that cannot even start is one failure, and the next suite still runs. */
async function run(suite: Suite, grep: string | undefined): Promise<Judgement> {
  try {
    return await suite.run(grep);
  } catch (error) {
    return { passed: 0, failed: 1, reason: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

void testAll(process.argv.slice(2)).then((code) => process.exit(code));
