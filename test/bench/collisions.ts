/** How long it takes, after a key, to know which of many pending series change the same lines. */
import { baseText, overlapsOf, type TheirFile, theirFile } from "../../src/core/lines/collisions";
import { bufferEdits } from "../../src/core/lines/lineDiff";
import { inventLine, inventSeries } from "./anchors";

export interface CollisionFigures {
  readonly lines: number;
  readonly series: number;
  /** Series found to change the same lines: nothing would be measured if there were none. */
  readonly colliding: number;
  /** From the text in the editor to the overlaps with all series, at worst of twenty keys. */
  readonly keyMs: number;
  /** The overlaps alone, once my edits are known. */
  readonly overlapMs: number;
  /** Composing and placing all series, once for each state of the last commit; in slices. */
  readonly placedMs: number;
}

const lineCount = 15_000;
const seriesCount = 500;
/** Places of the file that were changed since the last commit. */
const editCount = 40;

export function benchCollisions(): CollisionFigures {
  const lines = Array.from({ length: lineCount }, (_, at) => inventLine(at));
  const committed = Buffer.from(`${lines.join("\n")}\n`);
  const text = baseText(committed.toString("utf8"));
  const posted = Array.from({ length: seriesCount }, (_, series) => inventSeries(lines, series).patches);
  const theirs: TheirFile[] = [];
  const placedMs = timed(() => theirs.push(...posted.map((patches) => theirFile(text, patches, "long.c"))));
  const typed = [...lines];
  for (let at = 0; at < editCount; at++) typed[Math.floor((at * lineCount) / editCount) + 50] = `mine(${at});`;
  let [colliding, keyMs, overlapMs] = [0, 0, 0];
  for (let key = 0; key < 20; key++) {
    typed[7_000] = `typed ${key}`;
    const buffer = `${typed.join("\n")}\n`;
    keyMs = Math.max(
      keyMs,
      timed(() => {
        const mine = bufferEdits(committed, buffer);
        const ms = timed(() => (colliding = theirs.filter(({ edits }) => overlapsOf(mine, edits).length > 0).length));
        overlapMs = Math.max(overlapMs, ms);
      }),
    );
  }
  return { lines: lineCount, series: seriesCount, colliding, keyMs, overlapMs, placedMs };
}

function timed(run: () => unknown): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}
