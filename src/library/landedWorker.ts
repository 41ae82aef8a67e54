/**
 * The thread that looks for series in a checkout: bundled as dist/landedWorker.js. The history of a kernel is a hundred thousand commits,
 * which no window can read without standing still. It looks once and ends.
 */
import { join } from "node:path";
import { parentPort } from "node:worker_threads";
import { openApplyCache } from "../checkout/cachedAnswers";
import { openLogCache } from "../checkout/commitLog";
import { openLandedCache } from "../checkout/landed";
import type { PatchLanding } from "../core/series/landed";
import { movedNames } from "../core/series/movedFiles";
import type { Series } from "../core/series/series";
import type { MovedName } from "../core/series/touches";
import { type Landings, readLandings } from "./landings";

/** Where to look, and how. */
export interface LandedRequest {
  readonly tree: string;
  /** See `LandingsOptions`. */
  readonly now: number | null;
  readonly binary: string | undefined;
  /** The folder in which is kept what was read. */
  readonly folder: string;
  /** The files of series that the tree calls otherwise. */
  readonly moved: readonly MovedName[];
}

/** What the thread is told: the series one by one, then where to look, then mails as it asks for them. */
export type LandedOrder =
  | { readonly kind: "series"; readonly series: Series }
  | { readonly kind: "look"; readonly request: LandedRequest }
  | { readonly kind: "mails"; readonly question: number; readonly mails: ReadonlyMap<string, Uint8Array> };

/** What it says. */
export type LandedMessage =
  | { readonly kind: "wanted"; readonly question: number; readonly messageIds: readonly string[] }
  | { readonly kind: "found"; readonly landings: Landings }
  | { readonly kind: "failed"; readonly message: string };

const port = parentPort;
const asked: Series[] = [];
/** Those who wait for mails, by the numbers of their questions. */
const waiting = new Map<number, (mails: ReadonlyMap<string, Uint8Array>) => void>();
let questions = 0;

function say(message: LandedMessage): void {
  port?.postMessage(message);
}

async function look({ tree, now, binary, folder, moved }: LandedRequest): Promise<void> {
  const names = movedNames(moved);
  const found = await readLandings(asked, tree, {
    now,
    binary,
    mails(messageIds) {
      if (messageIds.length === 0) return Promise.resolve(new Map<string, Uint8Array>());
      const question = questions++;
      say({ kind: "wanted", question, messageIds });
      return new Promise((resolve) => waiting.set(question, resolve));
    },
    cache: await openLandedCache(join(folder, "landed.json"), await openLogCache(join(folder, "commits.json"))),
    contained: await openApplyCache(join(folder, "contained.json")),
    moved: () => Promise.resolve(names),
  });
  say({
    kind: "found",
    landings: { ...found, patches: new Map([...found.patches].map(([id, patches]) => [id, patches.map(withoutContents)])) },
  });
}

/** What commits change was compared, and is too much to hand over. */
function withoutContents(patch: PatchLanding): PatchLanding {
  return { ...patch, commits: patch.commits.map((one) => ({ ...one, commit: { ...one.commit, content: null } })) };
}

port?.on("message", (order: LandedOrder) => {
  if (order.kind === "series") asked.push(order.series);
  else if (order.kind === "mails") {
    waiting.get(order.question)?.(order.mails);
    waiting.delete(order.question);
  } else
    look(order.request).catch((error: unknown) => say({ kind: "failed", message: error instanceof Error ? error.message : String(error) }));
});
