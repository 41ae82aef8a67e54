/** A repository with a history of our own and pending series of which it is known whether they apply to it. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readMail } from "../../src/core/mail/mail";
import { assembleMails } from "../../src/core/postings/assembleMails";
import { mailFactsOf } from "../../src/core/postings/mailFacts";
import type { Series } from "../../src/core/series/series";
import { patchKey } from "../../src/index/hashes";
import { seriesOfPostings } from "../../src/library/library";
import { plainGit } from "./sampleArchive";

const person = {
  ...plainGit,
  GIT_AUTHOR_NAME: "Alex Archer",
  GIT_AUTHOR_EMAIL: "alex@example.org",
  GIT_AUTHOR_DATE: "2026-03-01T10:00:00Z",
  GIT_COMMITTER_NAME: "Alex Archer",
  GIT_COMMITTER_EMAIL: "alex@example.org",
  GIT_COMMITTER_DATE: "2026-03-01T10:00:00Z",
};

/** Runs git as a person would who has no settings. */
export function git(folder: string, args: readonly string[], input?: string | Buffer): string {
  return execFileSync("git", [...args], { cwd: folder, env: person, encoding: "utf8", input, stdio: ["pipe", "pipe", "pipe"] });
}

export type Files = Readonly<Record<string, string | Buffer | null>>;

/** Writes files, or takes them away where they are null, and commits. */
export function commit(folder: string, files: Files, message: string): string {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    if (text === null) rmSync(file);
    else {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }
  git(folder, ["add", "-A"]);
  git(folder, ["commit", "-q", "--allow-empty", "-m", message]);
  return git(folder, ["rev-parse", "HEAD"]).trim();
}

/** Numbered lines of a file that is told from others by its name; some are replaced, some put before the first. */
export function lines(name: string, count: number, changed: Readonly<Record<number, string>> = {}, before: readonly string[] = []): string {
  const own = Array.from({ length: count }, (_, at) => changed[at + 1] ?? `${name} line ${at + 1}`);
  return `${[...before, ...own].join("\n")}\n`;
}

export interface PostedSeries {
  /** Begins its Message-IDs and its title. */
  readonly name: string;
  /** Each patch as what it does to the files. */
  readonly patches: readonly Files[];
  /** The commit it is made on. */
  readonly onto: string;
  /** More of `git format-patch`. */
  readonly options?: readonly string[];
  /** Stands in the cover letter. */
  readonly letter?: string;
  /** Indexes whose mail was never seen. */
  readonly without?: readonly number[];
  /** Words of the brackets. */
  readonly words?: string;
  /** Changes the text of each mail. */
  readonly damage?: (mail: string) => string;
}

/** Where series are written: a clone whose objects the person's repository does not have. */
export class Author {
  readonly #mails = new Map<string, Uint8Array>();
  /** Series are sent a day apart, the mails of one a minute. */
  #minute = 0;

  constructor(
    readonly folder: string,
    from: string,
  ) {
    git(path.dirname(folder), ["clone", "-q", `file://${from}`, folder]);
  }

  /** Makes a series and sends it. */
  post({ name, patches, onto, options = [], letter = "", without = [], words = "PATCH", damage = (mail) => mail }: PostedSeries): void {
    this.#minute = Math.ceil((this.#minute + 1) / 1440) * 1440;
    git(this.folder, ["checkout", "-q", "-B", name, onto]);
    for (const [at, files] of patches.entries()) commit(this.folder, files, `KVM: ${name}: part ${at + 1}`);
    const out = path.join(this.folder, "..", "mails");
    rmSync(out, { recursive: true, force: true });
    git(this.folder, ["format-patch", "-q", "-N", "-o", out, ...options, `${onto}..HEAD`]);
    const numbered = patches.length > 1 || letter !== "";
    if (letter !== "") this.#send(`${name}-0`, `[${words} 0/${patches.length}] KVM: ${name}`, `${letter}\n`, null);
    for (const [at, file] of readdirSync(out).sort().entries()) {
      if (without.includes(at + 1)) continue;
      const text = readFileSync(path.join(out, file), "utf8");
      const body = damage(text.slice(text.indexOf("\n\n") + 2));
      const prefix = numbered ? `[${words} ${at + 1}/${patches.length}]` : `[${words}]`;
      const answers = letter !== "" ? `${name}-0` : at > 0 ? `${name}-1` : null;
      this.#send(`${name}-${at + 1}`, `${prefix} KVM: ${name}: part ${at + 1}`, body, answers);
    }
  }

