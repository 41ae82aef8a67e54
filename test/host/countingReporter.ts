import { writeFileSync } from "node:fs";
import Mocha from "mocha";

/** Prints like mocha's `spec` and leaves the counts in the file named by the reporter option `counts`. */
class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const { counts } = options.reporterOptions as { counts: string };
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      writeFileSync(counts, JSON.stringify({ passed: this.stats.passes, failed: this.stats.failures }));
    });
  }
}

// Mocha takes the module itself for the reporter.
export = CountingReporter;
