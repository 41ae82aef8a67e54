/** A file that cannot be read is called by its name, and what to do with it is said. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { unknownFileSentence } from "../../../src/sources/fileKind";

const tar = Buffer.alloc(512);
tar.write("ustar", 257, "latin1");

const files: Readonly<Record<string, readonly [Uint8Array, RegExp]>> = {
  xz: [Buffer.from("fd377a585a0000", "hex"), /^This is packed with xz; unpack it, as in “xzcat FILE \| kvm-series series -”\.$/],
  bzip2: [Buffer.from("BZh91AY"), /bzip2; unpack it/],
  zstd: [Buffer.from("28b52ffd04", "hex"), /zstd; unpack it/],
  zip: [Buffer.from("PK\x03\x04"), /zip archive; unpack it/],
  tar: [tar, /tar archive; unpack it/],
  bundle: [Buffer.from("# v2 git bundle\n"), /git bundle; clone it with “git clone --bare FILE”/],
  "web page": [Buffer.from("\n<!DOCTYPE html><html>"), /web page; fetch the thread as “t\.mbox\.gz”/],
  "other bytes": [gzipSync("x").subarray(2), /^This is neither a digest nor mail, but a binary file; name /],
  text: [
    Buffer.from("Dear diary,\n"),
    /^This is neither a digest nor mail; name a digest, an mbox, a mail, or the folder of an archive\.$/,
  ],
  "a page that only speaks of one": [Buffer.from("See <html>"), /^This is neither a digest nor mail; name /],
};

suite("files that cannot be read", () => {
  for (const [name, [bytes, sentence]] of Object.entries(files)) {
    test(name, () => assert.match(unknownFileSentence(bytes), sentence));
  }
});
