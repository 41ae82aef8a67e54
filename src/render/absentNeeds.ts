/** What a series says it needs and no source has, for `applies` of the command line. */
import type { Prerequisite } from "../core/series/series";
import { visibleText } from "./escape";

export type AbsentNeed = Pick<Prerequisite, "kind" | "value">;

/** Some series name dozens of patches. */
const mostNamed = 3;
/** So many digits of a patch id tell it. */
const shownDigits = 12;

/** ` It needs the series with change-id x, which is in no source.`, to stand behind another sentence; "" where nothing is absent. */
export function absentSentence(absent: readonly AbsentNeed[]): string {
  if (absent.length === 0) return "";
  const named = absent.slice(0, mostNamed).map(nameOf);
  const all = absent.length > mostNamed ? [...named, `${absent.length - mostNamed} more`] : named;
  const list = all.length === 1 ? (all[0] ?? "") : `${all.slice(0, -1).join(", ")} and ${all.at(-1) ?? ""}`;
  return ` It needs ${list}, which ${absent.length === 1 ? "is" : "are"} in no source; add the list ${absent.length === 1 ? "it was" : "they were"} sent to.`;
}

function nameOf({ kind, value }: AbsentNeed): string {
  if (kind === "message-id") return `<${visibleText(value)}>`;
  if (kind === "patch-id") return `the patch with the id ${visibleText(value.slice(0, shownDigits))}`;
  return `the series with change-id ${visibleText(value)}`;
}
