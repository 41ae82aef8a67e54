/** Which patches of a series are meant by `1-3,5`, `3-` and `-2`. */
import { HumanError } from "../core/humanError";
import { UsageError } from "./call";

export interface PatchNumbers {
  has(index: number): boolean;
  /** Throws a `HumanError` for a number that a series of so many patches has not. */
  within(count: number): void;
}

type Range = readonly [first: number, last: number];

/** Reads the value of `-P`; throws a `UsageError` for one that names no patches. */
export function readPatchNumbers(text: string): PatchNumbers {
  const parts = text.split(",").map((part) => part.trim());
  const ranges = parts.filter((part) => part !== "").map((part): Range => readPart(part) ?? refuse(text));
  if (ranges.length === 0) refuse(text);
  return {
    has: (index) => ranges.some(([first, last]) => first <= index && index <= last),
    within(count) {
      for (const [first, last] of ranges)
        if (first > count)
          throw new HumanError(
            `The series has ${count === 1 ? "1 patch" : `${count} patches`}, so there is none of -P ${written(first, last)}.`,
          );
    },
  };
}

function readPart(part: string): Range | null {
  const found = /^(\d{1,6})?(-)?(\d{1,6})?$/.exec(part);
  if (!found || part === "-") return null;
  const [, first, dash, last] = found;
  const range: Range = [Number(first ?? 1), Number(last ?? (dash === undefined ? first : Infinity))];
  return range[0] >= 1 && range[0] <= range[1] ? range : null;
}

function refuse(text: string): never {
  throw new UsageError(`-P takes numbers of patches such as 1-3,5 or 4-, not “${text}”.`);
}

function written(first: number, last: number): string {
  return last === first ? String(first) : `${first}-${last === Infinity ? "" : last}`;
}
