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
  // Windows wait most of the time: the rest runs beside them, in a process of its own, and is printed when it is done.
  const beside = positionals.length === 0 ? chosen.filter((each) => each.beside) : [];
  const besides = beside.length === 0 ? null : runBeside(beside, values.grep);
  const total = await runAll(
    chosen.filter((each) => !beside.includes(each) && !each.last),
    values.grep,
  );
  let { passed, failed } = total;
  for (const more of [
    await besides,
    await runAll(
      chosen.filter((each) => each.last && !beside.includes(each)),
      values.grep,
    ),
  ]) {
    passed += more?.passed ?? 0;
    failed += more?.failed ?? 0;
  }
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
    const result = await run(suite, grep);
    if (result.reason !== undefined) console.log(result.reason);
    passed += result.passed;
    failed += result.failed;
    console.log(
      `=== ${suite.name}: ${result.failed === 0 ? `${result.passed} ok` : `${result.failed} of ${result.passed + result.failed} NOT ok`}`,
    );
  }
  return { passed, failed };
}

/** Runs suites by this very program; what it printed last tells how they went. */
async function runBeside(beside: readonly Suite[], grep: string | undefined): Promise<Judgement> {
  const names = beside.map(({ name }) => name);
  console.log(`\nBeside the next suites: ${names.join(", ")}`);
  const pattern = grep === undefined ? [] : ["--grep", grep];
  const { code, output } = await runToEnd(process.execPath, [__filename, ...names, ...pattern], { cwd: root });
  const [, passed, failed] = /(\d+) passed, (\d+) failed\s*$/.exec(output) ?? [];
  console.log(output.replace(/\n+\d+ passed, \d+ failed\s*$/, ""));
  if (passed === undefined || failed === undefined) return { passed: 0, failed: 1, reason: `These suites ended with ${code}.` };
  return { passed: Number(passed), failed: Math.max(Number(failed), code === 0 ? 0 : 1) };
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
