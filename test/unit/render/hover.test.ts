import assert from "node:assert/strict";
import { type HoverPart, touchesHover, touchesPlainText } from "../../../src/render/hover";
import type { Touch } from "../../../src/core/series/touches";
import { revision, seriesWith } from "../../support/invented";

const now = Date.parse("2026-10-04T09:00:00Z");

function touch(title: string, more: Partial<Touch> = {}): Touch {
  const one = revision({ version: 3, title, date: "2026-10-01T09:00:00Z", expected: 2 });
  return { series: seriesWith([one], { id: "aaaaaaaaaaaa", title, subsystem: "x86/tdx" }), patches: [2], lines: [], ...more };
}

/** The parts as a person reads them. */
function textOf(parts: readonly HoverPart[]): string {
  return parts.map((part) => (part.kind === "break" ? "\n" : part.kind === "line" ? "\n---\n" : "text" in part ? part.text : "")).join("");
}

suite("the hover of a file", () => {
  const path = { path: "arch/x86/kvm/x86.c", project: null };

  test("names each series and the facts of it", () => {
    assert.equal(
      textOf(touchesHover(path, [touch("KVM: x86: Count wakeups")], now)),
      " 1 pending series touches arch/x86/kvm/x86.c\n---\nKVM: x86: Count wakeups\nv3 · 2 patches · here: patch 2 · Ada Lind · 3d\n\n",
    );
  });

  test("tells the name that a series has for the file", () => {
    const moved = { name: "old.c", path: path.path, when: "before", by: { commit: "0123456789abcdef" } } as const;
    assert.match(
      textOf(touchesHover(path, [touch("KVM: x86: Count wakeups", { moved })], now)),
      /moved from old\.c by commit 0123456789ab\b/,
    );
  });

  test("names five series and offers the others", () => {
    const many = Array.from({ length: 7 }, (_, at) => touch(`KVM: x86: Number ${at + 1}`));
    const parts = touchesHover(path, many, now);
    assert.match(textOf(parts), /7 pending series touch .*Number 5.*Show all 7\.\.\.$/s);
    assert.doesNotMatch(textOf(parts), /Number 6/);
    assert.deepEqual(parts.at(-1), {
      kind: "command",
      text: "Show all 7...",
      command: "kvmSeries.showSeriesTouchingFile",
      args: [path.path, null],
    });
    assert.match(touchesPlainText(many), /^7 pending series:\nv3 KVM: x86: Number 1\n[^]*and 2 more$/);
  });

  test("what a stranger wrote is text of a link and nothing else, without hidden characters", () => {
    const parts = touchesHover(path, [touch("[x](command:bad) \u202e")], now);
    const commands = parts.filter((part) => part.kind === "command");
    assert.deepEqual(commands, [
      { kind: "command", text: "[x](command:bad) ⟨U+202E⟩", command: "kvmSeries.openPage", args: ["aaaaaaaaaaaa"] },
    ]);
  });
});
