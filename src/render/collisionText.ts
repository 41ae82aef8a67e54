/** Collisions in words: for a terminal, as JSON, and as the document that shows what conflicts. */
import { isConflict, type Collision } from "../core/lines/collisions";
import { sidesOf, type Overlap } from "../core/lines/overlap";
import { versionLabel } from "../core/mail/subjectPrefix";
import { newestRevision, type Problem, type Series } from "../core/series/series";
import { visibleText } from "./escape";
import { movedJson, movedText } from "./movedText";
import { plural, revisionName, titleText } from "./labels";

/** What git's merge said of two changes; see worktree/mergeProof.ts. */
export type ProofFacts =
  | { readonly kind: "clean"; readonly whole: boolean }
  | { readonly kind: "conflict"; readonly whole: boolean; readonly files: readonly ProofFile[] }
  | { readonly kind: "unapplied"; readonly side: "ours" | "theirs"; readonly patch: number; readonly path: string | null };

export interface ProofFile {
  readonly path: string;
  readonly message: string;
  readonly regions: ReadonlyArray<{ readonly line: number; readonly text: string }>;
}

/** All that a series collides in. */
export interface SeriesCollisions {
  readonly series: Series;
  readonly collisions: readonly Collision[];
  /** Whether any place is left to be merged; else both make the same of all of them. */
  readonly conflicts: boolean;
}

/** Collisions by series: those with something to merge first, else as they come. */
export function bySeries(collisions: readonly Collision[]): SeriesCollisions[] {
  const groups = new Map<string, Collision[]>();
  for (const collision of collisions) {
    const group = groups.get(collision.series.id);
    if (group) group.push(collision);
    else groups.set(collision.series.id, [collision]);
  }
  const all = [...groups.values()].flatMap((group) =>
    group[0] ? [{ series: group[0].series, collisions: group, conflicts: group.some(isConflict) }] : [],
  );
  return [...all.filter(({ conflicts }) => conflicts), ...all.filter(({ conflicts }) => !conflicts)];
}

/** First and last line, from one; where both only add, the lines they add between. */
export function placeLines({ start, end }: Pick<Overlap, "start" | "end">): readonly [number, number] {
  return end > start ? [start + 1, end] : [Math.max(1, start), start + 1];
}

/** `12-14`, `12`. */
function linesText(place: Overlap): string {
  const [first, last] = placeLines(place);
  return first === last ? String(first) : `${first}-${last}`;
}

/** `virt/kvm/kvm_main.c:12-14, 40 · patch 1, 3`. */
export function collisionPlaces({ file, overlaps, moved }: Pick<Collision, "file" | "overlaps" | "moved">): string {
  const patches = [...new Set(overlaps.flatMap((place) => place.patches))].sort((a, b) => a - b);
  return `${visibleText(file.path)}:${overlaps.map(linesText).join(", ")} · ${patches.length === 1 ? "patch" : "patches"} ${patches.join(", ")}${moved ? ` · ${movedText(moved)}` : ""}`;
}

/** `collides with 2 series`. */
export function collidesText(count: number): string {
  return `collides with ${plural(count, "series", "series")}`;
}

/** What `collides` prints. */
export function collidesList(found: readonly SeriesCollisions[], proofs: ReadonlyMap<string, ProofFacts>): string {
  if (found.length === 0) return "No pending series changes the lines you change.\n";
  return found
    .flatMap(({ series, collisions, conflicts }) => {
      const proof = proofs.get(series.id);
      return [
        `${conflicts ? "collides" : "same    "}  ${series.id}  ${titleText(series.title)}  ${revisionName(newestRevision(series))}`,
        ...collisions.map((collision) => `          ${collisionPlaces(collision)}`),
        ...(proof
          ? [
              `          ${proofSentence(proof)}`,
              ...regionTexts(proof).map((text) => text.replace(/^.*$/gm, (line) => `          | ${line}`.trimEnd())),
            ]
          : []),
      ];
    })
    .map((line) => `${line}\n`)
    .join("");
}

