/** The texts of the patches that a mail carries. */
import { readDiff } from "../diff/diff";
import { rawOf } from "./exactText";
import type { Mail } from "./mail";

/** The texts of the patches in a mail: its body, then each attachment that has a diff; see `patchesOf` in mailFacts.ts. */
export function patchTexts(mail: Mail): string[] {
  return [mail.body, ...mail.patches.filter(holdsDiff)];
}

/** The same as git is to take them, byte for byte; see exactText.ts. */
export function exactPatchTexts({ body, patches, exact }: Mail): string[] {
  const [first = "", ...attached] = exact ?? [body, ...patches].map(rawOf);
  return [first, ...attached.filter((_, at) => holdsDiff(patches[at] ?? ""))];
}

function holdsDiff(text: string): boolean {
  return readDiff(text).files.length > 0;
}
