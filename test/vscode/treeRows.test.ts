/** What the rows of the view Series say, each as it is handed to VS Code. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import * as vscode from "vscode";
import type { Clash } from "../../src/core/clashes/clashes";
import { plainAnswer } from "../../src/core/series/applyAnswer";
import { newestRevision, newestRevisionKey, type Problem, type Series } from "../../src/core/series/series";
import type { ApplyAnswered } from "../../src/engines/applyStates";
import type { SeriesInTree } from "../../src/engines/landedStates";
import { MovedFiles } from "../../src/engines/movedFiles";
import { OpenTrees } from "../../src/engines/openTrees";
import { Arrivals, Followed } from "../../src/engines/unread";
import { Library } from "../../src/library/library";
import { type Arrangement, childNodes, rootNodes, type TreeNode } from "../../src/render/treeNodes";
import { makeDigestReader } from "../../src/sources/digestFile";
import { markCollision, markMoved } from "../../src/ui/seriesViews";
import { resolveTooltip, treeItem, type TreeItemParts } from "../../src/ui/treeItems";
import { sampleDigests } from "../host/sampleFolder";
import { badDigests, writeBadDigests } from "../support/badDigests";
import { FakeClock } from "../support/fakeClock";
import { FakeLog, FakeStorage, FakeWorkspace } from "../support/fakePorts";

const tdx = "KVM: x86/tdx: Reclaim the pages of a torn-down guest lazily";
const firstPatch = "KVM: x86/tdx: Don't treat a missing module as fatal when the vendor driver is loaded";
const s390 = "KVM: s390: Keep the interrupt mask in one place";
const arm64 = "KVM: arm64: Count traps per guest";
const mmu = "KVM: x86/mmu: Zap what was asked for, and no more";
const unitTests = "x86: Exercise the deadline timer";

suite("rows of the view Series", () => {
  const reader = makeDigestReader();
  const [library, clock, log] = [new Library(), new FakeClock(), new FakeLog()];
  const workspace = new FakeWorkspace();
  const trees = new OpenTrees({ workspace, git: () => null, log });
  const engine = (): never => assert.fail("git is asked for nothing");
  const moved = new MovedFiles({ library, trees, git: () => null, engine, storage: "", clock, log, again: [] });
  let followed = new Followed(new FakeStorage(), library);
  let arrivals = new Arrivals(new FakeStorage());
  let answers = new Map<Series, ApplyAnswered>();
  let clashing = new Map<Series, readonly Clash[]>();
  /** Where series stand in the open tree, by their ids. */
  let stands = new Map<string, SeriesInTree>();
  let arrangement: Arrangement = { groupBy: "subsystem", sortBy: "newest", shown: new Map() };

  suiteSetup(async () => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
    assert.ok(folder, "no folder is open");
    workspace.openFolders(folder);
    await trees.read();
    library.surround({ rules: [], trees: trees.trees });
    await read(sampleDigests);
  });
  suiteTeardown(() => {
    for (const part of [library, trees, moved]) part.dispose();
  });
  setup(() => {
    followed = new Followed(new FakeStorage(), library);
    arrivals = new Arrivals(new FakeStorage());
    answers = new Map();
    clashing = new Map();
    stands = new Map();
    arrangement = { groupBy: "subsystem", sortBy: "newest", shown: new Map() };
  });

  function read(...paths: readonly string[]): Promise<void> {
    return library.sync(paths.map((name) => ({ name, read: (signal: AbortSignal) => reader.read(name, signal) })));
  }

  const parts = (): TreeItemParts => {
    const applies = { of: (series: Series) => answers.get(series) ?? null };
    const landed = { of: (series: Series) => stands.get(series.id) ?? null };
    return {
      ...{ followed, arrivals, trees, moved, library },
      applies: applies as unknown as TreeItemParts["applies"],
      landed: landed as unknown as TreeItemParts["landed"],
      clashes: { of: (series) => clashing.get(series) ?? [] },
    };
  };
  const item = (node: TreeNode): vscode.TreeItem => treeItem(node, parts());
  const roots = (problems: readonly Problem[] = []): TreeNode[] => rootNodes(library.series, problems, arrangement);
  const below = (node: TreeNode): TreeNode[] => childNodes(node, arrangement);
  /** A label and a description as texts, which is what the rows have. */
  const plain = (text: unknown): string => (typeof text === "string" ? text : "");
  const labelOf = (node: TreeNode): string => plain(item(node).label);

  function textOf(node: TreeNode): string {
    const { label, description } = item(node);
    return [plain(label), plain(description)].filter(Boolean).join(" ");
  }

  /** The rows, and those below each that is open at first, indented by two spaces a level. */
  function texts(nodes: readonly TreeNode[], level = 0): string[] {
    return nodes.flatMap((node) => [
      `${"  ".repeat(level)}${textOf(node)}`,
      ...(item(node).collapsibleState === vscode.TreeItemCollapsibleState.Expanded ? texts(below(node), level + 1) : []),
    ]);
  }

  /** The row with this label among rows and all that is below them. */
  function row(label: string, nodes: readonly TreeNode[] = roots()): TreeNode {
    const all = (some: readonly TreeNode[]): TreeNode[] => some.flatMap((node) => [node, ...all(below(node))]);
    const found = all(nodes).find((node) => labelOf(node) === label);
    assert.ok(found, `there is no row “${label}”`);
    return found;
  }

  function seriesOf(title: string): Series {
    const found = library.series.find((series) => series.title === title);
    assert.ok(found);
    return found;
  }

  const spoken = (node: TreeNode): string | undefined => item(node).accessibilityInformation?.label;
  const icon = (node: TreeNode): string => (item(node).iconPath as vscode.ThemeIcon).id;

  test("series stand in groups by subsystem, each group with its count", () => {
    assert.deepEqual(texts(roots()), [
      ...["arm64 1", `  ${arm64} v2 · 2 patches`],
      ...["docs 1", "  Documentation: KVM: Draw the states of a vCPU v1 · 1 patch"],
      ...["generic 1", "  KVM: Put the file when a dying guest refuses a reference v1 resend · 1 patch"],
      ...["guest_memfd 1", "  KVM: guest_memfd: Bound the time a hole punch holds the lock v1 · 3 patches"],
      ...["kvm-unit-tests 1", `  ${unitTests} v2 · 2 patches`],
      ...["loongarch 1", "  LoongArch: KVM: Deliver extended interrupts without an exit v2 · 3 patches"],
      ...["pmu 1", "  KVM: x86: Keep the vPMUs of paused guests quiet v2 · 3 patches"],
      ...["qemu 1", "  target/i386/kvm: Forget the steal time page on machine reset v1 · 1 patch"],
      ...["riscv 1", "  RISC-V: KVM: Report timer interrupts that were lost v4 · 3 patches"],
      ...["s390 1", `  ${s390} v1 · 1 of 3 patches`],
      ...["selftests 1", "  KVM: selftests: Move the APIC helpers into the library v1 · 2 patches"],
      ...["vfio 1", "  vfio/pci: Say which device refused a reset v1 · 2 patches"],
      ...["x86/apic 1", "  KVM: x86: Fold the modes of the local APIC timer v1 · 4 patches"],
      ...["x86/mmu 1", `  ${mmu} v1 · 12 patches`],
      ...["x86/svm 1", "  KVM: SVM: Don't complain twice about a missing control block v2 · 1 patch · 1R"],
      ...["x86/tdx 1", `  ${tdx} v3 · 5 patches · 1R`],
    ]);
    assert.equal(spoken(row("x86/tdx")), "x86/tdx, 1 series");
    assert.equal(spoken(row(tdx)), `${tdx}, version 3, 5 patches, by Ada Lindqvist, new`);
  });

  test("a series opens into revisions, the newest into patches and files, a patch into its files", () => {
    assert.deepEqual(texts(below(row(tdx))), [
      "v3 5 patches · 1R",
      `  ${firstPatch} 1/5 · +7 −2 · Nikolaï Brandt`,
      "  KVM: x86/tdx: Move the list of pages out of struct sample_td –/5",
      "  KVM: x86/tdx: Reclaim pages from a worker –/5",
      "  KVM: x86/tdx: Bound the number of pages that wait for the worker so that memory pressure is felt –/5",
      "  KVM: VMX: Wait for the worker when the module is unloaded –/5",
      "  Files 5 files",
      "v2 superseded · 4 patches · 1R",
      "v1 RFC superseded · 3 patches",
    ]);
    assert.deepEqual(texts(below(row(firstPatch))), ["tdx.c +7 −2 · arch/x86/kvm/vmx"]);
    assert.deepEqual(texts(below(row("Files", below(row(tdx))))), [
      "tdx-teardown.rst 48 lines · Documentation/virt/kvm/x86 · not in the open tree",
      "tdx.c 184 lines · arch/x86/kvm/vmx",
      "tdx.h 7 lines · arch/x86/kvm/vmx",
      "vmx.c 7 lines · arch/x86/kvm/vmx",
      "x86.c 5 lines · arch/x86/kvm",
    ]);
  });

  test("patches that never came have a row each, and revisions known from a link have one", () => {
    assert.deepEqual(texts(below(row(s390))), ["v1 1 of 3 patches", `  ${s390} 1/3 · +33 −41`, "  Not found 2/3", "  Not found 3/3"]);
    assert.equal(spoken(row("Not found")), "patch 2 of 3 was not found");
    const link = below(row(unitTests)).at(-1)!;
    assert.deepEqual([textOf(link), spoken(link)], ["v1 not in these sources", "version 1, known only from a link"]);
  });

  test("each kind of row has its icon", () => {
    const series = row(tdx);
    const [newest] = below(series);
    const [patch] = below(newest!);
    assert.deepEqual(
      [row("x86/tdx"), series, newest!, patch!, row("Not found"), below(row(unitTests)).at(-1)!, row("Files", [series])].map(icon),
      ["symbol-namespace", "git-pull-request", "versions", "git-commit", "circle-slash", "link-external", "files"],
    );
    assert.equal(item(below(patch!)[0]!).iconPath, vscode.ThemeIcon.File);
  });

  test("tooltips say more, where they are asked for", () => {
    const tooltip = (node: TreeNode): string => {
      const made = resolveTooltip(item(node), node, parts()).tooltip;
      return typeof made === "string" ? made : (made?.value ?? "").replace(/[*\\]|&nbsp;/g, "");
    };
    const said = tooltip(row(tdx));
    for (const words of [
      "x86/tdx · v3 · 5 patches · 1R · new",
      "Ada Lindqvist",
      "5 files",
      "v1 RFC → v2: the changelog links to it; same title and author",
      "v2 → v3: the changelog links to it; same title and author",
    ])
      assert.ok(said.includes(words), `“${words}” is not in “${said}”`);
    const [newest] = below(row(tdx));
    assert.equal(
      tooltip(newest!),
      `v3 ${tdx}\nAda Lindqvist · 2026-10-19.txt\nJoined with v2: the changelog links to it; same title and author`,
    );
    assert.deepEqual(tooltip(row(firstPatch)).split("\n").filter(Boolean), [
      firstPatch,
      "Signed-off-by: Nikolaï Brandt <nikolai@tdx.example.com>",
      "Reviewed-by: Ines Sample <ines@example.org>",
      "Signed-off-by: Ada Lindqvist <ada@tdx.example.com>",
    ]);
    assert.equal(tooltip(row("tdx-teardown.rst")), "Documentation/virt/kvm/x86/tdx-teardown.rst\nNot in the open tree");
  });

  test("groups by author, by status and by file", () => {
    arrangement = { ...arrangement, groupBy: "author" };
    assert.deepEqual(roots().map(labelOf), [
      ...["Ada Lindqvist", "Bruno Öztürk", "Đào Thị Hạnh", "Greta Blüm", "Ines Sample", "Lee Quill", "Mei Tan", "Okoro Adé"],
      ...["Piotr Nowák", "Ruth Vega", "Tomás Arce"],
    ]);
    assert.deepEqual(texts(below(row("Lee Quill"))), [
      `${mmu} v1 · 12 patches`,
      "target/i386/kvm: Forget the steal time page on machine reset v1 · 1 patch",
    ]);
    arrangement = { ...arrangement, groupBy: "status" };
    assert.deepEqual(roots().map(textOf), ["new 16"]);
    arrangement = { ...arrangement, groupBy: "file" };
    const file = row("arch/x86/kvm/x86.c");
    assert.equal(item(file).collapsibleState, vscode.TreeItemCollapsibleState.Collapsed);
    assert.deepEqual(texts(below(file)), [
      "KVM: x86: Fold the modes of the local APIC timer v1 · 4 patches",
      `${mmu} v1 · 12 patches`,
      `${tdx} v3 · 5 patches · 1R`,
    ]);
  });

  test("sorts by title and by number of patches within a group", () => {
    arrangement = { ...arrangement, groupBy: "status" };
    assert.equal(labelOf(below(roots()[0]!)[0]!), "KVM: x86: Fold the modes of the local APIC timer");
    arrangement = { ...arrangement, sortBy: "title" };
    const titles = below(roots()[0]!).map(labelOf);
    assert.deepEqual([titles[0], titles.at(-1)], ["Documentation: KVM: Draw the states of a vCPU", unitTests]);
    arrangement = { ...arrangement, sortBy: "size" };
    assert.deepEqual(below(roots()[0]!).slice(0, 2).map(labelOf), [mmu, tdx]);
  });

  test("a series that is followed, has an unread revision or new mail, says so", async () => {
    const series = seriesOf(arm64);
    await followed.follow(series);
    assert.deepEqual([icon(row(arm64)), spoken(row(arm64))], ["bookmark", `followed, ${arm64}, version 2, 2 patches, by Tomás Arce, new`]);
    assert.match(item(row(arm64)).contextValue ?? "", /(?<!un)followed/);
    const older: Series = { ...series, revisions: series.revisions.slice(0, 1) };
    followed = new Followed(new FakeStorage(), { series: [older] });
    await followed.follow(older);
    assert.deepEqual(
      [icon(row(arm64)), spoken(row(arm64))],
      ["circle-filled", `unread, ${arm64}, version 2, 2 patches, by Tomás Arce, new`],
    );
    await arrivals.note("own", 1, () => []);
    await arrivals.note("own", 2, () => [series.id]);
    assert.equal(textOf(row("arm64")), "arm64 1 · 1 with new mail");
    assert.equal(textOf(row(arm64)), `${arm64} ● v2 · 2 patches`);
    await arrivals.markAllRead();
    assert.equal(textOf(row(arm64)), `${arm64} v2 · 2 patches`);
  });

  test("a series says where it stands, with what says so, and has left the view's colors where it landed", () => {
    const series = seriesOf(arm64);
    const revision = newestRevision(series);
    const stand = (status: Series["status"], evidence: SeriesInTree["evidence"]): TreeNode => {
      const refs = [{ name: "HEAD", main: true }];
      stands.set(series.id, { top: "/linux", name: "", patches: [], refs, remotes: [], since: null, status, evidence });
      return { kind: "series", id: "one", parent: null, series: { ...series, status } };
    };
    const part = stand("in-review", [{ kind: "partly-landed", ref: "HEAD", patches: [1], changed: [] }]);
    assert.equal(textOf(part), `${arm64} v2 · 1/${revision.expected} landed · 2 patches`);
    assert.equal(icon(part), "comment-discussion");
    const tooltip = resolveTooltip(item(part), part, parts()).tooltip as vscode.MarkdownString;
    assert.match(tooltip.value.replaceAll("&nbsp;", " "), /Patch 1 is in HEAD/);
    const landed = stand("landed", [{ kind: "landed", ref: "HEAD", patches: [1, 2], changed: [] }]);
    assert.equal(textOf(landed), `${arm64} v2 · landed · 2 patches`);
    assert.deepEqual([icon(landed), (item(landed).iconPath as vscode.ThemeIcon).color?.id], ["git-merge", "descriptionForeground"]);
  });

  test("a series says whether it applies, and that it collides with what the person changed", () => {
    const series = seriesOf(arm64);
    const answer = { ...plainAnswer("conflicts"), patch: 2, file: "virt/kvm/kvm_main.c" };
    answers.set(series, { answer, base: "HEAD", revision: newestRevisionKey(series) });
    assert.match(textOf(row(arm64)), /conflicts in kvm_main\.c at 2\/2/);
    assert.match(spoken(row(arm64)) ?? "", /It conflicts with HEAD in virt\/kvm\/kvm_main\.c at patch 2\./);
    const marked = markCollision(item(row(tdx)), { series: seriesOf(tdx), overlaps: [], conflicts: true });
    assert.equal(marked.description, "collides with your changes · v3 · 5 patches · 1R");
    assert.match(marked.accessibilityInformation?.label ?? "", /^collides with your changes, /);
    assert.equal((marked.iconPath as vscode.ThemeIcon).id, "warning");
  });

  test("a series says which of its numbers another one has, and its tooltip which one that is", () => {
    const place = {
      kind: "capability",
      space: "KVM_CAP_*",
      value: "249",
      number: 249,
      variant: "",
      path: "include/uapi/linux/kvm.h",
      line: 9,
    };
    const claims = [tdx, arm64].map((title, at) => ({ ...place, name: `KVM_CAP_${"AB"[at] ?? ""}`, series: seriesOf(title), at: 0 }));
    const clash = { ...place, reason: "same-number", names: ["KVM_CAP_A", "KVM_CAP_B"], claims, tree: null } as const;
    clashing.set(seriesOf(tdx), [clash]);
    assert.equal(textOf(row(tdx)), `${tdx} clash: capability 249 · v3 · 5 patches · 1R`);
    assert.ok(spoken(row(tdx))?.endsWith(`. capability 249: KVM_CAP_A here, KVM_CAP_B in “${arm64}” v2`));
    const { tooltip } = resolveTooltip(item(row(tdx)), row(tdx), parts());
    assert.match((tooltip as vscode.MarkdownString).value, /KVM\\_CAP\\_B in/);
    clashing.set(seriesOf(tdx), [clash, clash]);
    assert.match(textOf(row(tdx)), / 2 clashes · v3/);
  });

  test("a series that calls the file otherwise says by which name", () => {
    const by = { commit: "a".repeat(40) };
    const before = markMoved(item(row(tdx)), { name: "arch/x86/kvm/old.c", path: "arch/x86/kvm/vmx/tdx.c", when: "before", by });
    assert.equal(before.description, "v3 · 5 patches · 1R · moved from arch/x86/kvm/old.c");
    assert.match(before.accessibilityInformation?.label ?? "", /, moved from arch\/x86\/kvm\/old\.c$/);
  });

  test("each source that cannot be read has one row with one sentence, above all series", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "kvm-series-odd-"));
    try {
      await writeBadDigests(folder);
      await read(sampleDigests, ...badDigests.map(([name]) => path.join(folder, name)));
      const expected = badDigests.flatMap(([name, sentence]) => (sentence === null ? [] : [`${sentence} ${path.basename(name)}`]));
      const rows = roots(library.problems);
      assert.deepEqual(rows.slice(0, expected.length).map(textOf), expected);
      const [name, sentence] = badDigests.find(([, sentence]) => sentence !== null) ?? ["", ""];
      assert.deepEqual([icon(rows[0]!), item(rows[0]!).tooltip], ["warning", `${path.join(folder, name)}: ${sentence ?? ""}`]);
      assert.equal(rows.at(-1)?.kind, "group");
      // The others are read, whatever their line ends and charset, and what is whole of a truncated one.
      assert.deepEqual(below(row("x86")).map(labelOf).sort(), [
        "KVM: x86: Cut short",
        "KVM: x86: From Windows",
        "KVM: x86: From the west",
        "KVM: x86: Still whole",
        "KVM: x86: Two bytes a letter",
      ]);
    } finally {
      await read(sampleDigests);
      await rm(folder, { recursive: true, force: true });
    }
  });
});
