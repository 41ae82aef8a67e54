/** An index that a failing disk, a full one or another program has damaged. */

/** In the words of SQLite and of those who unpack records. */
const said = /malformed|not a database|no such (?:table|column)|^a record of the index is cut off|^the index names a word/;

/** Whether an error in reading an index tells of damage: SQLite found its pages broken, or what was packed cannot be unpacked. */
export function isDamage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // Node's own bounds are met by numbers that lead out of a record; a RangeError without a code is a mistake of ours.
  return (error instanceof RangeError && "code" in error) || said.test(error.message);
}
