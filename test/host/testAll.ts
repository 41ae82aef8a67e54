import { rmSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { ensureHost } from "./installHost";
import { judged, together, type Judgement } from "./mochaCounts";
import { root } from "./paths";
import { suites, type Suite } from "./suites";
import { inWords, runJobs, type Done } from "./workers";

/** `npm test [-- SUITE...] [--grep PATTERN]`: runs the suites and counts over all of them. */
async function testAll(args: readonly string[]): Promise<number> {
  const options = { grep: { type: "string" } } as const;
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
  const unknown = positionals.filter((name) => !suites.some((each) => each.name === name));
  if (unknown.length > 0) {
    console.error(`There is no suite ${unknown.join(", ")}; there are: ${suites.map((each) => each.name).join(", ")}.`);
    return 2;
  }
  const chosen = positionals.length === 0 ? suites : suites.filter((each) => positionals.includes(each.name));
  const start = Date.now();
  const results = await runSuites(chosen, values.grep);
  const all = together(results);
  const ran = all.passed + all.failed > 0;
  // Whoever reads the end of a long output finds there what went wrong.
  for (const failure of all.failures) console.log(`\n✖ ${failure}`);
  if (!ran) console.log("\nNo test ran.");
  console.log(`\n=== all: ${Math.round((Date.now() - start) / 1000)} s`);
  console.log(`${all.passed} passed, ${ran ? all.failed : 1} failed`);
  return ran && all.failed === 0 ? 0 : 1;
}

/** Says of each job how it went when it has ended, and then of each suite. */
async function runSuites(chosen: readonly Suite[], grep: string | undefined): Promise<Judgement[]> {
  for (const { name, title } of chosen) console.log(`=== ${name}: ${title}`);
  const all: Done[] = [];
  const jobs = chosen.flatMap((suite) => suite.jobs(grep).map((job) => ({ suite, job })));
  await runJobs(jobs, installHost(chosen), (done) => {
    const { suite, job, outcome, seconds } = done;
    all.push(done);
    console.log(`\n--- ${suite.name}: ${job.name}: ${inWords(outcome)} in ${Math.round(seconds)} s`);
    for (const text of [outcome.output.trimEnd(), outcome.reason]) if (text) console.log(text);
  });
  console.log("");
  return chosen.map((suite) => {
    const own = all.filter((done) => done.suite === suite);
    const result = judged(together(own.map(({ outcome }) => outcome)), 0, grep !== undefined);
    console.log(`=== ${suite.name}: ${inWords(result)} in ${Math.round(own.reduce((sum, { seconds }) => sum + seconds, 0))} s`);
    return { ...result, failures: together([result]).failures.map((each) => `${suite.name}: ${each}`) };
  });
}

/** Installs VS Code before the first window is opened, since windows are opened several at a time. */
async function installHost(chosen: readonly Suite[]): Promise<void> {
  if (!chosen.some(({ waits }) => waits)) return;
  try {
    await ensureHost();
  } catch (error) {
    // Each window fails by the same reason, and is counted.
    console.log(error instanceof Error ? error.message : String(error));
  }
}

// Hundreds of processes read the same scripts: what one has compiled of them the next one finds there. A run begins without, or it would grow.
const compiled = path.join(root, "out", "compile-cache");
rmSync(compiled, { recursive: true, force: true });
process.env["NODE_COMPILE_CACHE"] ??= compiled;
void testAll(process.argv.slice(2)).then((code) => process.exit(code));
