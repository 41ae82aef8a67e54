/** The texts of the patches that a mail carries. */
import { readDiff, type Diff } from "../diff/diff";
import { bytesOfRaw } from "../rawText";
import { rawOf, utf8OfRaw } from "./exactText";
import type { Mail } from "./mail";

/**
 * The texts of the patches in a mail: its body, then each attachment that has a diff; see `patchesOf` in mailFacts.ts. Where
 * files of `git format-patch` stand one below the other, each is a text of its own, as it is for `git am`.
 *
 * @param bodyDiff the body's diff, where it has been read already
 */
export function patchTexts({ body, patches }: Mail, bodyDiff?: Diff): string[] {
  return [...cutAt(body, cutsIn(body, bodyDiff)), ...patches.filter(holdsDiff).flatMap((text) => cutAt(text, cutsIn(text)))];
}

/** The same as git is to take them, byte for byte; see exactText.ts. */
export function exactPatchTexts({ body, patches, exact }: Mail): string[] {
  const [first = "", ...attached] = exact ?? [body, ...patches].map(rawOf);
  const further = attached.flatMap((raw, at) => {
    const text = patches[at] ?? "";
    return holdsDiff(text) ? cutAt(raw, cutsIn(text)) : [];
  });
  return [...cutAt(first, cutsIn(body)), ...further];
}

const lossyUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The same as an editor shows the lines of the files they are for, which it takes for UTF-8 whatever they are.
 *
 * @param isTold the editor was told what the file is, so that its letters are those that the mail is read with
 */
export function editorPatchTexts(mail: Mail, isTold = false): string[] {
  const texts = patchTexts(mail);
  if (!mail.exact) return texts;
  return exactPatchTexts(mail).map((raw, at) => utf8OfRaw(raw) ?? (isTold ? (texts[at] ?? "") : lossyUtf8.decode(bytesOfRaw(raw))));
}

function holdsDiff(text: string): boolean {
  return readDiff(text).files.length > 0;
}

/** The first line of a file of `git format-patch`; with a `>` in front of it git takes it for text. */
const fileLine = /^From [0-9a-f]{40,64} Mon Sep 17 00:00:00 2001\r?$/gm;

/** Which of those lines part two patches, counted from 0: a diff stands above and below. One that only words introduce is none. */
function cutsIn(text: string, known?: Diff): number[] {
  if (!text.includes("\nFrom ")) return [];
  const lines = [...text.matchAll(fileLine)];
  const { files } = lines.length === 0 ? { files: [] } : (known ?? readDiff(text));
  const cuts: number[] = [];
  let next = 0;
  for (const [place, { index }] of lines.entries()) {
    const first = next;
    while ((files[next]?.end ?? Infinity) <= index) next++;
    if (next > first && next < files.length) cuts.push(place);
  }
  return cuts;
}

function cutAt(text: string, cuts: readonly number[]): string[] {
  if (cuts.length === 0) return [text];
  const lines = [...text.matchAll(fileLine)];
  const starts = [0, ...cuts.map((place) => lines[place]?.index ?? text.length)];
  return starts.map((start, at) => text.slice(start, starts[at + 1]));
}
