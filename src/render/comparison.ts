/** Two revisions compared: as text for a terminal, and as the JSON of the command line. */
import type { ComparedPair, Comparison } from "../core/compare/compareRevisions";
import type { FileInterdiff } from "../core/compare/interdiff";
import type { TextChange } from "../core/compare/textChange";
import { formatAuthor } from "../core/mail/author";
import { visibleText } from "../core/mail/hiddenCharacters";
import type { Problem, Series } from "../core/series/series";
import { patchCount, revisionName } from "./labels";

/** The text that `compare` prints: a line for each pair, then the changes in the cover letter and in each patch. */
export function comparisonText(series: Series, comparison: Comparison): string {
  const { from, to, pairs, cover } = comparison;
  const [before, after] = [revisionName(from), revisionName(to)];
  const shown = new Set<ComparedPair["diff"]>();
  const details = pairs.flatMap((pair) => {
    const lines = pairDetails(pair, !shown.has(pair.diff));
    if (pair.diff.length > 0) shown.add(pair.diff);
    return lines.length === 0 ? [] : ["", pairLine(pair, 0, 0), ...lines];
  });
  const width = Math.max(1, ...pairs.flatMap(({ from: old, to: now }) => [numberText(old).length, numberText(now).length]));
  const stateWidth = Math.max(...pairs.map(({ state }) => state.length));
  return visibleText(
    [
      series.title,
      `${series.id} · ${before} (${patchCount(from)}) -> ${after} (${patchCount(to)})`,
      "",
      ...pairs.map((pair) => `  ${pairLine(pair, width, stateWidth)}`),
      ...(cover.length > 0 ? ["", "Cover letter", ...textLines(cover)] : []),
      ...(shown.size > 0 ? ["", `The first column tells which diff has a line: “-” only ${before}, “+” only ${after}.`] : []),
      ...details,
      "",
    ].join("\n"),
  );
}

/** `2 -> 3  changed    KVM: x86: Warm the teapots`. */
function pairLine({ from, to, state, reordered }: ComparedPair, width: number, stateWidth: number): string {
  const numbers = `${numberText(from).padStart(width)} -> ${numberText(to).padStart(width)}`;
  const isPart = (state === "split" || state === "squashed") && from?.title !== to?.title;
  const title = isPart ? `${from?.title ?? ""} => ${to?.title ?? ""}` : ((to ?? from)?.title ?? "");
  return `${numbers}  ${state.padEnd(stateWidth)}  ${title}${reordered ? "  (reordered)" : ""}`;
}

function numberText(patch: ComparedPair["from"]): string {
  return patch === null ? "-" : String(patch.index ?? "?");
}

/** The changes in a patch; [] for one that only moved. */
function pairDetails(pair: ComparedPair, withDiff: boolean): string[] {
  const { from, to, authorChanged, titleChanged, message, trailers, diff } = pair;
  return [
    ...(from && to && titleChanged ? ["  Title", `    -${from.title}`, `    +${to.title}`] : []),
    ...(from && to && authorChanged ? ["  Author", `    -${formatAuthor(from.author)}`, `    +${formatAuthor(to.author)}`] : []),
    ...(message.length > 0 ? ["  Message", ...textLines(message)] : []),
    ...(trailers.length > 0 ? ["  Trailers", ...trailers.map(({ side, text }) => `    ${side}${text}`)] : []),
    ...(withDiff ? diff.flatMap(fileLines) : []),
  ];
}

function textLines(change: TextChange): string[] {
  return change.flatMap((part, at) => [...(at > 0 ? ["    ..."] : []), ...part.map(({ side, text }) => `    ${side}${text}`)]);
}

function fileLines({ path, fromPath, side, header, hunks }: FileInterdiff): string[] {
  const name = fromPath === undefined ? path : `${fromPath} => ${path}`;
  return [
    `  ${side === " " ? "" : side}${name}`,
    ...header.map((line) => `    ${line.side}${line.text}`),
    ...hunks.flatMap(({ heading, lines }) => [
      `    @@ ${heading}`.trimEnd(),
      ...lines.map((line) => `    ${line.side}${line.kind}${line.text}`.trimEnd()),
    ]),
  ];
}

/**
 * The object `compare --json` prints.
 *
 * @param problems those of the sources; what the comparison lacks is added
 */
export function comparisonReport(series: Series, comparison: Comparison, problems: readonly Problem[]): object {
  const { from, to, pairs, cover } = comparison;
  return {
    schema: 1,
    id: series.id,
    title: series.title,
    from: revisionName(from),
    to: revisionName(to),
    pairs: pairs.map(pairJson),
    cover: changeText(cover),
    problems: [...problems, ...comparison.problems.map((message) => ({ source: to.source, message }))],
  };
}

function pairJson(pair: ComparedPair): object {
  const { from, to, state, reordered, authorChanged, titleChanged, message, trailers, diff } = pair;
  return {
    from: from?.index ?? null,
    to: to?.index ?? null,
    state,
    reordered,
    title: { from: from?.title ?? null, to: to?.title ?? null },
    changes: [
      ...(authorChanged ? ["author"] : []),
      ...(titleChanged ? ["title"] : []),
      ...(message.length > 0 ? ["message"] : []),
      ...(trailers.length > 0 ? ["trailers"] : []),
      ...(diff.length > 0 ? ["diff"] : []),
    ],
    message: changeText(message),
    trailers: trailers.map(({ side, text }) => `${side}${text}`),
    interdiff:
      diff.length === 0
        ? null
        : diff
            .flatMap(fileLines)
            .map((line) => line.slice(2))
            .join("\n"),
  };
}

/** Null if nothing changed. */
function changeText(change: TextChange): string | null {
  return change.length === 0
    ? null
    : textLines(change)
        .map((line) => line.slice(4))
        .join("\n");
}
