/** The cases that are written down as files in test/cases; README.md there says how to add one. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { caseFolders, caseProblems, casesFolder, expectedText, outputOf } from "../../support/caseFiles";

suite("cases", () => {
  for (const one of caseFolders(casesFolder)) {
    test(one.name, () => {
      assert.deepEqual(caseProblems(one), []);
      const expected = expectedText(one);
      assert.notEqual(expected, null, `test/cases/${one.name} has no expected.json; “npm run cases:update” writes it.`);
      const about = readFileSync(join(one.path, "about.txt"), "utf8").trim();
      assert.equal(outputOf(one), expected, `${about} If the new output is right, “npm run cases:update” writes it.`);
      if (one.kind === "assembly") assert.equal(outputOf(one, true), expected, "The order of the mails changes the output.");
    });
  }
});

suite("the files of a case", () => {
  let root = "";
  setup(() => (root = mkdtempSync(join(tmpdir(), "kvm-series-cases-"))));
  teardown(() => rmSync(root, { recursive: true }));

  const mail = "From: a@example.org\nSubject: [PATCH] KVM: T\nMessage-ID: <m@example.org>\n\nHello.\n";
  const whole = { "input.eml": mail, "about.txt": "A patch without a diff.\n", "expected.json": "[]\n" };

  /** What is wrong with a case of mail that has some files. */
  function problemsOf(files: Readonly<Record<string, string>>): string {
    for (const kind of ["assembly", "mail"]) mkdirSync(join(root, kind));
    mkdirSync(join(root, "mail", "one"));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, "mail", "one", name), text);
    const [one, ...others] = caseFolders(root);
    assert.ok(one);
    assert.deepEqual(others, []);
    return [...caseProblems(one), ...(expectedText(one) === null ? ["no expected.json"] : [])].join("\n");
  }

  test("are all there", () => assert.equal(problemsOf(whole), ""));

  for (const file of ["input.eml", "about.txt", "expected.json"] as const) {
    test(`without ${file} it fails`, () => {
      const others = Object.fromEntries(Object.entries(whole).filter(([name]) => name !== file));
      assert.ok(problemsOf(others).includes(file));
    });
  }

  test("a text about it that is no single line fails", () => {
    assert.match(problemsOf({ ...whole, "about.txt": "One.\nTwo.\n" }), /about\.txt of one line/);
  });

  test("a digest is no mail, and a file that nobody reads is a mistake", () => {
    assert.match(problemsOf({ ...whole, "input.txt": "From a to b\n", "inptu.mbox": "" }), /has a digest[^]*inptu\.mbox is none/);
  });
});
