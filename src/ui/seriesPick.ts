/** The series, the revision and the mbox a command is about: from the row it was called on or the page in front, else picked by typing a few letters. */
import * as vscode from "vscode";
import { HumanError } from "../core/humanError";
import { mailIdsOf } from "../core/series/revisionTexts";
import { newestRevision, type Revision, type Series } from "../core/series/series";
import { type SeriesMbox, seriesMbox } from "../core/series/seriesMbox";
import type { PageInFront } from "../engines/seriesPages";
import type { Library } from "../library/library";
import { LoadedMails } from "../library/loadedMails";
import { authorName, seriesDescription, titleText } from "../render/labels";
import { withoutIcons } from "./markdown";
import { readSettings } from "./settings";

export interface SeriesSought {
  readonly library: Library;
  readonly front: PageInFront;
}

/**
 * The series a command is about: the one it was called on (a tree row, or an id), else the one whose page is in front, else one the
 * person picks.
 * @param offered the series to pick from; without it all series
 * @returns undefined when the person cancels
 */
export async function seriesFor(
  argument: unknown,
  { library, front }: SeriesSought,
  title: string,
  offered?: readonly Series[],
): Promise<Series | undefined> {
  if (typeof argument === "string") {
    const series = library.find(argument);
    if (!series) throw new HumanError("This series is no longer in any source. Sync, or add the digest it came from.");
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

// The mbox of the series a command is about, from its mails.

export interface PickedRevision {
  readonly series: Series;
  readonly revision: Revision;
}

/** The revision a command is about: that of the row it was called on, or of the page in front, else the newest of the series. */
export async function revisionFor(argument: unknown, sought: SeriesSought, title: string): Promise<PickedRevision | undefined> {
  const { library, front } = sought;
  const offered = library.series.filter((series) => newestRevision(series).posted !== undefined);
  const series = await seriesFor(argument, sought, title, offered);
  if (!series) return undefined;
  const named =
    typeof argument === "object" && argument !== null && "revision" in argument ? argument.revision : front.revisionFor(argument);
  return { series, revision: series.revisions.find((one) => one === named) ?? newestRevision(series) };
}

/** @throws HumanError if the series is not whole */
export async function mboxOf({ series, revision }: PickedRevision, library: Library): Promise<SeriesMbox> {
  const { addTrailers, trailersFromElsewhere } = readSettings();
  const isCarried = addTrailers === "all";
  const { loadOlderReviews } = await import("../library/olderReviews.js");
  const reviewed = isCarried ? await loadOlderReviews(series, revision, new LoadedMails(library)) : revision;
  return seriesMbox(reviewed, await library.mailBytes(mailIdsOf(revision)), {
    trailers: addTrailers !== "none",
    carried: isCarried,
    elsewhere: trailersFromElsewhere,
  });
}
