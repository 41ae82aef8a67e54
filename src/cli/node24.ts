/** Finds a Node with SQLite, which an index needs; the command line starts on any Node. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { isBuiltin } from "node:module";
import { constants } from "node:os";
import { join } from "node:path";
import { HumanError } from "../core/humanError";
import type { InputStreams } from "./keptFiles";

/** Set for the second process, so that it does not start a third one. */
const reexecutedVariable = "KVM_SERIES_REEXECUTED";

/** The first release whose node:sqlite has everything that is used. */
const oldestNode = 24;

/**
 * Returns when this Node can open an index. An older one runs the same command with the project's own Node, if that is installed, and
 * ends with its exit code; without it, this throws a `HumanError` that names the needed Node.
 *
 * @param streams the input that this process has read, which the second one cannot read again
 */
export function needSqlite(streams: InputStreams): void {
  if (isBuiltin("node:sqlite") && Number(process.versions.node.split(".")[0]) >= oldestNode) return;
  // This program's file is in the `dist` of the project or package.
  const script = __filename;
  const own = join(script, "..", "..", "node_modules", ".bin", "node");
  if (process.env[reexecutedVariable] !== undefined || !existsSync(own)) {
    throw new HumanError(
      `An archive is read through an index, which needs Node ${oldestNode} or newer; this is Node ${process.versions.node}. Run it with a newer one, or run “npm ci” in its folder, which brings one.`,
    );
  }
  const { status, signal, error } = spawnSync(own, [script, ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { ...process.env, ...streams.forChild(), [reexecutedVariable]: "1" },
  });
  if (error) throw new HumanError(`The project's own Node could not be started (${error.message}); run npm ci in its folder.`);
  process.exit(status ?? (signal === null ? 1 : 128 + constants.signals[signal]));
}
