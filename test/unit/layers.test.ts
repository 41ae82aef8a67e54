import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";

const root = path.resolve(__dirname, "..", "..", "..");

/** What the files of each folder may import, folders with their `/`; see docs/architecture.md. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: ["core/", "diff"],
  // Every git is made in one place, so that none is less careful than the others.
  git: ["core/", "git/", "node:", "simple-git"],
  sources: ["core/", "git/", "sources/", "node:"],
  // The index is filled from the sources, in a thread of its own; no source knows of it.
  index: ["core/", "sources/", "index/", "lru-cache", "node:"],
  checkout: ["core/", "git/", "checkout/", "node:"],
  library: ["core/", "git/", "sources/", "index/", "checkout/", "library/", "node:"],
  engines: ["core/", "git/", "sources/", "index/", "checkout/", "library/", "engines/", "node:"],
  shared: ["core/", "shared/"],
  render: ["core/", "shared/", "render/", "diff2html", "diff2html/"],
  webview: ["core/", "shared/", "render/", "webview/"],
  cli: ["core/", "git/", "sources/", "index/", "checkout/", "library/", "render/", "cli/", "node:"],
  ui: ["core/", "git/", "sources/", "index/", "checkout/", "library/", "engines/", "shared/", "render/", "ui/", "vscode", "node:"],
  "extension.ts": ["core/", "sources/", "index/", "checkout/", "library/", "engines/", "ui/", "vscode", "node:"],
};

const files = globSync("src/**/*.ts", { cwd: root, exclude: (name) => name.endsWith(".d.ts") })
  .map((name) => name.split(path.sep).join("/"))
  .filter((name) => !name.endsWith(".d.ts"));
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

/** The files of `src/` that a file imports, types included. */
function importedFiles(file: string): string[] {
  return importsOf(file)
    .map((name) => `src/${name.replace(/\.js$/, "")}.ts`)
    .filter((name) => files.includes(name));
}

/** All that is loaded with a file: what it imports for more than types, what that imports, and so on; not what is imported on demand. */
function loadedWith(file: string): ReadonlySet<string> {
  const loaded = new Set<string>([file]);
  for (const one of loaded) {
    if (!files.includes(one)) continue;
    for (const [, name = ""] of textOf(one).matchAll(/^(?:import|export)\b(?! type\b)(?:[^;"'`]*? from)? "([^"]+)";/gm))
      loaded.add(name.startsWith(".") ? `${path.posix.join(path.posix.dirname(one), name).replace(/\.js$/, "")}.ts` : name);
  }
  return loaded;
}

/** Which folders a layer's TypeScript project may see. */
function referencesOf(folder: string): string[] {
  const { references } = JSON.parse(textOf(`src/${folder}/tsconfig.json`)) as { references: ReadonlyArray<{ path: string }> };
  return references.map(({ path: other }) => other.replace("../", "") + "/").sort();
}

/** Objects that a module may make once: nothing that is read through them changes. */
const lasting = /^(?:TextDecoder|TextEncoder|RegExp)$/;

/** Whether a line declares, for a whole module, a variable or an object that can change; what is declared as read-only cannot. */
function isModuleState(line: string): boolean {
  if (/^(?:export )?(?:let|var) /.test(line)) return true;
  const [, type = "", made] = /^(?:export )?const \w+(: [^=]+)? = new (\w+)/.exec(line) ?? [];
  if (/^: (?:Map|Set|WeakMap|WeakSet)\b/.test(type)) return true;
  return made !== undefined && !lasting.test(made) && !/^: (?:Readonly(?:Map|Set|Array)\b|readonly )/.test(type);
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

  test("no file imports from one that imports from it, by whatever way", () => {
    const left = new Map(files.map((file) => [file, importedFiles(file)]));
    assert(left.size > 100, "the files are found");
    for (;;) {
      const free = [...left].filter(([, imported]) => imported.every((other) => !left.has(other)));
      if (free.length === 0) break;
      for (const [file] of free) left.delete(file);
    }
    // What only imports from a circle is no part of it.
    for (;;) {
      const ends = [...left.keys()].filter((file) => ![...left.values()].some((imported) => imported.includes(file)));
      if (ends.length === 0) break;
      for (const file of ends) left.delete(file);
    }
    assert.deepEqual([...left.keys()], []);
  });

  test("core/ keeps no state: its modules have no variables, and no collection that anything could change", () => {
    const found = files
      .filter((file) => file.startsWith("src/core/"))
      .flatMap((file) =>
        textOf(file)
          .split("\n")
          .flatMap((line) => (isModuleState(line) ? [`${file}: ${line}`] : [])),
      );
    assert.deepEqual(found, []);
    for (const line of [
      "let last = 0;",
      "export let last = 0;",
      "const known = new Map<string, number>();",
      "const seen: Set<string> = new Set();",
    ])
      assert(isModuleState(line), line);
    for (const line of [
      "  let last = 0;",
      "const words: ReadonlySet<string> = new Set();",
      "const utf8 = new TextDecoder();",
      "const month = /a/y;",
    ])
      assert(!isModuleState(line), line);
  });

  test("a command that runs no git does not wait until what runs it is loaded", () => {
    for (const command of ["main", "seriesCommands", "indexCommand", "completionCommand"])
      assert(!loadedWith(`src/cli/${command}.ts`).has("simple-git"), command);
    assert(loadedWith("src/cli/checkoutCommands.ts").has("simple-git"));
  });

  test("each folder is a TypeScript project that sees what it may import and no more", () => {
    const folders = Object.keys(allowed).filter((name) => !name.endsWith(".ts"));
    for (const folder of folders) {
      assert(existsSync(path.join(root, "src", folder, "tsconfig.json")), `${folder} has a tsconfig.json`);
      const others = (allowed[folder] ?? []).filter((name) => name.endsWith("/") && name !== `${folder}/` && name !== "diff2html/");
      assert.deepEqual(referencesOf(folder), others.sort(), folder);
    }
  });

  test("all folders are known", () =>
    assert.deepEqual(
      [...new Set(files.map((file) => file.split("/")[1] ?? ""))].filter((folder) => !(folder in allowed)),
      [],
    ));
});
