/** The pending changes that a person means who points at lines, by series. */
import type * as vscode from "vscode";
import { liesOn } from "../../core/lines/pendingAt";
import type { Series } from "../../core/series/series";
import type { LineChange } from "../../render/lineHover";
import type { PendingChanges } from "./pendingChanges";

/**
 * The series that change lines of a document, those nearest to their place first.
 *
 * @param first zero-based, as `last`, which is included
 * @param appliesOf says in a few words whether a series applies
 */
export function changesOfLines(
  pending: PendingChanges,
  document: vscode.TextDocument,
  [first, last]: readonly [number, number],
  appliesOf: (series: Series) => string | null = () => null,
): LineChange[] {
  const bySeries = new Map<string, LineChange>();
  for (const { series, placed, moved } of pending.edits(document) ?? []) {
    if (placed.certainty === "already" || !liesOn(placed, first, last)) continue;
    const known = bySeries.get(series.id);
    bySeries.set(series.id, { series, placed: [...(known?.placed ?? []), placed], applies: known?.applies ?? appliesOf(series), moved });
  }
  return [...bySeries.values()];
}
