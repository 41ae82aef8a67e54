/** Picking a series by typing a few letters of it; every command that needs one falls back to this. */
import * as vscode from "vscode";
import { HumanError } from "../core/humanError";
import { newestRevision, type Series } from "../core/series/series";
import type { Library } from "../index/library";
import { authorName, seriesDescription, titleText } from "../render/labels";
import { withoutIcons } from "./markdown";
import type { PageInFront } from "./pageInFront";

export interface SeriesSought {
  readonly library: Library;
  readonly front: PageInFront;
}

/**
 * The series a command is about: the one it was called on (a tree row, or an id), else the one whose page is in front, else one
 * the person picks.
 * @param offered what the pick offers; all series where it is not given
 * @returns undefined when the person changed their mind
 */
export async function seriesFor(
  argument: unknown,
  { library, front }: SeriesSought,
  title: string,
  offered?: readonly Series[],
): Promise<Series | undefined> {
  if (typeof argument === "string") {
    const series = library.find(argument);
    if (!series) throw new HumanError("This series is in no source any more; sync, or add the digest it came from.");
    return series;
  }
  if (isSeriesNode(argument)) return library.find(argument.series.id) ?? argument.series;
  return front.series ?? pickSeries(offered ?? library.series, title);
}

export async function pickSeries(series: readonly Series[], title: string): Promise<Series | undefined> {
  if (series.length === 0) throw new HumanError("There are no series yet; add an archive with “KVM Series: Add Archive...”.");
  const items = series.map((one) => ({
    label: withoutIcons(titleText(one.title)),
    description: seriesDescription(one, Date.now()),
    detail: withoutIcons(`${one.subsystem} · ${authorName(newestRevision(one))}`),
    series: one,
  }));
  const options = {
    title,
    placeHolder: "Type a few letters of a title, author or subsystem",
    matchOnDescription: true,
    matchOnDetail: true,
  };
  return (await vscode.window.showQuickPick(items, options))?.series;
}

/** Whether a command was called on a row of a series. */
export function isSeriesNode(value: unknown): value is { series: Series } {
  if (typeof value !== "object" || value === null || !("series" in value)) return false;
  const { series } = value;
  return typeof series === "object" && series !== null && "id" in series && typeof series.id === "string" && "revisions" in series;
}
