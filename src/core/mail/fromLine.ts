/** Lines of a mail that `git mailsplit` takes for the first line of another one. */

const word = "From ";
/** What stands behind the minutes of the year's place: as C reads a number, blanks and a sign in front of it. */
const yearThere = /[ \t\v\f\r]*\+?(\d+)/y;
/** A number above this is a year to git. */
const lastNoYear = 90;

/** Whether another mail would begin in a text that stands in an mbox. */
export function hasFromLine(text: string): boolean {
  for (const at of linesThatBeginWithFrom(text)) {
    const lineEnd = text.indexOf("\n", at);
    if (isFromLine(text.slice(at, lineEnd < 0 ? text.length : lineEnd))) return true;
  }
  return false;
}

function* linesThatBeginWithFrom(text: string): Generator<number> {
  if (text.startsWith(word)) yield 0;
  for (let at = text.indexOf(`\n${word}`); at >= 0; at = text.indexOf(`\n${word}`, at + 1)) yield at + 1;
}

/**
 * Git's own rule: around the last colon of the line stand the digits of a time, `1:02:03`, and behind them a number that may
 * be a year. What else the line says counts for nothing. Lines too short for git count too, since nobody writes one.
 */
export function isFromLine(line: string): boolean {
  if (!line.startsWith(word)) return false;
  // A colon that ends the line is passed over.
  const colon = line.lastIndexOf(":", line.length - 2);
  if (colon < word.length) return false;
  if (![-4, -2, -1, 1, 2].every((place) => isDigit(line.charCodeAt(colon + place)))) return false;
  yearThere.lastIndex = colon + "00".length + 1;
  const year = yearThere.exec(line)?.[1];
  return year !== undefined && Number(year) > lastNoYear;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
