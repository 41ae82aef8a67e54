import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { maintainersMatcher, parseMaintainers } from "../../../../src/core/subsystem/maintainers";
import { root } from "../../../host/paths";

const TEXT = `List of maintainers
===================

\tF:\tdrivers/net/\tdescriptions are indented and are no fields

HYPERVISOR CORE (HV)
M:\tAda Example <ada@example.org>
L:\thv@lists.example.org (moderated for non-subscribers)
L:\tall@lists.example.org
S:\tSupported
F:\tvirt/hv/
F:\tinclude/linux/hv*
X:\tvirt/hv/attic/

HYPERVISOR FOR TOASTERS
S:\tMaintained
# A comment does not end the section.

F:\tvirt/hv/toaster/slot?.[ch]
F:\tDocumentation/hv
K:\ttoaster

ANY CORE FILE
F:\tvirt/**/core.c
F:\t*/hv/*
N:\t[^a-z]toast

THE REST
S:\tBuried alive in reporters
F:\t*
F:\t*/
`;

suite("maintainers", () => {
  const titlesIn = (text: string, path: string): readonly string[] =>
    maintainersMatcher(parseMaintainers(text))(path).map(({ title }) => title);
  const titles = (path: string): readonly string[] => titlesIn(TEXT, path);
  const CORE = "HYPERVISOR CORE (HV)";
  const TOASTER = "HYPERVISOR FOR TOASTERS";

  test("sections have their patterns as written, and an indented description is no field", () => {
    assert.deepEqual(parseMaintainers(TEXT).slice(0, 2), [
      {
        title: CORE,
        files: ["virt/hv/", "include/linux/hv*"],
        excludes: ["virt/hv/attic/"],
        regexes: [],
      },
      {
        title: TOASTER,
        files: ["virt/hv/toaster/slot?.[ch]", "Documentation/hv"],
        excludes: [],
        regexes: [],
      },
    ]);
  });

  test("the deepest pattern comes first, a name (N:) after every path, the rest last", () => {
    assert.deepEqual(titles("virt/hv/toaster/slot1.c"), [TOASTER, CORE, "ANY CORE FILE", "THE REST"]);
  });

  test("a star crosses no more slashes than the pattern has, two stars cross any", () => {
    assert.deepEqual(titles("include/linux/hv_host.h"), [CORE, "THE REST"]);
    assert.deepEqual(titles("include/linux/hv/deep.h"), ["THE REST"]);
    assert.deepEqual(titles("virt/a/b/core.c"), ["ANY CORE FILE", "THE REST"]);
    assert.deepEqual(titles("drivers/hv/a.c"), ["ANY CORE FILE", "THE REST"]);
    assert.deepEqual(titles("drivers/hv/deep/a.c"), ["THE REST"]);
  });

  test("an exclusion takes the section out, other sections stay", () => {
    assert.deepEqual(titles("virt/hv/attic/core.c"), ["ANY CORE FILE", "THE REST"]);
  });

  test("the end of a pattern is open, as in Perl, up to the next slash", () => {
    assert.deepEqual(titles("Documentation/hv.rst"), [TOASTER, "THE REST"]);
    assert.deepEqual(titles("Documentation/hvx/slots.rst"), ["THE REST"]);
  });

  test("a folder written without its slash still means what is below it", () => {
    assert.deepEqual(titles("Documentation/hv/deep/slots.rst"), [TOASTER, "THE REST"]);
  });

  test("of several patterns of one section the last one gives the depth", () => {
    assert.deepEqual(titlesIn("A\nF:\ta/b/c/\nF:\ta/\n\nB\nF:\ta/b/\n", "a/b/c/d.c"), ["B", "A"]);
  });

  test("a pattern no one could mean is left out and the others work", () => {
    const odd = maintainersMatcher(parseMaintainers("A\nN:\t(a+)+$\nN:\t[z-a]\nF:\ta/[b\nX:\t*(\nF:\tgood/\n\nB\nN:\tg o # comment\n"));
    assert.deepEqual(
      odd("good/file.c").map(({ title }) => title),
      ["A"],
    );
    assert.deepEqual(odd("a/[b"), []);
    assert.deepEqual(odd("/etc/passwd"), []);
    assert.deepEqual(odd(""), []);
    assert.deepEqual(parseMaintainers(""), []);
    assert.deepEqual(parseMaintainers("just prose\n\0\uFFFF"), []);
  });

  test("the sample tree has an owner for every file", () => {
    const text = readFileSync(join(root, "test/fixtures/sample/linux/MAINTAINERS"), "utf8");
    const sample = maintainersMatcher(parseMaintainers(text));
    assert.equal(sample("arch/x86/kvm/vmx/tdx.c")[0]?.title, "KVM X86 TRUST DOMAINS (KVM/tdx)");
    assert.equal(sample("virt/kvm/guest_memfd.c")[0]?.title, "KVM GUEST MEMORY FILES");
  });

  test("each of a thousand paths finds its own among three thousand sections", () => {
    const numbers = Array.from({ length: 3000 }, (_, number) => number);
    const text = numbers.map((n) => `S ${n}\nF:\tdrivers/d${n % 90}/e${n}/\nF:\tdrivers/*/e${n}*.[ch]\nF:\tinclude/e${n}.h\nN:\tq${n}q\n`);
    const sections = parseMaintainers(text.join("\n"));
    assert.equal(sections.length, 3000);
    const matcher = maintainersMatcher(sections);
    for (const n of numbers.slice(0, 1000)) {
      assert.equal(matcher(`drivers/d${n % 90}/e${n}/a/b.c`)[0]?.title, `S ${n}`);
    }
  });
});
