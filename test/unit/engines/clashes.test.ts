/** Clashes in a window: found in the background, and only what came is read. */
import assert from "node:assert/strict";
import type { TreeDefinitions } from "../../../src/core/clashes/clashes";
import type { Series } from "../../../src/core/series/series";
import { Clashes, type ClashesPorts } from "../../../src/engines/clashes";
import { Emitter } from "../../../src/engines/ports";
import { readClashes, readDefinitions } from "../../../src/library/clashes";
import { FakeClock } from "../../support/fakeClock";
import { FakeLog } from "../../support/fakePorts";
import { MadeLibrary } from "../../support/madeLibrary";
import { bytesById, seriesOfMails } from "../../support/pageArchive";
import { postedPatch } from "../../support/postedPatch";

const header = "include/uapi/linux/kvm.h";
const text = Array.from({ length: 12 }, (_, at) => `/* line ${at} */`).join("\n");

/** A patch that takes a number. */
function taking(id: string, name: string, path = header): Buffer {
  return postedPatch({ id, path, text, line: 6, to: `#define ${name} 249` });
}

suite("clashes in the background", () => {
  let clock = new FakeClock();
  let made = new MadeLibrary();
  let again = new Emitter<void>();
  let read: string[] = [];
  let tree: TreeDefinitions | null = null;
  let clashes: Clashes | null = null;

  setup(() => {
    [clock, made, again, read, tree] = [new FakeClock(), new MadeLibrary(), new Emitter<void>(), [], null];
  });
  teardown(() => clashes?.dispose());

  function hold(...mails: readonly Buffer[]): readonly Series[] {
    const bytes = bytesById(mails);
    made.mails = (ids) => {
      read.push(...ids);
      return Promise.resolve(new Map(ids.flatMap((id) => (bytes.has(id) ? [[id, bytes.get(id)!] as const] : []))));
    };
    const series = seriesOfMails(mails);
    made.hold(series);
    return series;
  }

  function watch(): Clashes {
    const trees = tree ? [{ top: "/linux", has: () => true }] : [];
    const ports = {
      library: made.library,
      trees: { trees, topsFor: () => trees.map(({ top }) => top), topsForSeries: () => [], onDidChange: new Emitter<void>().event },
      applies: { base: "HEAD" },
      needs: { index: () => ({ of: () => [] }) },
      git: () => null,
      claims: () => Promise.resolve({ readClashes, readDefinitions }),
      engine: () => Promise.resolve({ readTreeDefinitions: () => Promise.resolve(tree) }),
      clock,
      log: new FakeLog(),
      again: [again.event],
    } as unknown as ClashesPorts;
    clashes = new Clashes(ports);
    return clashes;
  }

  /** Lets it find what there is to find. */
  async function rest(): Promise<void> {
    for (let times = 0; times < 5; times++) await clock.pass(3000);
  }

  test("both series know of it, and a sync reads only the mails that came", async () => {
    const found = watch();
    let told = 0;
    found.onDidChange(() => told++);
    const [tea, cup] = [taking("tea", "KVM_CAP_TEA"), taking("cup", "KVM_CAP_CUP")];
    hold(tea, taking("main", "KVM_CAP_MAIN", "virt/kvm/kvm_main.c"));
    await rest();
    assert.deepEqual([found.found, told, read], [[], 0, ["tea@example.org"]]);
    const series = hold(tea, cup);
    await rest();
    assert.deepEqual([found.found.length, told, read], [1, 1, ["tea@example.org", "cup@example.org"]]);
    for (const one of series) assert.deepEqual(found.of(one)[0]?.names.toSorted(), ["KVM_CAP_CUP", "KVM_CAP_TEA"]);
    hold(tea);
    await rest();
    assert.deepEqual([found.found, told, read.length], [[], 2, 2]);
  });

  test("the open tree counts, and it is asked again where it may have changed", async () => {
    tree = { all: [], landed: new Set() };
    const found = watch();
    hold(taking("tea", "KVM_CAP_TEA"));
    await rest();
    assert.deepEqual(found.found, []);
    const place = {
      kind: "capability",
      space: "KVM_CAP_*",
      name: "KVM_CAP_OLD",
      value: "249",
      number: 249,
      variant: "",
      path: header,
      line: 9,
    };
    tree = { all: [place], landed: new Set() };
    again.fire();
    await rest();
    assert.deepEqual(
      found.found.map(({ names }) => names),
      [["KVM_CAP_TEA", "KVM_CAP_OLD"]],
    );
  });
});
