/** Two postings of an invented series, written as the lines of their diffs, and what comparing them tells. */
import { type Comparison, compareRevisions } from "../../src/core/compare/compareRevisions";
import type { Author } from "../../src/core/mail/author";
import type { Mail } from "../../src/core/mail/mail";
import { alex, context, day, madeMail, revisionsOf, start } from "./madeMail";
import { mailFactsOf } from "../../src/core/postings/mailFacts";

export interface MadePatch {
  readonly title: string;
  /** The hunks by path: rows of a diff with their first column, see `hunk`. */
  readonly files: Readonly<Record<string, readonly MadeHunk[]>>;
  readonly message?: string;
  readonly trailers?: readonly string[];
  readonly from?: Author;
}

export interface MadeHunk {
  readonly line: number;
  readonly heading: string;
  readonly rows: readonly string[];
}

/** A hunk of some rows, with lines of context around them that belong to its function. */
export function hunk(heading: string, rows: readonly string[], line = 10): MadeHunk {
  const around = [`	begin_${heading}();`, `	end_${heading}();`];
  return { line, heading: `void ${heading}(void)`, rows: [` ${around[0] ?? ""}`, ...rows, ` ${around[1] ?? ""}`] };
}

/** A patch that adds lines in one function of a file. */
export function adding(title: string, path: string, ...lines: readonly string[]): MadePatch {
  return {
    title,
    files: {
      [path]: [
        hunk(
          "warm",
          lines.map((line) => `+${line}`),
        ),
      ],
    },
  };
}

/** The same change further down, with another line above it. */
export function drifted(patch: MadePatch): MadePatch {
  const moved = Object.entries(patch.files).map(([path, hunks]) => [
    path,
    hunks.map((one) => ({ ...one, line: one.line + 300, rows: [" 	other_lines();", ...one.rows] })),
  ]);
  return { ...patch, files: Object.fromEntries(moved) as MadePatch["files"] };
}

export function bodyOf({ files, message = "Because.", trailers = [] }: MadePatch): string {
  const signed = [...trailers, "Signed-off-by: Alex Archer <alex@example.org>"].join("\n");
  return `${message}\n\n${signed}\n---\n${Object.entries(files).map(fileDiff).join("")}-- \n2.39.5\n`;
}

function fileDiff([path, hunks]: readonly [string, readonly MadeHunk[]]): string {
  const parts = hunks.map(({ line, heading, rows }) => {
    const olds = rows.filter((row) => !row.startsWith("+")).length;
    const news = rows.filter((row) => !row.startsWith("-")).length;
    return `@@ -${line},${olds} +${line},${news} @@ ${heading}\n${rows.join("\n")}\n`;
  });
  return `diff --git a/${path} b/${path}\nindex 1111111..2222222 100644\n--- a/${path}\n+++ b/${path}\n${parts.join("")}`;
}

/** The mails of a posting with a cover letter; null stands for a mail that is not there. */
export function postingOf(version: number, patches: ReadonlyArray<MadePatch | null>, letter = "Hello.\n"): Mail[] {
  const lead = `v${version}-0@example.org`;
  const number = (index: number): string => `[PATCH v${version} ${index}/${patches.length}]`;
  const at = start + version * day;
  return [
    madeMail({ id: lead, subject: `${number(0)} KVM: x86: Add teapots`, at, body: letter }),
    ...patches.flatMap((patch, place) =>
      patch === null
        ? []
        : [
            madeMail({
              id: `v${version}-${place + 1}@example.org`,
              subject: `${number(place + 1)} ${patch.title}`,
              from: patch.from ?? alex,
              at: at + (place + 1) * 1000,
              to: lead,
              body: bodyOf(patch),
            }),
          ],
    ),
  ];
}

/**
 * Compares two postings of one series.
 *
 * @param lost the Message-IDs of mails that cannot be read any more
 */
export function comparisonOf(before: readonly Mail[], after: readonly Mail[], lost: readonly string[] = []): Comparison {
  const mails = [...before, ...after];
  const [from, to, ...more] = revisionsOf(mails.map((mail) => mailFactsOf(mail, context)));
  if (!from || !to || more.length > 0) throw new Error("the mails are not two revisions of one series");
  const byId = new Map(mails.map((mail) => [mail.messageId ?? "", mail]));
  for (const id of lost) byId.delete(id);
  return compareRevisions(from, to, byId);
}

/** The same of patches. */
export function compared(before: ReadonlyArray<MadePatch | null>, after: ReadonlyArray<MadePatch | null>): Comparison {
  return comparisonOf(postingOf(1, before), postingOf(2, after));
}

/** `1>2 moved`: the pairs in short; `-` where there is none. */
export function pairsInShort({ pairs }: Comparison): string[] {
  return pairs.map(({ from, to, state, reordered }) => `${from?.index ?? "-"}>${to?.index ?? "-"} ${state}${reordered ? "*" : ""}`);
}

/** The rows of an interdiff in which the two diffs differ, each with both columns. */
export function differingRows({ pairs }: Comparison): string[] {
  return pairs.flatMap(({ diff }) =>
    diff.flatMap(({ hunks }) =>
      hunks.flatMap(({ lines }) => lines.flatMap(({ side, kind, text }) => (side === " " ? [] : [side + kind + text]))),
    ),
  );
}
