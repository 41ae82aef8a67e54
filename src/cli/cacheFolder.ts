/** Where the command line keeps what it has read between calls: what is there can be deleted at any time. */
import { accessSync, constants, mkdirSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

export function cacheFolder(): string {
  const wanted = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "kvm-series");
  try {
    mkdirSync(wanted, { recursive: true });
    accessSync(wanted, constants.W_OK);
    return wanted;
  } catch {
    return join(tmpdir(), "kvm-series");
  }
}

/** What is asked of the history of a checkout for moved files, and where the answers are kept. */
export function moveOptions(): { readonly cache: string; readonly binary: string | undefined } {
  return { cache: join(cacheFolder(), "moves.json"), binary: process.env["KVM_SERIES_GIT"] };
}
