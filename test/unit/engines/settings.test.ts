import assert from "node:assert/strict";
import { expandPath, listUrlOf, parseGitPath, parseListUrls, parseSubsystemRules } from "../../../src/engines/settings";

const home = "/home/ada";
const folders = new Map([
  ["linux", "/src/linux"],
  ["qemu", "/src/qemu"],
]);

suite("settings", () => {
  const paths: ReadonlyArray<readonly [string, string, string | null]> = [
    ["~/mail", "/home/ada/mail", null],
    ["~bruno/mail", "/src/linux/~bruno/mail", "/src/linux"],
    ["${userHome}/mail", "/home/ada/mail", "/src/linux"],
    ["${workspaceFolder}/mail", "/src/qemu/mail", "/src/qemu"],
    ["mail/kvm.mbox", "/src/qemu/mail/kvm.mbox", "/src/qemu"],
    ["mail", "/home/ada/mail", null],
    ["${workspaceFolder:qemu}/mail", "/src/qemu/mail", "/src/linux"],
    ["${workspaceFolder:none}/mail", "/src/linux/${workspaceFolder:none}/mail", "/src/linux"],
    [" /mail/$& ", "/mail/$&", "/src/linux"],
    [" https://lore.kernel.org/kvm/ ", "https://lore.kernel.org/kvm/", "/src/linux"],
  ];
  for (const [written, meant, folder] of paths)
    test(`${written} in ${folder ?? "no folder"} is ${meant}`, () => assert.equal(expandPath(written, { home, folder, folders }), meant));

  const gits: ReadonlyArray<readonly [unknown, string | undefined]> = [
    ["/opt/git", "/opt/git"],
    [["/no/git", "/opt/git", "/usr/bin/git"], "/opt/git"],
    [["/no/git"], undefined],
    [[], undefined],
    ["", undefined],
    [null, undefined],
    [{ path: "/opt/git" }, undefined],
    [[7, "/usr/bin/git"], "/usr/bin/git"],
  ];
  for (const [value, meant] of gits)
    test(`git.path ${JSON.stringify(value)} is ${meant ?? "the git on PATH"}`, () =>
      assert.equal(
        parseGitPath(value, (path) => path === "/opt/git" || path === "/usr/bin/git"),
        meant,
      ));

  const urls = {
    kvm: "https://example.org/kvm/",
    "qemu-devel@lists.example.org": "https://example.org/q/",
    "Selftests.lists.example.org": "https://example.org/s/",
    "*": "https://example.org/all/",
    wrong: 7,
  };
  const lists: ReadonlyArray<readonly [unknown, readonly string[], string]> = [
    [" https://example.org/one/ ", ["kvm.lists.example.org"], "https://example.org/one/"],
    [urls, ["kvm.lists.example.org"], "https://example.org/kvm/"],
    [urls, ["kvm"], "https://example.org/kvm/"],
    [urls, ["qemu-devel.lists.example.org"], "https://example.org/q/"],
    [urls, ["selftests.lists.example.org"], "https://example.org/s/"],
    // The first list of a mail that is named counts.
    [urls, ["unknown.lists.example.org", "qemu-devel.lists.example.org"], "https://example.org/q/"],
    [urls, ["wrong.lists.example.org"], "https://example.org/all/"],
    [urls, [], "https://example.org/all/"],
    [{}, ["kvm.lists.example.org"], "https://lore.kernel.org/kvm/"],
    ["", [], "https://lore.kernel.org/kvm/"],
    [["https://example.org/"], [], "https://lore.kernel.org/kvm/"],
    [null, [], "https://lore.kernel.org/kvm/"],
  ];
  for (const [value, of, meant] of lists)
    test(`mail of ${of.join() || "no list"} with listUrl ${JSON.stringify(value).slice(0, 40)} is at ${meant}`, () =>
      assert.equal(listUrlOf(parseListUrls(value), of), meant));

  test("rules of subsystems: what has no name is left out, what is no list of texts counts as none", () =>
    assert.deepEqual(parseSubsystemRules([{ name: "mine", titles: ["a", 7], paths: "b" }, { titles: ["a"] }, null, "x"]), [
      { name: "mine", titles: ["a"], paths: [] },
    ]));
});
