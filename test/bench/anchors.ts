/** How long it takes to place pending series on a long file, and to follow an edit of it. */
import { composeChanges } from "../../src/core/lines/fileChange";
import type { IndexedPatch } from "../../src/core/series/revisionTexts";
import { LivePlacements } from "../../src/engines/livePlacements";

export interface AnchorFigures {
  readonly lines: number;
  readonly series: number;
  /** Composing and placing all series, each followed from a text of its own. */
  readonly placedMs: number;
  /** The longest stretch of it in which nothing else could run. */
  readonly longestSliceMs: number;
  /** The same without the texts the series were made on. */
  readonly byContextMs: number;
  /** Following one edit, at worst of a hundred. */
  readonly editMs: number;
  /** The same where 800 changes have no place in the text. */
  readonly unplacedEditMs: number;
  /** Splitting the text into lines: what every way to do it has to do. */
  readonly splitMs: number;
}

const lineCount = 15_000;
const seriesCount = 40;

export function benchAnchors(): AnchorFigures {
  const text = Array.from({ length: lineCount }, (_, at) => inventLine(at)).join("\n");
  const splitMs = timed(() => text.split("\n")).ms;
  const lines = text.split("\n");
  const made = Array.from({ length: seriesCount }, (_, series) => inventSeries(lines, series));
  const slices = { base: [] as number[], context: [] as number[] };
  const live = new LivePlacements(lines);
  for (const [series, { base, patches }] of made.entries()) {
    slices.base.push(timed(() => place(live, series, patches, base)).ms);
  }
  const other = new LivePlacements(lines);
  for (const [series, { patches }] of made.entries()) slices.context.push(timed(() => place(other, series, patches, null)).ms);
  const unplaced = new LivePlacements(lines);
  for (let series = 0; series < seriesCount; series++) place(unplaced, series, [inventUnplaced(lines, series)], null);
  const edits = (anchors: LivePlacements): number[] =>
    Array.from({ length: 100 }, (_, at) => timed(() => anchors.edit((at * 7919) % lineCount, 1, [`typed ${at}`, ""])).ms);
  const sum = (all: readonly number[]): number => all.reduce((total, one) => total + one, 0);
  return {
    lines: lineCount,
    series: seriesCount,
    placedMs: sum(slices.base),
    longestSliceMs: Math.max(...slices.base),
    byContextMs: sum(slices.context),
    editMs: Math.max(...edits(live)),
    unplacedEditMs: Math.max(...edits(unplaced)),
    splitMs,
  };
}

function place(live: LivePlacements, series: number, patches: readonly IndexedPatch[], base: readonly string[] | null): void {
  for (const change of composeChanges(patches, "long.c")) live.place(String(series), change, base);
}

function timed(run: () => unknown): { readonly ms: number } {
  const start = performance.now();
  run();
  return { ms: performance.now() - start };
}

/** Lines as code has them: some that stand everywhere, most of them nearly alike. */
export function inventLine(at: number): string {
  if (at % 12 === 0) return `static int handle_exit_${at}(struct kvm_vcpu *vcpu)`;
  if (at % 12 === 1) return "{";
  if (at % 12 === 10) return "}";
  if (at % 12 === 11) return "";
  return at % 5 === 0 ? "\tif (ret)" : at % 5 === 1 ? "\t\treturn ret;" : `\tret = step_${at % 97}(vcpu, ${at});`;
}

/** A series of three patches on a state of the file that differs from the present one in sixty places. */
export function inventSeries(lines: readonly string[], series: number): { readonly base: string[]; readonly patches: IndexedPatch[] } {
  let state = series * 7_654_321 + 1;
  const random = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below;
  const base = [...lines];
  for (let edit = 0; edit < 60; edit++) base.splice(random(base.length), random(2), `\told_${random(1000)}();`);
  const patches: IndexedPatch[] = [];
  for (let index = 1; index <= 3; index++) {
    // Each patch has a third of the file for itself, so that its lines are known without applying the others.
    const third = Math.floor(base.length / 3);
    const hunks = Array.from({ length: 5 }, (_, at) => {
      const first = (index - 1) * third + Math.floor((at * third) / 5) + 10 + random(50);
      const context = (from: number): string[] => base.slice(from, from + 3).map((line) => ` ${line}`);
      const body = [
        ...context(first - 3),
        `-${base[first] ?? ""}`,
        `+\tnew_${series}_${index}_${at}();`,
        "+\tanother();",
        ...context(first + 1),
      ];
      const shift = (index - 1) * 5 + at;
      return `@@ -${first - 2 + (index - 1) * 5},7 +${first - 2 + shift},8 @@\n${body.join("\n")}`;
    });
    patches.push({ index, text: `A patch.\n---\ndiff --git a/long.c b/long.c\n--- a/long.c\n+++ b/long.c\n${hunks.join("\n")}\n` });
  }
  return { base, patches };
}

/** A patch of which no change has a place in the file, though some lines around each are like lines of it. */
function inventUnplaced(lines: readonly string[], series: number): IndexedPatch {
  const hunks = Array.from({ length: 20 }, (_, at) => {
    const [first, name] = [50 + at * 100, `${series}_${at}`];
    const body = [
      ` ${lines[first] ?? ""}`,
      ` above_${name}();`,
      `-old_${name}();`,
      `+new_${name}();`,
      ` below_${name}();`,
      ` ${lines[first + 4] ?? ""}`,
    ];
    return `@@ -${first + 1},5 +${first + 1},5 @@ int other_${name}(void)\n${body.join("\n")}`;
  });
  return { index: 1, text: `A patch.\n---\ndiff --git a/long.c b/long.c\n--- a/long.c\n+++ b/long.c\n${hunks.join("\n")}\n` };
}
