/** `kvm-series completion`: the script for a shell, and the ids it completes. */
import { statSync } from "node:fs";
import { isPending, newestDate } from "../core/series/pending";
import { visibleText } from "../render/escape";
import { UsageError, type Call } from "./call";
import { completionScript, shells } from "./completion";
import { didYouMean } from "./nearestWord";
import { findSources, openFound, type FoundSource } from "./sources";

/** Nobody waits longer at a key than it takes to read so much mail. */
const mostBytes = 8 * 1024 * 1024;

export async function writeCompletion(call: Call): Promise<string> {
  const [what = "", ...sources] = call.words;
  if (what === "ids") return listIds(sources);
  const shell = shells.find((one) => one === what);
  if (shell && sources.length === 0) return completionScript(shell);
  if (shell) throw new UsageError("completion takes one SHELL and nothing behind it.");
  throw new UsageError(
    what === "" ? `completion needs a SHELL: ${shells.join(", ")}.` : `There is no completion for “${what}”${didYouMean(what, shells)}.`,
  );
}

/** A line for each pending series: its id, a tab, its title. Of sources that take long to read there are none. */
async function listIds(names: readonly string[]): Promise<string> {
  const found = (await findSources(names)).filter(isQuick);
  if (found.length === 0) return "";
  const series = (await openFound(found)).series();
  const now = newestDate(series);
  return series
    .filter((one) => isPending(one, now))
    .map(({ id, title }) => `${id}\t${visibleText(title).replace(/[\t\n]/g, " ")}\n`)
    .join("");
}

/** An index, and files that are small; an archive would be brought up to date first. */
function isQuick({ path, kind }: FoundSource): boolean {
  if (kind === "index") return true;
  return (kind === "digest" || kind === "mbox" || kind === "mail") && statSync(path).size <= mostBytes;
}
