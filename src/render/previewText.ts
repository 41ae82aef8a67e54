/** What a person is told of a preview that git could not make. */
import type { Revision } from "../core/series/series";
import { plural } from "./labels";

/** How much of a revision a preview shows. */
export interface ShownPatches {
  readonly stoppedAt: number | null;
  readonly left: number;
  readonly missing: readonly string[];
  readonly files: readonly unknown[];
}

/**
 * Why a preview is not the tree with the series applied, in one sentence; null where it is.
 *
 * @param base what it was made on, as the person calls it
 */
export function previewNotice(
  { patches, expected }: Revision,
  base: string,
  { stoppedAt, left, missing, files }: ShownPatches,
): string | null {
  if (stoppedAt === null) return null;
  const patch = `Patch ${patches[stoppedAt]?.index ?? stoppedAt + 1} of ${expected} does not apply to ${base}`;
  const without = [
    left > 0 ? plural(left, "change") : "",
    missing.length === 1
      ? `the file ${missing[0]}, which is not there`
      : missing.length > 1
        ? `${missing.length} files that are not there`
        : "",
  ].filter(Boolean);
  if (files.length === 0 && without.length === 0) return `${patch}, because all that the series changes is there already.`;
  if (files.length === 0) return `${patch}, and none of the lines it changes are there, so there is nothing to show.`;
  const how = `${patch}, so its changes are shown where their lines stand now`;
  return without.length === 0 ? `${how}.` : `${how}; left out: ${without.join(" and ")}.`;
}
