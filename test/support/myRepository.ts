/** A small repository of our own making: teapots, what somebody else posts for them, and what I do to them. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { IndexedPatch } from "../../src/core/series/revisionTexts";
import { plainGit } from "./sampleArchive";

/** The file most of it is about; each line is of its own. */
export const teapot = "virt/kvm/teapot.c";

/** A file of functions, each of some lines. */
export function teapotText(functions = 12): string {
  const bodies = Array.from({ length: functions }, (_, at) => {
    const steps = Array.from({ length: 6 }, (_step, step) => `\tstep_${at}_${step}(pot);\n`);
    return `int pour_${at}(struct teapot *pot)\n{\n${steps.join("")}\treturn ${at};\n}\n\n`;
  });
  return `// SPDX-License-Identifier: GPL-2.0\n#include <linux/teapot.h>\n\n${bodies.join("")}`;
}

/** Makes repositories for a suite, and takes them all away at its end. */
export function repositories(): (files?: Readonly<Record<string, string | Buffer>>) => MyRepository {
  const made: MyRepository[] = [];
  suiteTeardown(() => made.forEach((one) => one.dispose()));
  return (files) => {
    const one = new MyRepository(files);
    made.push(one);
    return one;
  };
}

export class MyRepository {
  readonly top: string = mkdtempSync(join(tmpdir(), "kvm-series-mine-"));

  constructor(files: Readonly<Record<string, string | Buffer>> = { [teapot]: teapotText(), "virt/kvm/cup.c": teapotText(4) }) {
    this.git("init", "--quiet", "--initial-branch=main", ".");
    this.write(files);
    this.commit("teapots");
  }

  git(...args: readonly string[]): string {
    return execFileSync("git", ["-c", "user.name=Ada Lind", "-c", "user.email=ada@example.org", ...args], {
      cwd: this.top,
      env: { ...plainGit, GIT_EDITOR: "true" },
      encoding: "utf8",
      maxBuffer: 1 << 28,
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** Runs a git that may fail. */
  tryGit(...args: readonly string[]): number | null {
    return spawnSync("git", ["-c", "user.name=Ada Lind", "-c", "user.email=ada@example.org", ...args], { cwd: this.top, env: plainGit })
      .status;
  }

  write(files: Readonly<Record<string, string | Buffer>>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.top, path)), { recursive: true });
      writeFileSync(join(this.top, path), text);
    }
  }

  read(path: string): string {
    return readFileSync(join(this.top, path), "utf8");
  }

  /** Replaces a text that stands once in a file. */
  change(path: string, from: string, to: string): void {
    const text = this.read(path);
    if (text.split(from).length !== 2) throw new Error(`“${from}” does not stand once in ${path}`);
    this.write({ [path]: text.replace(from, () => to) });
  }

  commit(title: string): string {
    this.git("add", "--all");
    this.git("commit", "--quiet", "--allow-empty", "-m", title);
    return this.git("rev-parse", "HEAD").trim();
  }

  /** What somebody posts: a patch for each step, made on a commit; the repository is as it was when it is done. */
  posted(on: string, ...steps: ReadonlyArray<() => void>): IndexedPatch[] {
    const branch = this.git("rev-parse", "--abbrev-ref", "HEAD").trim();
    this.git("checkout", "--quiet", "--detach", on);
    const patches = steps.map((step, at) => {
      step();
      this.commit(`step ${at + 1}`);
      return { index: at + 1, text: this.git("format-patch", "--stdout", "--full-index", "--binary", "-1", "-M") };
    });
    this.git("checkout", "--quiet", branch);
    this.git("reflog", "expire", "--expire=now", "--all");
    this.git("gc", "--quiet", "--prune=now");
    return patches;
  }

  /** All that is the person's: every file of the folder with its contents, and when the index was written. */
  state(): string[] {
    const files = readdirSync(this.top, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const hashes = files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return `${path} ${createHash("sha1").update(readFileSync(path)).digest("hex")}`;
    });
    return [...hashes.sort(), String(statSync(join(this.top, ".git", "index"), { throwIfNoEntry: false })?.mtimeMs)];
  }

  dispose(): void {
    rmSync(this.top, { recursive: true, force: true });
  }
}
