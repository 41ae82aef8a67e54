/**
 * Builds an index and kills itself at a step on the way, as a power cut or an impatient user would: between two mails, in
 * front of any statement, file write or rename. Without a step it counts them.
 *
 *     node archivesChild.js DB STEP SOURCE...
 */
import fs from "node:fs";
import { StatementSync } from "node:sqlite";
import { buildIndex } from "../../src/index/build";

const [file = "", at = "0", ...sources] = process.argv.slice(2);
let steps = 0;

function step(): void {
  if (++steps === Number(at)) process.kill(process.pid, "SIGKILL");
}

/** Puts a step in front of each call of a method. */
function stepBefore(owner: object, name: string): void {
  const original = Reflect.get(owner, name) as (this: unknown, ...args: unknown[]) => unknown;
  Reflect.set(owner, name, function (this: unknown, ...args: unknown[]): unknown {
    step();
    return original.apply(this, args);
  });
}

stepBefore(StatementSync.prototype, "run");
for (const name of ["writeSync", "renameSync", "rmSync", "ftruncateSync"]) stepBefore(fs, name);

const stopped = (): boolean => {
  step();
  return false;
};

// So few mails would not be written to a file before they are in the index.
void buildIndex(sources, file, { stopped, held: 20 }).then(() => process.stdout.write(`${steps}\n`));
