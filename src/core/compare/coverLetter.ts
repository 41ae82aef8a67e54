/** The part of a cover letter that its author wrote. */
import { parseDiffstat } from "../diff/diffstat";
import { readPatchBody } from "../mail/mailinfo";
import { parseShortlog } from "../mail/shortlog";

/** Lines that git prints below a diffstat for files that came, went or moved. */
const summaryLines = /(?:\n (?:create|delete) mode \d{6} .*|\n (?:rename|copy) .* \(\d{1,3}%\)|\n mode change .*)*/y;

/** A cover letter without the parts that are generated for each revision: shortlog, diffstat and signature. */
export function bareLetter(whole: string): string {
  const letter = whole.slice(0, readPatchBody(whole).signatureStart);
  const ranges: Array<{ readonly start: number; readonly end: number }> = [];
  const shortlog = parseShortlog(letter);
  if (shortlog) ranges.push(shortlog);
  const diffstat = parseDiffstat(letter);
  if (diffstat) {
    summaryLines.lastIndex = diffstat.end;
    ranges.push({ start: diffstat.start, end: diffstat.end + (summaryLines.exec(letter)?.[0].length ?? 0) });
  }
  let [text, at] = ["", 0];
  for (const { start, end } of ranges.sort((first, second) => first.start - second.start)) {
    text += letter.slice(at, Math.max(at, start));
    at = Math.max(at, end);
  }
  return (text + letter.slice(at)).replace(/\n{3,}/g, "\n\n");
}
