/** One writer of a folder at a time, over all windows and the command line. */
import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";

interface FolderLock {
  release(): void;
}

/** The holder says this often that it lives, in milliseconds. */
const heartbeat = 20_000;
/** One that has said nothing for this long does not live, whatever its process id tells: ids are given again. */
const expires = 5 * 60_000;

/**
 * Takes a lock; null where another living process, or another call in this one, has it. The lock is a file that names its
 * process: where that is gone the lock is taken over, so that none is left behind by a crash. (The index has SQLite hold its
 * lock, which is stricter; here the command line must do without, and git's own locks keep a repository whole in any case.)
 */
export function takeFolderLock(file: string): FolderLock | null {
  const own = JSON.stringify({ pid: process.pid, host: hostname(), token: randomUUID() });
  if (!write(file, own) && !(removeDead(file) && write(file, own))) return null;
  const beat = setInterval(() => touch(file), heartbeat);
  beat.unref();
  return {
    release() {
      clearInterval(beat);
      // After a long sleep of the machine it may be another's by now.
      if (read(file) === own) rmSync(file, { force: true });
    },
  };
}

function write(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
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
    // Somebody removed the file by hand: the lock then is whoever's takes it next.
  }
}

/** Takes away the lock of a process that is gone; false where it lives. */
function removeDead(file: string): boolean {
  const seen = read(file);
  if (seen === null) return true;
  if (!isDead(file, seen)) return false;
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch {
    // Another process was faster; whether it then took the lock shows when it is written.
    return true;
  }
  const taken = read(aside);
  try {
    // Another process took over the dead lock between the look and the rename: this one is alive and goes back.
    if (taken !== seen) linkSync(aside, file);
  } catch {
    // Meanwhile there is a third one, which keeps it.
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
    // Not allowed to signal it (EPERM) is alive; a text that is not whole yet is being written.
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
