import { writeFileSync } from "node:fs";
import Mocha from "mocha";

/** Prints like mocha's `spec`, and leaves the counts in the file named by the reporter option `counts`. */
class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const { counts } = options.reporterOptions as { counts: string };
    const failures: string[] = [];
    runner.on(Mocha.Runner.constants.EVENT_TEST_FAIL, (test: Mocha.Test | Mocha.Hook, error: Error) => {
      failures.push(`${test.fullTitle()}\n      ${beginning(error)}`);
    });
    // How many there were is said once for the whole suite.
    if (!process.stdout.isTTY) this.epilogue = () => (this.stats.failures > 0 ? super.epilogue() : undefined);
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      writeFileSync(counts, JSON.stringify({ passed: this.stats.passes, failed: this.stats.failures, failures }));
    });
  }
}

/** The first lines of what an error says, so that a page of compared texts does not hide the next failure. */
function beginning(error: Error): string {
  return error.message.split("\n").slice(0, 20).join("\n      ");
}

// Mocha takes the module itself for the reporter.
export = CountingReporter;
