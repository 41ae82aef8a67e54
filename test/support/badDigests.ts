import { open, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { digestText, lonePatch } from "./digestText";

/** Files that are no digests, or odd ones, and the sentence each shall bring; null where it is read like any other. */
export const badDigests: ReadonlyArray<readonly [name: string, sentence: string | null]> = [
  ["crlf.txt", null],
  ["latin1.txt", null],
  ["utf16.txt", null],
  ["not-a-digest.txt", "This is neither a digest nor mail; name a digest, an mbox, a mail, or the folder of an archive."],
  ["empty.txt", "The file is empty."],
  ["truncated.txt", "The digest ends in the middle of the entry “[PATCH] KVM: x86: Cut short”; what is there was read."],
  ["large.txt", "The file is larger than the 48 MB limit for digests."],
  ["binary.txt", "This is neither a digest nor mail, but a binary file; name a digest, an mbox, a mail, or the folder of an archive."],
  ["missing.txt", "There is no such file or folder; check its name."],
  ["empty.txt/below", "Part of the path is not a folder; check its name."],
];

/** Writes the files of `badDigests` that can be written. */
export async function writeBadDigests(folder: string): Promise<void> {
  const write = (name: string, content: string | Uint8Array) => writeFile(path.join(folder, name), content);
  const digest = (title: string) => digestText([lonePatch(title)]);
  await write("crlf.txt", digest("KVM: x86: From Windows").replaceAll("\n", "\r\n"));
  const western = digestText([{ ...lonePatch("KVM: x86: From the west"), author: "Greta Blüm <greta@z.example.com>" }]);
  await write("latin1.txt", Buffer.from(western, "latin1"));
  await write("utf16.txt", Buffer.from(`\ufeff${digest("KVM: x86: Two bytes a letter")}`, "utf16le"));
  await write("not-a-digest.txt", "Dear diary,\n");
  await write("empty.txt", "");
  const whole = digestText([lonePatch("KVM: x86: Still whole"), lonePatch("KVM: x86: Cut short")]);
  await write("truncated.txt", whole.slice(0, whole.lastIndexOf("Hello.") + 3));
  await write("binary.txt", await readFile(process.execPath).then((bytes) => bytes.subarray(0, 5000)));
  // A file with a hole: it takes no room on the disk.
  const large = await open(path.join(folder, "large.txt"), "w");
  await large.truncate(60 * 1024 * 1024);
  await large.close();
}
