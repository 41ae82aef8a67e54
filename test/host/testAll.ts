import { writeFileSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { together, type Judgement } from "./mochaCounts";
import { root } from "./paths";
import { runToEnd } from "./processes";
import { suites, type Suite } from "./suites";

/** `npm test [-- SUITE...] [--grep PATTERN]`: runs the suites and counts over all of them; `--outcome FILE` leaves the counts there. */
async function testAll(args: readonly string[]): Promise<number> {
  const options = { grep: { type: "string" }, outcome: { type: "string" } } as const;
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
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
  const all = together(results);
  if (values.outcome !== undefined) {
    writeFileSync(values.outcome, JSON.stringify(all));
    return all.failed === 0 ? 0 : 1;
  }
  const ran = all.passed + all.failed > 0;
  // Whoever reads the end of a long output finds there what went wrong.
  for (const failure of all.failures) console.log(`\n✖ ${failure}`);
  if (!ran) console.log("\nNo test ran.");
  console.log(`\n${all.passed} passed, ${ran ? all.failed : 1} failed`);
  return ran && all.failed === 0 ? 0 : 1;
}

async function runAll(chosen: readonly Suite[], grep: string | undefined): Promise<Judgement> {
  const results: Judgement[] = [];
  for (const suite of chosen) {
    console.log(`\n=== ${suite.name}: ${suite.title}`);
    const start = Date.now();
    const result = await run(suite, grep);
    if (result.reason !== undefined) console.log(result.reason);
    results.push({ ...result, failures: together([result]).failures.map((each) => `${suite.name}: ${each}`) });
    const outcome = result.failed === 0 ? `${result.passed} ok` : `${result.failed} of ${result.passed + result.failed} NOT ok`;
    console.log(`=== ${suite.name}: ${outcome} in ${Math.round((Date.now() - start) / 1000)} s`);
  }
  return together(results);
}

/** Takes one suite after the other from those that wait and runs it by this very program, which leaves in a file how it went. */
async function runBeside(waiting: Suite[], grep: string | undefined): Promise<Judgement> {
  const pattern = grep === undefined ? [] : ["--grep", grep];
  const folder = path.join(root, "out", "counts");
  await mkdir(folder, { recursive: true });
  const printed: string[] = [];
  const results: Judgement[] = [];
  for (let suite = waiting.shift(); suite; suite = waiting.shift()) {
    const outcome = path.join(folder, `${suite.name}.outcome.json`);
    await rm(outcome, { force: true });
    const args = [__filename, suite.name, ...pattern, "--outcome", outcome];
    const { code, output } = await runToEnd(process.execPath, args, { cwd: root });
    printed.push(output);
    const text = await readFile(outcome, "utf8").catch(() => undefined);
    const silent = `The suite ${suite.name} ended with ${code} and said nothing of how it went.`;
    results.push(text === undefined ? { passed: 0, failed: 1, failures: [silent] } : (JSON.parse(text) as Judgement));
  }
  for (const text of printed) console.log(text);
  return together(results);
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
