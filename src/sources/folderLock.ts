/** Lets one writer at a time into a folder, over all windows and the command line. */
import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { errorCode } from "../core/humanError";

interface FolderLock {
  release(): void;
}

/** How often the holder shows that it lives, in milliseconds. */
const heartbeat = 20_000;
/** A holder that has been silent for this long counts as dead even if its process id exists: ids are used again. */
const expires = 5 * 60_000;

/**
 * Takes a lock; null where another living process, or another call in this one, has it. The lock is a file that names its
 * process. If that process is gone the lock is taken over, so a crash leaves none behind. (SQLite holds the lock of the index,
 * which is stricter. The command line must do without SQLite here, and git's own locks keep a repository whole in any case.)
 */
export function takeFolderLock(file: string): FolderLock | null {
  const own = JSON.stringify({ pid: process.pid, host: hostname(), token: randomUUID() });
  if (!write(file, own) && !(removeDead(file) && write(file, own))) return null;
  const beat = setInterval(() => touch(file), heartbeat);
  beat.unref();
  return {
    release() {
      clearInterval(beat);
      // After a long sleep of the machine the lock may belong to another process.
      if (read(file) === own) rmSync(file, { force: true });
    },
  };
}

function write(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: "wx" });
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

function touch(file: string): void {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // Somebody removed the file by hand; whoever takes the lock next has it.
  }
}

/** Removes the lock of a dead process; false where the process lives. */
function removeDead(file: string): boolean {
  const seen = read(file);
  if (seen === null) return true;
  if (!isDead(file, seen)) return false;
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch {
    // Another process was faster; the next write shows whether it took the lock.
    return true;
  }
  const taken = read(aside);
  try {
    // Another process took over the dead lock between the look and the rename. That process lives, so its lock goes back.
    if (taken !== seen) linkSync(aside, file);
  } catch {
    // A third process has taken the lock meanwhile and keeps it.
  }
  rmSync(aside, { force: true });
  return taken === seen;
}

function isDead(file: string, text: string): boolean {
  try {
    if (Date.now() - statSync(file).mtimeMs > expires) return true;
    const { pid, host } = JSON.parse(text) as { pid?: unknown; host?: unknown };
    if (host !== hostname() || typeof pid !== "number" || !Number.isSafeInteger(pid) || pid <= 0) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // A process that may not be signalled (EPERM) lives, and a text that is not whole yet is being written.
    return errorCode(error) === "ESRCH";
  }
}
