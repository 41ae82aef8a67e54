/** The texts of the patches that a mail carries. */
import { readDiff } from "../diff/diff";
import { bytesOfRaw } from "../rawText";
import { rawOf, utf8OfRaw } from "./exactText";
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
