/** How long it takes to find out which of 200 pending series apply, and how long nothing else comes to its turn meanwhile. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { checkApplies } from "../../src/checkout/applies";
import { readMail } from "../../src/core/mail/mail";
import { assembleMails } from "../../src/core/postings/assembleMails";
import { mailFactsOf } from "../../src/core/postings/mailFacts";
import { patchKey } from "../../src/index/hashes";
import { seriesOfPostings } from "../../src/library/library";
import { commit, type Files, git, lines } from "../support/applyGround";
import { plainGit } from "../support/sampleArchive";

export interface AppliesFigures {
  readonly series: number;
  readonly patches: number;
  readonly seconds: number;
  /** Of `git --version` run once for each series, one after the other: what starting processes takes here. */
  readonly spawnSeconds: number;
  readonly longestBlockMs: number;
  /** How many series came out as what. */
  readonly states: string;
}

const patchesEach = 3;
const linesEach = 400;

/** Half of the series apply, a quarter needs blobs that are not there, a quarter conflicts. */
export async function benchApplies(count: number): Promise<AppliesFigures> {
  const folder = mkdtempSync(path.join(tmpdir(), "kvm-series-bench-"));
  try {
    const tree = path.join(folder, "tree");
    mkdirSync(tree);
    git(tree, ["init", "-q"]);
    const names = Array.from({ length: count }, (_, at) => `virt/kvm/file${at}.c`);
    commit(tree, Object.fromEntries(names.map((name) => [name, lines(name, linesEach)])), "base");
    const moved = names.flatMap((name, at) =>
      at % 4 > 1 ? [[name, lines(name, linesEach, { [at % 4 === 2 ? 100 : 200]: "other" })]] : [],
    );
    commit(tree, Object.fromEntries(moved) as Files, "later");
    const mails = new Map(names.flatMap((name, at) => mailsOf(name, at)));
    const facts = [...mails].map(([id, bytes]) =>
      mailFactsOf(readMail(bytes), { place: id, committed: null, source: "bench", patchId: patchKey }),
    );
    const series = seriesOfPostings(assembleMails(facts).postings, { rules: [], trees: [] });
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const start = performance.now();
    const { answers } = await checkApplies(tree, { base: "HEAD" }, series, {
      mails: (ids) => Promise.resolve(new Map(ids.flatMap((id) => [[id, mails.get(id) ?? new Uint8Array()] as const]))),
      known: series,
    });
    const seconds = (performance.now() - start) / 1000;
    delay.disable();
    const states = new Map<string, number>();
    for (const { state } of answers.values()) states.set(state, (states.get(state) ?? 0) + 1);
    return {
      series: series.length,
      patches: mails.size,
      seconds,
      spawnSeconds: spawning(series.length),
      longestBlockMs: delay.max / 1e6,
      states: [...states].map(([state, number]) => `${number} ${state}`).join(", "),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function spawning(count: number): number {
  const start = performance.now();
  for (let at = 0; at < count; at++) execFileSync("git", ["--version"], { env: plainGit, stdio: "ignore" });
  return (performance.now() - start) / 1000;
}

/** Three patches on one file; of half of the series the first or the second one meets what the tree changed since. */
function mailsOf(name: string, at: number): Array<readonly [string, Uint8Array]> {
  const changed: Record<number, string> = {};
  return Array.from({ length: patchesEach }, (_, place) => {
    const line = [100, 200, 300][place] ?? 1;
    const before = lines(name, linesEach, changed);
    const old = before.split("\n");
    changed[line] = `series ${at}`;
    // A quarter was made for a text that no repository has.
    const blob = at % 4 === 3 ? "1234567890ab" : blobId(before);
    const hunk = [-3, -2, -1, 0, 1, 2, 3].flatMap((by) => {
      const text = old[line - 1 + by] ?? "";
      return by === 0 ? [`-${text}`, `+series ${at}`] : [` ${text}`];
    });
    const diff = `diff --git a/${name} b/${name}\nindex ${blob}..${blobId(lines(name, linesEach, changed))} 100644\n--- a/${name}\n+++ b/${name}\n@@ -${line - 3},7 +${line - 3},7 @@\n${hunk.join("\n")}\n`;
    const id = `bench-${at}-${place + 1}@example.org`;
    const answers = place === 0 ? "" : `In-Reply-To: <bench-${at}-1@example.org>\n`;
    const date = new Date(Date.UTC(2026, 2, 1 + (at % 100), Math.floor(at / 100), place)).toUTCString().replace("GMT", "+0000");
    const head = `From: Alex Archer ${at} <alex${at}@example.org>\nSubject: [PATCH ${place + 1}/${patchesEach}] KVM: file ${at}: part ${place + 1}\nDate: ${date}\nMessage-ID: <${id}>\n${answers}`;
    return [id, Buffer.from(`${head}\nDo it.\n\n---\n ${name} | 2 +-\n\n${diff}-- \n2.39.5\n`)] as const;
  });
}

function blobId(text: string): string {
  return createHash("sha1")
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest("hex");
}
