/** The texts of the patches that a mail carries. */
import { readDiff } from "../diff/diff";
import type { Mail } from "./mail";

/** The texts of the patches in a mail: its body, then each attachment that has a diff; see `patchesOf` in mailFacts.ts. */
export function patchTexts(mail: Mail): string[] {
  return [mail.body, ...mail.patches.filter((attached) => readDiff(attached).files.length > 0)];
}

/** The same as git is to take them: with the CR that ends lines of the files they are for. */
export function exactPatchTexts(mail: Mail): string[] {
  const [body, ...patches] = mail.exact ?? [];
  return patchTexts(body === undefined ? mail : { ...mail, body, patches });
}
