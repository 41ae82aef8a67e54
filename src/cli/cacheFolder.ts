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
