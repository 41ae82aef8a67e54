/** The commits by which mail came to an epoch of an archive. */
import { isMailPath, type Epoch, type RunGit } from "./publicInbox";

export interface RangeCommit {
  readonly id: string;
  readonly epoch: number;
  /** When it was made, which is when the mail came, in milliseconds. */
  readonly time: number;
  /** What stands as the author's date: that of the mail's header, where public-inbox made the commit. */
  readonly written: number;
  /** Blob id of the mail it adds; null where it adds none. */
  readonly mail: string | null;
  /** Blob ids of mails it takes away. */
  readonly removes: readonly string[];
}

const logOptions = "--raw --no-abbrev --no-renames --no-decorate --no-notes --no-color --no-show-signature --no-mailmap --reverse".split(
  " ",
);

/** The commits behind one up to another, oldest first. */
export async function commitsOf({ folder }: Epoch, epoch: number, after: string | null, last: string, run: RunGit): Promise<RangeCommit[]> {
  const range = after === null ? [last] : [last, `^${after}`];
  const log = await run(folder, ["log", ...logOptions, "--format=>%H %ct %at", "--end-of-options", ...range, "--"]);
  return log
    .split("\n>")
    .filter((block) => block.trim() !== "")
    .map((block) => readCommit(block.replace(/^>/, ""), epoch));
}

function readCommit(block: string, epoch: number): RangeCommit {
  const [head = "", ...lines] = block.split("\n");
  const [id = "", time = "0", written = "0"] = head.split(" ");
  let mail: string | null = null;
  const removes: string[] = [];
  for (const line of lines) {
    const [, before = "", after = "", status = "", path = ""] = /^:\d+ \d+ (\S+) (\S+) (\S)\S*\t(.*)$/.exec(line) ?? [];
    if (status === "") continue;
    if (path === "d") removes.push(after);
    else if (!isMailPath(path)) continue;
    else if (status !== "D") mail = after;
    // Version 1 has a file for each mail; the m of version 2 only makes room for the next.
    else if (path !== "m") removes.push(before);
  }
  return { id, epoch, time: Number(time) * 1000, written: Number(written) * 1000, mail, removes };
}
