/** What is said of a file that mail calls by a name which the open tree does not have. */
import type { MovedName } from "../core/paths/moves";
import { visibleText } from "./escape";

/** `moved from arch/s390/kvm/kvm-s390.c`; of a series that is ahead of the tree, what it has moved the file to. */
export function movedText({ name, when }: MovedName): string {
  return when === "before" ? `moved from ${visibleText(name)}` : `moved to ${visibleText(name)} ahead of this tree`;
}

/** What tells so: `by commit 1a2b3c4d5e6f`, `by a pending series`. */
export function movedBy({ by }: MovedName): string {
  return "commit" in by ? `by commit ${by.commit.slice(0, 12)}` : "by a pending series";
}

/** The same for programs. */
export function movedJson({ name, when, by }: MovedName): object {
  return { [when === "before" ? "movedFrom" : "movedTo"]: name, movedBy: by };
}
