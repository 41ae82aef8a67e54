import assert from "node:assert/strict";
import { decodeText, looksBinary } from "../../../../src/core/mail/charset";

suite("charset of a file", () => {
  const rows: ReadonlyArray<readonly [string, Uint8Array, string, string]> = [
    ["UTF-8", Buffer.from("Zoë\n"), "Zoë\n", "utf-8"],
    ["UTF-8 with a mark", Buffer.from("\uFEFFZoë"), "Zoë", "utf-8"],
    ["UTF-16, little end first", Buffer.from("\uFEFFZoë", "utf16le"), "Zoë", "utf-16le"],
    ["UTF-16, big end first", Buffer.from("\uFEFFZoë", "utf16le").swap16(), "Zoë", "utf-16be"],
    ["windows-1252", Buffer.from("Zo\xeb \x80\n", "latin1"), "Zoë €\n", "windows-1252"],
    [
      "both, by the line",
      Buffer.concat([Buffer.from("Zoë\n"), Buffer.from("Zo\xeb\n", "latin1"), Buffer.from("Zoë")]),
      "Zoë\nZoë\nZoë",
      "windows-1252",
    ],
    ["cut in the middle of a letter", Buffer.from("Zoë\nZoë").subarray(0, -1), "Zoë\nZoÃ", "windows-1252"],
    ["nothing", new Uint8Array(), "", "utf-8"],
    ["half a mark", Uint8Array.of(0xff), "ÿ", "windows-1252"],
  ];
  for (const [name, bytes, text, charset] of rows) test(name, () => assert.deepEqual(decodeText(bytes), { text, charset }));

  test("binary is what has a NUL early on and is not UTF-16", () => {
    assert(looksBinary(Uint8Array.of(1, 0, 2)));
    assert(!looksBinary(Buffer.from("text")));
    assert(!looksBinary(Buffer.from("\uFEFFtext", "utf16le")));
    assert(!looksBinary(Buffer.concat([Buffer.alloc(9000, "x"), Uint8Array.of(0)])));
  });
});
