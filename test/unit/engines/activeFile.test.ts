import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ActiveFile } from "../../../src/engines/activeFile";
import { MovedFiles } from "../../../src/engines/movedFiles";
import { OpenTrees } from "../../../src/engines/openTrees";
import { FakeClock } from "../../support/fakeClock";
import { FakeDocuments, FakeEditors, FakeLog, FakeText, FakeWorkspace } from "../../support/fakePorts";
import { revision, seriesWith } from "../../support/invented";
import { MadeLibrary } from "../../support/madeLibrary";

const file = "virt/kvm/kvm_main.c";
const series = seriesWith([revision({ files: [file] })]);

suite("active file", () => {
  let folder = "";
  let clock = new FakeClock();
  let [documents, editors, held] = [new FakeDocuments(), new FakeEditors(), new MadeLibrary()];
  let active: ActiveFile;
  let trees: OpenTrees;
  let moved: MovedFiles;
  let workspace = new FakeWorkspace();
  const text = (name: string, scheme = "file"): FakeText => {
    const one = new FakeText(path.join(folder, name), "int main;\n", scheme);
    documents.show(one);
    return one;
  };

  suiteSetup(() => {
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), "kvm-series-active-")));
    for (const name of ["one", "two"]) {
      mkdirSync(path.join(folder, name, "virt/kvm"), { recursive: true });
      writeFileSync(path.join(folder, name, "MAINTAINERS"), "");
      writeFileSync(path.join(folder, name, file), "int main;\n");
    }
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  setup(async () => {
    [clock, documents, editors, held] = [new FakeClock(), new FakeDocuments(), new FakeEditors(), new MadeLibrary([series])];
    workspace = new FakeWorkspace();
    const [log, git] = [new FakeLog(), () => null];
    trees = new OpenTrees({ workspace, git, log });
    const engine = (): never => assert.fail("git is asked for nothing");
    moved = new MovedFiles({ library: held.library, trees, git, engine, storage: folder, clock, log, again: [] });
    workspace.openFolders(path.join(folder, "one"), path.join(folder, "two"));
    await trees.read();
    active = new ActiveFile({ library: held.library, trees, moved, documents, editors, clock });
  });
  teardown(() => active.dispose());

  test("what touches the file that gets the focus, and what touches it when the library changes", () => {
    editors.focus(text(`one/${file}`));
    assert.deepEqual(active.place, { path: file, project: "kernel" });
    assert.deepEqual(
      active.touches.map((touch) => touch.series.id),
      [series.id],
    );
    held.hold([]);
    assert.deepEqual(active.touches, []);
  });

  test("a page that takes the focus, and a document of our own, leave the file the active one; a tab that is closed does not", () => {
    const edited = text(`one/${file}`);
    editors.focus(edited);
    editors.focus(null);
    assert.equal(active.document, edited);
    editors.focus(text("shown", "kvm-series-patch"));
    assert.equal(active.document, edited);
    editors.focus(null);
    editors.closeTab(edited);
    assert.equal(active.uri, null);
    assert.deepEqual([active.document, active.place, active.touches], [undefined, null, []]);
  });

  test("the tree of the file is the one that is asked first", () => {
    editors.focus(text(`two/${file}`));
    assert.deepEqual(trees.topsFor("kernel"), [path.join(folder, "two"), path.join(folder, "one")]);
  });

  test("scrolling is told only where lists follow the lines in view, once it has stopped", async () => {
    // The names of files, of which there are none here, are read first.
    await clock.pass(2000);
    let told = 0;
    active.onDidChange(() => told++);
    editors.scroll();
    await clock.pass(1000);
    assert.equal(told, 0);
    active.showOnlyInView(true);
    assert.equal(told, 1);
    editors.scroll();
    await clock.pass(100);
    editors.scroll();
    await clock.pass(149);
    assert.equal(told, 1);
    await clock.pass(1);
    assert.equal(told, 2);
  });

  test("a file that a kernel and QEMU both have shows the series of its own tree, and is opened there", async () => {
    const [kernel, qemu] = [path.join(folder, "linux"), path.join(folder, "qemu")];
    for (const [top, names] of [
      [kernel, ["Kbuild", "MAINTAINERS", "virt/kvm/kvm_main.c"]],
      [qemu, ["qemu-options.hx", "MAINTAINERS", "accel/kvm/kvm-all.c", "target/i386/kvm/kvm.c"]],
    ] as const)
      for (const name of names) {
        mkdirSync(path.dirname(path.join(top, name)), { recursive: true });
        writeFileSync(path.join(top, name), "");
      }
    const ofKernel = seriesWith([revision({ title: "KVM: Add a maintainer", files: ["MAINTAINERS"] })], { id: "aaaaaaaaaaaa" });
    const prefixes = ["PATCH", "qemu"];
    const ofQemu = seriesWith([revision({ title: "MAINTAINERS: Add a reviewer", prefixes, files: ["MAINTAINERS"] })], {
      id: "bbbbbbbbbbbb",
    });
    held.hold([ofKernel, ofQemu]);
    workspace.openFolders(kernel, qemu);
    await trees.read();
    const touched = (name: string): string[] => {
      editors.focus(text(name));
      return active.touches.map((touch) => touch.series.id);
    };
    assert.deepEqual([touched("linux/MAINTAINERS"), touched("qemu/MAINTAINERS")], [[ofKernel.id], [ofQemu.id]]);
    assert.deepEqual(
      [moved.find(ofKernel, "MAINTAINERS")?.path, moved.find(ofQemu, "MAINTAINERS")?.path],
      [path.join(kernel, "MAINTAINERS"), path.join(qemu, "MAINTAINERS")],
    );
  });
});
