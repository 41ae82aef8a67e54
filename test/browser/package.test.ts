import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { root } from "../host/paths";
import { cleanEnvironment, runToEnd } from "../host/processes";
import { openWindow, type Window } from "./fixture";
import { waitUntilRunning } from "./runningExtensions";

/** What users may find in the installed folder; anything else was packaged by mistake. */
const allowed = [
  /^package\.json$/,
  /^readme\.md$/i,
  /^changelog\.md$/i,
  /^license(\.txt|\.md)?$/i,
  /^dist\/\w+\.js$/,
  /^dist\/webview\/[\w.-]+\.(js|css|ttf)$/,
  /^media\/[\w./-]+\.(png|svg|css|md)$/,
  // VS Code writes this one when it installs.
  /^\.vsixmanifest$/,
];

suite("the packaged extension", () => {
  let folder: string;
  let window: Window;

  suiteSetup(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "kvm-series-package-"));
    // Packaging builds anew what other tests use at this moment, so it is done in a copy.
    const copy = path.join(folder, "copy");
    const left = [".git", "dist", "node_modules", "out", ".vscode-test"].map((name) => path.join(root, name));
    await cp(root, copy, { recursive: true, filter: (source) => !left.includes(source) });
    await symlink(path.join(root, "node_modules"), path.join(copy, "node_modules"));
    const { code, output } = await runToEnd("npm", ["run", "--silent", "package"], { cwd: copy, environment: cleanEnvironment() });
    assert.equal(code, 0, output);
    // A file by which the extension knows a kernel tree, so that it activates by itself.
    const tree = path.join(folder, "linux");
    await mkdir(path.join(tree, "scripts"), { recursive: true });
    await writeFile(path.join(tree, "scripts", "get_maintainer.pl"), "");
    window = await openWindow({ folder: tree, vsix: path.join(copy, "dist", "kvm-series.vsix") });
  });

  suiteTeardown(async () => {
    // The set-up may have failed before there was a window.
    await (window as Window | undefined)?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  test("contains what the user needs and nothing else", async () => {
    const installed = (await readdir(window.server.extensionsFolder)).filter((name) => name.startsWith("kvm-series.kvm-series-"));
    assert.equal(installed.length, 1);
    const files = await filesUnder(path.join(window.server.extensionsFolder, installed[0]!));
    assert.deepEqual(
      files.filter((file) => !allowed.some((pattern) => pattern.test(file))),
      [],
    );
    // A bundle that is loaded on demand is missed by nobody until the person asks for what is in it.
    const bundles = (await filesUnder(path.join(root, "dist"))).filter((file) => file.endsWith(".js")).map((file) => `dist/${file}`);
    assert.ok(bundles.length > 5, "all bundles are built");
    for (const needed of ["package.json", ...bundles]) assert.ok(files.includes(needed), `${needed} is missing from the package.`);
  });

  test("activates in a kernel tree", async () => {
    await waitUntilRunning(window);
    await window.screenshot("package");
  });

  test("is not a window for development", async () => {
    assert.doesNotMatch(await window.page.title(), /Extension Development Host/);
  });
});

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}
