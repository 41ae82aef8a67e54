/** A tree that has moved a file since series on it were posted, and a series that moves another one which it has not moved yet. */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { Author, baseFiles, commit, git, lines } from "./applyGround";

export const movedNamesOf = {
  /** Moved by the tree. */
  old: "arch/s390/kvm/kvm-s390.c",
  now: "arch/s390/kvm/s390/s390.c",
  /** Moved by the series “mover” alone. */
  here: "arch/s390/kvm/vsie.c",
  ahead: "arch/s390/kvm/s390/vsie.c",
} as const;

export interface MovedGround {
  readonly tree: string;
  /** Where the series were made. */
  readonly base: string;
  /** The commit that moved the file. */
  readonly moving: string;
  readonly author: Author;
}

/** Makes the repository, HEAD behind the move, and the series; the name of each says what it does. */
export function makeMovedGround(folder: string): MovedGround {
  const { old, now, here, ahead } = movedNamesOf;
  const tree = path.join(folder, "tree");
  mkdirSync(tree, { recursive: true });
  git(tree, ["init", "-q", "--initial-branch=main", "--template="]);
  git(tree, ["config", "user.name", "Bea Baker"]);
  git(tree, ["config", "user.email", "bea@example.org"]);
  const s390 = (changed: Readonly<Record<number, string>> = {}): string => lines("s390", 60, changed);
  const vsie = (changed: Readonly<Record<number, string>> = {}): string => lines("vsie", 60, changed);
  const base = commit(tree, { ...baseFiles, [old]: s390(), [here]: vsie() }, "base");
  // The author never sees what the tree does next.
  const author = new Author(path.join(folder, "author"), tree);
  const moving = commit(tree, { [old]: null, [now]: s390({ 5: "s390 line 5, moved" }) }, "KVM: s390: Move s390.c");
  commit(tree, { [now]: `one more\n${s390({ 5: "s390 line 5, moved" })}` }, "KVM: s390: Go on");
  author.post({ name: "early", patches: [{ [old]: s390({ 30: "early" }) }, { [old]: s390({ 30: "early", 50: "late" }) }], onto: base });
  author.post({ name: "edge", patches: [{ [old]: s390({ 5: "edge" }) }], onto: base });
  author.post({ name: "plain", patches: [{ [here]: vsie({ 20: "plain" }) }], onto: base });
  author.post({ name: "mover", patches: [{ [here]: null, [ahead]: vsie() }], onto: base, options: ["-M"] });
  const moved = git(author.folder, ["rev-parse", "HEAD"]).trim();
  author.post({ name: "above", patches: [{ [ahead]: vsie({ 20: "above" }) }], onto: moved });
  git(author.folder, ["checkout", "-q", "-B", "apart", base]);
  const without = commit(author.folder, { [old]: null }, "gone");
  author.post({ name: "maker", patches: [{ [old]: "quite another file\n" }], onto: without });
  return { tree, base, moving, author };
}