/** The object `collides --json` prints. */
export function collidesReport(
  ends: { readonly base: string; readonly commit: string | null },
  found: readonly SeriesCollisions[],
  proofs: ReadonlyMap<string, ProofFacts>,
  problems: readonly Problem[],
): object {
  const series = found.map(({ series: one, collisions, conflicts }) => {
    const proof = proofs.get(one.id);
    return {
      id: one.id,
      title: one.title,
      version: newestRevision(one).version,
      label: versionLabel(newestRevision(one).version, newestRevision(one).point ?? 0),
      subsystem: one.subsystem,
      status: one.status,
      conflicts,
      files: collisions.map(({ file, overlaps, moved }) => ({
        path: file.path,
        ...(moved ? movedJson(moved) : {}),
        places: overlaps.map((place) => ({ lines: placeLines(place), patches: place.patches, same: place.same })),
      })),
      ...(proof ? { proof } : {}),
    };
  });
  return { schema: 1, base: ends.base, commit: ends.commit, series, problems };
}

/** What git's merge said, for a message. */
export function proofSentence(proof: ProofFacts): string {
  return proofSentences(proof).join(" ");
}

/** The same for a document: a line each, since an editor does not wrap them. */
function proofSentences(proof: ProofFacts): string[] {
  const part =
    proof.kind === "unapplied" || proof.whole ? [] : ["Not all of the series applies here; only its changes of your files were merged."];
  switch (proof.kind) {
    case "clean":
      return ["git merges the two without a conflict.", ...part];
    case "conflict":
      return [`git cannot merge the two: ${plural(proof.files.length, "file conflicts", "files conflict")}.`, ...part];
    case "unapplied": {
      const where = proof.path === null ? "" : ` (${visibleText(proof.path)})`;
      const side = proof.side === "theirs" ? "the series" : "your side";
      return [`Patch ${proof.patch} of ${side} does not apply to where you began${where}.`, "So git has nothing to merge."];
    }
  }
}

/** The conflicts of a proof, a text for each file. */
function regionTexts(proof: ProofFacts): string[] {
  if (proof.kind !== "conflict") return [];
  return proof.files.flatMap(({ path, message, regions }) => [
    regions.length === 0 ? `${visibleText(path)}: ${visibleText(message)}` : `${visibleText(path)}:`,
    ...regions.map(({ line, text }) => `@@ from line ${line} of the merged file @@\n${visibleText(text)}`),
  ]);
}

/** Where git has nothing to merge: the lines both change, written as git writes a conflict. */
function overlapTexts({ series, collisions }: SeriesCollisions): string[] {
  const name = `${titleText(series.title)} ${revisionName(newestRevision(series))}`;
  return collisions.filter(isConflict).flatMap(({ file, overlaps }) => [
    `${visibleText(file.path)}:`,
    ...overlaps
      .filter(({ same }) => !same)
      .map((place) => {
        const { base, mine, theirs } = sidesOf(place);
        const lines = ["<<<<<<< your changes", ...mine, "||||||| both start from", ...base, "=======", ...theirs, `>>>>>>> ${name}`];
        const where = linesText(place);
        return `@@ ${where.includes("-") ? "lines" : "line"} ${where} of where you began @@\n${visibleText(lines.join("\n"))}`;
      }),
  ]);
}

/** The document that shows how two series meet. */
export function relatedDocument(series: Series, other: Series, proof: ProofFacts): string {
  const nameOf = (one: Series): string => `${titleText(one.title)} ${revisionName(newestRevision(one))}`;
  const isPart = proof.kind !== "unapplied" && !proof.whole;
  const part = isPart ? ["Not all of the two applies here; only the files that both change were merged."] : [];
  const said = [...proofSentences(proof.kind === "unapplied" ? proof : { ...proof, whole: true }), ...part];
  return [nameOf(series), nameOf(other), "", ...said, ...regionTexts(proof).map((text) => `\n${text}`), ""].join("\n");
}

/** The document that shows a proof: who meets whom where, what git says, and the conflicting lines. */
export function proofDocument(found: SeriesCollisions, proof: ProofFacts): string {
  const { series, collisions } = found;
  const texts = proof.kind === "unapplied" && proof.side === "theirs" ? overlapTexts(found) : regionTexts(proof);
  return [
    `${titleText(series.title)} ${revisionName(newestRevision(series))}`,
    ...collisions.map((collision) => `  ${collisionPlaces(collision)}`),
    "",
    ...proofSentences(proof),
    ...texts.map((text) => `\n${text}`),
    "",
  ].join("\n");
}
