/** Sources that can be read only once: `-`, a named pipe, `<(...)`. They are kept in a file for as long as the call takes. */
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { HumanError, humanMessage } from "../core/humanError";
import { problemLine } from "../render/seriesText";

/** Says a second process of the same call where the first one has put what it read. */
const streamsVariable = "KVM_SERIES_STREAMS";

/** Names of standard input beside `-`; through these a socket, which some programs connect to others by, cannot be opened. */
const standardInput = new Set(["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"]);

/** The files that hold what was read, by the names of the sources. */
const keptStreams = new Map<string, string>(Object.entries(JSON.parse(process.env[streamsVariable] ?? "{}") as Record<string, string>));
let streamFolder: string | null = dirnameOfFirst(keptStreams.values());

/** What a source is called in a sentence. */
export function sourceName(name: string): string {
  return name === "-" ? "standard input" : name;
}

/** The file a source can be read from, again and again: itself, or what came out of it. */
export async function fileOfSource(name: string): Promise<string> {
  const known = keptStreams.get(name);
  if (known !== undefined) return known;
  if (!standardInput.has(name) && !isPipe(name)) return resolve(name);
  const file = standardInput.has(name) ? await keepInput(name) : await keep(name, createReadStream(name));
  keptStreams.set(name, file);
  return file;
}

/** Where what is made of a source that is gone after the call may lie; null for all others. */
export function folderOfStreams(paths: readonly string[]): string | null {
  const files = new Set(keptStreams.values());
  return streamFolder !== null && paths.some((path) => files.has(path)) ? streamFolder : null;
}

function dirnameOfFirst(files: Iterable<string>): string | null {
  for (const file of files) return dirname(file);
  return null;
}

/** What a second process needs to know of what this one read. */
export function streamsForChild(): Readonly<Record<string, string>> {
  return { [streamsVariable]: JSON.stringify(Object.fromEntries(keptStreams)) };
}

function isPipe(name: string): boolean {
  try {
    return statSync(name).isFIFO();
  } catch {
    // That it is not there is said by who reads it.
    return false;
  }
}

/** All names of standard input are one stream, which is read once. */
async function keepInput(name: string): Promise<string> {
  for (const other of standardInput) {
    const known = keptStreams.get(other);
    if (known !== undefined) return known;
  }
  if (process.stdin.isTTY) {
    const message = "Nothing is piped into it; write “b4 mbox -o - MESSAGE-ID | kvm-series series -”, or name a file.";
    throw new HumanError(problemLine({ source: sourceName(name), message }));
  }
  return keep(name, process.stdin);
}

async function keep(name: string, stream: NodeJS.ReadableStream): Promise<string> {
  // Its name is shown as where a posting comes from.
  const file = join(ownFolder(), standardInput.has(name) ? "standard input" : `pipe ${keptStreams.size + 1}`);
  const source = sourceName(name);
  try {
    await pipeline(stream, createWriteStream(file, { mode: 0o600 }));
  } catch (error) {
    // Standard input that is closed has nothing in it.
    if (error instanceof Error && "code" in error && error.code === "EBADF") writeFileSync(file, "");
    else
      throw new HumanError(
        problemLine({
          source,
          message: `What came could not be kept in ${tmpdir()} (${humanMessage(error)}); free some space there, or set TMPDIR.`,
        }),
      );
  }
  if (statSync(file).size === 0) {
    const message = "Nothing came through the pipe; run the command before it alone to see why.";
    throw new HumanError(problemLine({ source, message }));
  }
  return file;
}

/** A folder for this call, gone with it, however it ends. */
function ownFolder(): string {
  if (streamFolder !== null) return streamFolder;
  const made = mkdtempSync(join(tmpdir(), "kvm-series-"));
  streamFolder = made;
  const remove = (): void => rmSync(made, { recursive: true, force: true });
  process.on("exit", remove);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      remove();
      process.exit(128 + constants.signals[signal]);
    });
  }
  return made;
}
