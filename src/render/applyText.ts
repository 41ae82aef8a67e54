/** What is said of whether a series applies: in a word beside it, and in a sentence. */
import type { ApplyAnswer, MovedAnswer } from "../core/series/applyAnswer";
import { visibleText } from "./escape";
import { plural, titleText } from "./labels";

/** Beside a series: `applies`, `conflicts in tdx.c at 3/16`; empty where there is nothing to say of it. */
export function applyLabel(answer: ApplyAnswer, expected: number): string {
  const file = answer.file === null ? "" : ` in ${visibleText(answer.file.slice(answer.file.lastIndexOf("/") + 1))}`;
  const at = answer.patch === null || expected === 1 ? "" : ` at ${answer.patch}/${expected}`;
  const partly = answer.alreadyIn.length > 0 ? `, ${answer.alreadyIn.length} of ${expected} in` : "";
  switch (answer.state) {
    case "applies":
      return `✓ applies${answer.onTopOf.length > 0 ? " on top of another" : ""}${partly}`;
    case "applies-3way":
      return `✓ merges${answer.onTopOf.length > 0 ? " on top of another" : ""}${partly}`;
    case "conflicts":
      return `conflicts${file}${at}${partly}`;
    case "already-in":
      return "already in";
    case "base-unknown":
      return `does not apply${file}${at}${partly}`;
    case "not-in-this-tree":
      return "another tree";
    case "incomplete":
      return answer.mangled.length > 0 ? `damaged${at}` : "patches missing";
    case "unknown":
      return "";
  }
}

/** Whether an answer is good news; null where it is none at all. */
export function applyTone({ state }: ApplyAnswer): "good" | "bad" | "past" | null {
  if (state === "applies" || state === "applies-3way") return "good";
  if (state === "conflicts" || state === "base-unknown") return "bad";
  return state === "already-in" ? "past" : null;
}

/**
 * The whole of an answer, for those who ask.
 *
 * @param base what it was checked against, as the person calls it
 */
export function applySentence(answer: ApplyAnswer, base: string): string {
  const more = [
    answer.alreadyIn.length > 0 && answer.state !== "already-in" ? `${numbers(answer.alreadyIn)} already in.` : "",
    answer.base ? baseSentence(answer.base, answer.state) : "",
    answer.why === null ? "" : visibleText(answer.why),
    answer.moved ? movedSentence(answer.moved, visibleText(base)) : "",
  ];
  return [stateSentence(answer, visibleText(base)), ...more].filter(Boolean).join(" ");
}

function stateSentence(answer: ApplyAnswer, base: string): string {
  const { state, patch, file, offset, missing, mangled, onTopOf } = answer;
  const where = `${file === null ? "" : ` in ${visibleText(file)}`}${patch === null ? "" : ` at patch ${patch}`}`;
  const below = onTopOf.length > 0 ? ` on top of ${onTopOf.map(({ title }) => `“${titleText(title)}”`).join(" and ")}` : "";
  switch (state) {
    case "applies":
      return `It applies to ${base}${below}${offset > 0 ? `, moved by up to ${plural(offset, "line")}` : ""}.`;
    case "applies-3way":
      return `It applies to ${base}${below} with a three-way merge that leaves nothing to resolve.`;
    case "conflicts":
      return `It conflicts with ${base}${where}.`;
    case "already-in":
      return `${base} has all of it already.`;
    case "base-unknown":
      return `It does not apply to ${base}${where}, and what it was made for is not in this repository, so that no merge can be tried.`;
    case "not-in-this-tree":
      return `None of the files it changes is in ${base}.`;
    case "incomplete":
      return mangled.length > 0
        ? `${numbers(mangled)} damaged on the way, so that git cannot read all of it.`
        : `${numbers(missing)} missing, so that it cannot be checked.`;
    case "unknown":
      return `Whether it applies to ${base} is not known.`;
  }
}

/** What of it has another name by now, and whether that is all that stands in the way. */
function movedSentence({ files, state }: MovedAnswer, base: string): string {
  const [first] = files;
  const what =
    files.length === 1 && first
      ? `${visibleText(first.to)} was moved from ${visibleText(first.from)}`
      : `${files.length} of its files were moved`;
  const under = files.length === 1 ? "that name" : "their new names";
  switch (state) {
    case "applies":
      return `${what}; under ${under} it applies.`;
    case "applies-3way":
      return `${what}; under ${under} it applies with a three-way merge.`;
    case "already-in":
      return `${what}.`;
    default:
      return `${what}; under ${under} it does not apply to ${base} either.`;
  }
}

function baseSentence({ commit, applies }: NonNullable<ApplyAnswer["base"]>, state: ApplyAnswer["state"]): string {
  const short = commit.slice(0, 12);
  if (!applies) return `It does not apply to the commit ${short} either, which it says it was made for.`;
  return `It ${state === "applies-3way" ? "applies as it is" : "does apply"} to the commit ${short}, which it says it was made for.`;
}

/** `Patch 2 is`, `Patches 1-3, 5 are`. */
function numbers(patches: readonly number[]): string {
  const ranges: Array<[number, number]> = [];
  for (const patch of patches) {
    const last = ranges.at(-1);
    if (last?.[1] === patch - 1) last[1] = patch;
    else ranges.push([patch, patch]);
  }
  const text = ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(", ");
  return patches.length === 1 ? `Patch ${text} is` : `Patches ${text} are`;
}
