/** Small files that keep what was found out, for the next window or call. What is in one can be found out again at any time. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** What a file keeps in the form of a version; nothing where it is not there, is damaged, or has another form. */
export async function readKept(file: string, version: number): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    return typeof value === "object" && value !== null && "version" in value && value.version === version ? { ...value } : {};
  } catch {
    return {};
  }
}

export async function writeKept(file: string, version: number, kept: Readonly<Record<string, unknown>>): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  // A window that reads it meanwhile sees the old file or the new one, and two that write do not mix theirs.
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, JSON.stringify({ version, ...kept }));
  await rename(draft, file);
}
