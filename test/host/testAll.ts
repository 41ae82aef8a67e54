import { parseArgs } from "node:util";
import type { Judgement } from "./mochaCounts";
import { suites, type Suite } from "./suites";

/** `npm test [-- SUITE...] [--grep PATTERN]`: runs the suites one after the other and counts over all of them. */
async function testAll(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { grep: { type: "string" } } });
  const unknown = positionals.filter((name) => !suites.some((each) => each.name === name));
  if (unknown.length > 0) {
    console.error(`There is no suite ${unknown.join(", ")}; there are: ${suites.map((each) => each.name).join(", ")}.`);
    return 2;
  }
  const chosen = positionals.length === 0 ? suites : suites.filter((each) => positionals.includes(each.name));
  let passed = 0;
  let failed = 0;
  for (const suite of chosen) {
    console.log(`\n=== ${suite.name}: ${suite.title}`);
    const result = await run(suite, values.grep);
    if (result.reason !== undefined) console.log(result.reason);
    passed += result.passed;
    failed += result.failed;
    console.log(
      `=== ${suite.name}: ${result.failed === 0 ? `${result.passed} ok` : `${result.failed} of ${result.passed + result.failed} NOT ok`}`,
    );
  }
  if (passed + failed === 0) {
    console.log("\nNo test ran.");
    failed = 1;
  }
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
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
