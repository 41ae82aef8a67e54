import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";

const root = path.resolve(__dirname, "..", "..", "..");
const ui = ["render/", "index/", "worktree/", "core/", "webview/protocol", "ui/", "vscode"];

/** What the files of each folder may import, folders with their `/`; see docs/architecture.md. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: ["core/", "diff"],
  render: ["core/", "render/", "diff2html", "diff2html/"],
  // Every git is made in one place, so that none is less careful than the others.
  sources: ["core/", "sources/", "worktree/git", "node:", "simple-git"],
  // The index is filled from the sources, in a thread of its own; no source knows of it.
  index: ["core/", "index/", "sources/", "node:"],
  worktree: ["core/", "worktree/", "node:", "simple-git"],
  webview: ["render/", "core/", "webview/"],
  ui: [...ui, "node:"],
  "extension.ts": [...ui, "sources/", "archiveEngine.js", "worktreeEngine.js", "node:"],
  "archiveEngine.ts": ["index/", "core/", "sources/", "ui/sources/archives"],
  "worktreeEngine.ts": ["worktree/", "core/"],
  cli: ["render/", "index/", "worktree/", "core/", "sources/", "cli/", "node:"],
  "cli.ts": ["cli/", "render/", "index/", "worktree/", "core/", "sources/", "node:"],
};

const files = globSync("src/**/*.ts", { cwd: root }).map((name) => name.split(path.sep).join("/"));
const textOf = (file: string): string => readFileSync(path.join(root, file), "utf8");
/** A file without its comments and texts, so that a word in them is not taken for code. */
const codeOf = (file: string): string => textOf(file).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$|(["'`])(?:\\.|(?!\1)[^\\])*\1/gm, "");

/** What a file imports: files from `src/` on, packages by their name. */
function importsOf(file: string): string[] {
  const imports = textOf(file).matchAll(/^(?:import|export)\b(?:[^;"'`]*? from)? "([^"]+)";|\b(?:require|import)\("([^"]+)"\)/gm);
  return [...imports].map(([, stated, dynamic = ""]) => {
    const name = stated ?? dynamic;
    return name.startsWith(".") ? path.posix.relative("src", path.posix.join(path.posix.dirname(file), name)) : name;
  });
}

/** The folders within folders (`core/mail`), each with those of the same folder that it imports from. */
function foldersWithin(): Map<string, Set<string>> {
  const folders = new Map<string, Set<string>>();
  for (const file of files) {
    const [, parent = "", folder, below] = file.split("/");
    if (folder === undefined || below === undefined) continue;
    const others = importsOf(file).map((target) => target.split("/"));
    const imported = others.filter(([first, second, third]) => first === parent && second !== folder && third !== undefined);
    const all = folders.get(`${parent}/${folder}`) ?? new Set();
    for (const [first = "", second = ""] of imported) all.add(`${first}/${second}`);
    folders.set(`${parent}/${folder}`, all);
  }
  return folders;
}

suite("layers", () => {
  for (const file of files) {
    test(file, () => {
      const folder = file.split("/")[1] ?? "";
      for (const target of importsOf(file)) {
        assert(
          allowed[folder]?.some((start) => (/[/:]$/.test(start) ? target.startsWith(start) : target === start)),
          `${file} imports ${target}`,
        );
      }
      assert.doesNotMatch(file, /\/(?:index|utils?|helpers?|types|common)\.ts$/);
      assert.doesNotMatch(codeOf(file), /^export default\b|^export \*/m);
      if (folder === "core" || folder === "render")
        assert.doesNotMatch(codeOf(file), /\bDate\.now\b|\bnew Date\(\)|\bprocess\.|\bglobalThis\b|\bMath\.random\b/);
    });
  }

  test("no folder of a layer imports from one that imports from it, by whatever way", () => {
    const left = foldersWithin();
    assert(left.size > 10, "the folders are found");
    for (;;) {
      const free = [...left].filter(([, imported]) => [...imported].every((other) => !left.has(other)));
      if (free.length === 0) break;
      for (const [folder] of free) left.delete(folder);
    }
    assert.deepEqual(Object.fromEntries([...left].map(([folder, imported]) => [folder, [...imported]])), {});
  });

  test("all folders are known", () =>
    assert.deepEqual(
      [...new Set(files.map((file) => file.split("/")[1] ?? ""))].filter((folder) => !(folder in allowed)),
      [],
    ));
});