  #send(id: string, subject: string, body: string, answers: string | null): void {
    const date = new Date(Date.UTC(2026, 2, 1, 10, this.#minute++)).toUTCString().replace("GMT", "+0000");
    const headers = [
      "From: Alex Archer <alex@example.org>",
      "To: kvm@lists.example.org",
      `Subject: ${subject}`,
      `Date: ${date}`,
      `Message-ID: <${id}@example.org>`,
      ...(answers === null ? [] : [`In-Reply-To: <${answers}@example.org>`]),
      "Content-Type: text/plain; charset=UTF-8",
    ];
    this.#mails.set(`${id}@example.org`, Buffer.from(`${headers.join("\n")}\n\n${body}`));
  }

  /** The series as the list has them. */
  series(): Series[] {
    const facts = [...this.#mails].map(([id, bytes]) =>
      mailFactsOf(readMail(bytes), { place: id, committed: null, source: "made", patchId: patchKey }),
    );
    return seriesOfPostings(assembleMails(facts).postings, { rules: [], trees: [] });
  }

  /** Mails by their Message-ID, as an archive gives them. */
  mails(messageIds: readonly string[]): Promise<Map<string, Uint8Array>> {
    return Promise.resolve(
      new Map(messageIds.flatMap((id) => (this.#mails.has(id) ? [[id, this.#mails.get(id) ?? new Uint8Array()] as const] : []))),
    );
  }

  /** The mails of a series, or all, in one mbox. */
  mbox(name = ""): string {
    return [...this.#mails]
      .filter(([id]) => id.startsWith(name))
      .map(
        ([, bytes]) =>
          `From mboxrd@z Thu Jan  1 00:00:00 1970\n${Buffer.from(bytes)
            .toString("utf8")
            .replace(/^>*From /gm, ">$&")}\n`,
      )
      .join("");
  }
}

export interface Ground {
  /** The person's repository, HEAD some commits further than what series are made on. */
  readonly tree: string;
  /** Where most series are made. */
  readonly base: string;
  readonly author: Author;
}

/** Posts a series on top of “needed” that names the patch below it by its id alone, as `git format-patch --base` does. */
export function postStacked({ author, base }: Ground): void {
  const onto = git(author.folder, ["rev-parse", "below"]).trim();
  const main = { "virt/kvm/kvm_main.c": lines("main", 60, { 25: "stacked" }) };
  author.post({ name: "stacked", patches: [main], onto, options: [`--base=${base}`] });
}

/** The kernel of the tests in small: enough for a tree that is known as one. */
export const baseFiles: Files = {
  MAINTAINERS: "List of maintainers\n",
  Kbuild: "# nothing\n",
  "virt/kvm/kvm_main.c": lines("main", 60),
  "arch/x86/kvm/x86.c": lines("x86", 60),
  "arch/x86/kvm/old.c": lines("old", 60),
  "arch/x86/kvm/gone.c": lines("gone", 30),
  "scripts/check.sh": "#!/bin/sh\necho one\n",
  "media/picture.bin": Buffer.from(Array.from({ length: 256 }, (_, at) => at)),
};

/** What happened in the tree since: see `makeGround`. */
const headFiles: Files = {
  // Moves every line of x86.c by five.
  "arch/x86/kvm/x86.c": lines("x86", 60, {}, ["a", "b", "c", "d", "e"]),
  // A change beside which another is placed only by a merge, and one that collides.
  "virt/kvm/kvm_main.c": lines("main", 60, { 12: "main line 12, other", 40: "main line 40, other" }),
  "arch/x86/kvm/old.c": null,
  "arch/x86/kvm/new.c": lines("old", 60),
  "arch/x86/kvm/gone.c": null,
  "include/made.h": "made here\n",
  // What the series "taken" and the first patch of "partly" do.
  "virt/kvm/taken.c": lines("taken", 20),
  Kbuild: "# something\n",
};

/** Makes the repository and a series for each thing that can be said of one; the name of the series says which. */
export function makeGround(folder: string, format = "sha1"): Ground {
  const tree = path.join(folder, "tree");
  mkdirSync(tree, { recursive: true });
  git(tree, ["init", "-q", `--object-format=${format}`, "--initial-branch=main", "--template="]);
  const base = commit(tree, baseFiles, "base");
  const author = new Author(path.join(folder, "author"), tree);
  git(tree, ["config", "user.name", "Bea Baker"]);
  git(tree, ["config", "user.email", "bea@example.org"]);
  commit(tree, headFiles, "later");
  postAll(author, base);
  return { tree, base, author };
}

function postAll(author: Author, onto: string): void {
  const post = (name: string, patches: readonly Files[], more: Partial<PostedSeries> = {}): void =>
    author.post({ name, patches, onto, ...more });
  const main = (changed: Readonly<Record<number, string>>): Files => ({ "virt/kvm/kvm_main.c": lines("main", 60, changed) });
  const x86 = (changed: Readonly<Record<number, string>>): Files => ({ "arch/x86/kvm/x86.c": lines("x86", 60, changed) });
  post("applies", [main({ 25: "first" }), main({ 25: "first", 26: "second" }), { "virt/kvm/fresh.c": "fresh\n" }]);
  post("offset", [x86({ 30: "moved" })]);
  // Line 12 stands in the context: without a merge the hunk has no place.
  post("merges", [main({ 9: "beside" }), main({ 9: "beside", 25: "and on" })]);
  post("collides", [{ MAINTAINERS: "More maintainers\n" }, main({ 40: "mine" }), main({ 40: "mine", 55: "late" })]);
  // The second patch is made for a text that only the first one makes of the author's file, as git am finds out too.
  post("halfway", [main({ 25: "good" }), main({ 25: "good", 40: "mine" })]);
  post("taken", [{ "virt/kvm/taken.c": lines("taken", 10) }, { "virt/kvm/taken.c": lines("taken", 20) }]);
  post("partly", [{ Kbuild: "# something\n" }, main({ 25: "rest" })]);
  post("renamed", [{ "arch/x86/kvm/old.c": lines("old", 60, { 20: "followed" }) }]);
  post("removed", [{ "arch/x86/kvm/gone.c": lines("gone", 30, { 15: "too late" }) }]);
  post("exists", [{ "include/made.h": "made elsewhere\n" }]);
  // In one go git would not mind that the file is there, since it is going away.
  post("passing", [{ "include/made.h": "made elsewhere\n" }, x86({ 30: "passing" }), { "include/made.h": null }]);
  post("binary", [{ "media/picture.bin": Buffer.from([0, 1, 2, 3, 0, 255]) }], { options: ["--binary"] });
  post("unbinary", [{ "media/picture.bin": Buffer.from([0, 9, 8, 7, 0, 255]) }], { options: ["--no-binary"] });
  // What keeps the first patch out is no matter of the second one's binary file.
  post("both", [main({ 40: "mine" }), { "media/picture.bin": Buffer.from([0, 7, 7, 7, 0]) }], { options: ["--no-binary"] });
  post("missing", [main({ 20: "1" }), main({ 21: "2" }), main({ 22: "3" })], { letter: "Three of them.", without: [2] });
  post("damaged", [main({ 25: "cut" })], { damage: (mail) => mail.replace(/\n main line 26\n main line 27\n/, "\n") });
  git(author.folder, ["checkout", "-q", "-B", "elsewhere", onto]);
  const unknown = commit(author.folder, main({ 12: "main line 12, unposted" }), "never posted");
  author.post({ name: "baseless", patches: [main({ 9: "beside", 12: "main line 12, unposted" })], onto: unknown });
  const foreign = commit(author.folder, { "hw/i386/pc.c": lines("pc", 30) }, "another project");
  author.post({ name: "abroad", patches: [{ "hw/i386/pc.c": lines("pc", 30, { 9: "board" }) }], onto: foreign });
  const needed = main({ 25: "needed" });
  post("needed", [needed], { letter: "change-id: 20260301-needed-0123456789ab" });
  git(author.folder, ["checkout", "-q", "-B", "below", onto]);
  const below = commit(author.folder, needed, "the needed one");
  author.post({
    name: "needs",
    patches: [main({ 25: "needs" })],
    onto: below,
    letter: "prerequisite-change-id: 20260301-needed-0123456789ab:v1",
  });
  author.post({ name: "based", patches: [main({ 40: "based" })], onto, letter: `base-commit: ${onto}` });
  const script = (mode: number): void => chmodSync(path.join(author.folder, "scripts/check.sh"), mode);
  git(author.folder, ["checkout", "-q", "-B", "mode", onto]);
  script(0o755);
  author.post({ name: "mode", patches: [{}], onto: git(author.folder, ["rev-parse", "HEAD"]).trim() });
}
