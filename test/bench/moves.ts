/** How long it takes to find out where the files went that pending series name and the tree lacks, beside git's own list of renames. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { openMoveCache } from "../../src/checkout/cachedAnswers";
import { openMoveHistory } from "../../src/checkout/moveHistory";
import { plainGit } from "../support/sampleArchive";

export interface MoveFigures {
  readonly commits: number;
  readonly names: number;
  /** Names that were found; nothing would be measured if there were none. */
  readonly found: number;
  readonly firstSeconds: number;
  /** With what was kept of the first time. */
  readonly againSeconds: number;
  /** `git log -M --name-status --diff-filter=R` over the same history. */
  readonly gitSeconds: number;
}

const folders = 60;
const filesEach = 40;

export async function benchMoves(commits: number): Promise<MoveFigures> {
  const folder = mkdtempSync(path.join(tmpdir(), "kvm-series-bench-"));
  try {
    const git = (args: readonly string[], input?: string): string =>
      execFileSync("git", args, {
        cwd: folder,
        env: plainGit,
        encoding: "utf8",
        input,
        maxBuffer: 1 << 30,
        stdio: ["pipe", "pipe", "ignore"],
      });
    git(["init", "-q", "--initial-branch=main", "--template="]);
    const { stream, moved } = invent(commits);
    git(["fast-import", "--quiet"], stream);
    git(["read-tree", "HEAD"]);
    const kept = path.join(folder, "moves.json");
    const names = [...moved.slice(0, 20), ...Array.from({ length: 20 }, (_, at) => `sub${at}/never.c`)];
    const look = async (): Promise<number> => {
      const history = await openMoveHistory(folder, "HEAD", { cache: await openMoveCache(kept) });
      return (await history?.find(names))?.size ?? 0;
    };
    let found = 0;
    const firstSeconds = await seconds(async () => (found = await look()));
    const againSeconds = await seconds(look);
    const gitSeconds = await seconds(() => Promise.resolve(git(["log", "-M", "--name-status", "--diff-filter=R", "--format=%H"])));
    return { commits, names: names.length, found, firstSeconds, againSeconds, gitSeconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function seconds(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return (performance.now() - start) / 1000;
}

/** A history in which each commit changes a file and every five hundredth moves one, and the names that were moved. */
function invent(commits: number): { readonly stream: string; readonly moved: readonly string[] } {
  const text = (file: number, commit: number): string => `file ${file}\n`.repeat(30) + `commit ${commit}\n`;
  const data = (content: string): string => `data ${Buffer.byteLength(content)}\n${content}\n`;
  const names = Array.from({ length: folders * filesEach }, (_, at) => `sub${at % folders}/file${at}.c`);
  const head = (at: number): string =>
    `commit refs/heads/main\ncommitter A <a@example.org> ${1_500_000_000 + at * 1000} +0000\n${data("x")}`;
  const parts = [head(0), ...names.map((name, at) => `M 100644 inline ${name}\n${data(text(at, 0))}`)];
  const moved: string[] = [];
  for (let at = 1; at < commits; at++) {
    const file = (at * 7919) % names.length;
    const name = names[file] ?? "";
    if (at % 500 === 7 && !name.includes("moved/")) {
      moved.push(name);
      names[file] = `moved/${name}`;
      parts.push(head(at), `R ${name} moved/${name}\n`);
    } else parts.push(head(at), `M 100644 inline ${name}\n${data(text(file, at))}`);
  }
  return { stream: parts.join(""), moved };
}
