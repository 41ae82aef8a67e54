/** A kernel whose history is known, and series of which it is known whether and how they landed in it. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { newestDate, newestFirst, type Series } from "../../src/core/series/series";
import { readSeriesStates, type SeriesState, type StatesOptions } from "../../src/library/seriesStates";
import { bytesById, seriesOfMails } from "./pageArchive";
import { plainGit } from "./sampleArchive";

export const files = { teapot: "virt/kvm/teapot.c", cup: "virt/kvm/cup.c", people: "MAINTAINERS" } as const;

/** The lines of a file, some of them replaced. */
export function text(name: string, changed: Readonly<Record<number, string>> = {}, count = 60): string {
  return Array.from({ length: count }, (_, at) => `${changed[at + 1] ?? `${name} line ${at + 1}`}\n`).join("");
}

type Files = Readonly<Record<string, string>>;

interface CommitWords {
  readonly title: string;
  /** Between title and sign-off. */
  readonly body?: string;
  /** Below the sign-off. */
  readonly trailers?: string;
  /** Days since the first of January. */
  readonly day: number;
  readonly author?: string;
  readonly committer?: string;
}

export interface PostedRevision {
  readonly name: string;
  readonly version?: number;
  readonly day: number;
  /** The words of the brackets. */
  readonly words?: string;
  readonly patches: ReadonlyArray<{ readonly title: string; readonly files: Files; readonly trailers?: string }>;
}

const ada = "Ada Lind <ada@example.org>";
const bea = "Bea Baker <bea@example.org>";

export class LandedGround {
  readonly folder = mkdtempSync(path.join(tmpdir(), "kvm-series-landed-"));
  /** The person's tree, or the folder of a larger repository in which it is. */
  readonly tree: string;
  /** What HEAD was when everything began; series are made on it. */
  readonly base: string;
  readonly #author: string;
  readonly #mails: Uint8Array[] = [];

  constructor(prefix = "") {
    const top = path.join(this.folder, "tree");
    this.tree = path.join(top, prefix);
    this.#author = path.join(this.folder, "author");
    for (const folder of [this.tree, this.#author]) mkdirSync(folder, { recursive: true });
    this.git("init", "-q", "--initial-branch=main", "--template=", top);
    run(this.#author, ["init", "-q", "--initial-branch=main", "--template=", "."]);
    const first = { [files.teapot]: text("teapot"), [files.cup]: text("cup"), [files.people]: text("people") };
    this.base = this.commit(first, { title: "Begin", day: 0 });
    commitIn(this.#author, first, { title: "Begin", day: 0 });
    run(this.#author, ["tag", "base"]);
  }

  git(...args: readonly string[]): string {
    return run(this.tree, args);
  }

  /** Commits what somebody did; the maintainer commits it. */
  commit(changed: Files, words: CommitWords): string {
    return commitIn(this.tree, changed, words);
  }

  /** Where a branch of a remote is. */
  remote(name: string, commit: string): void {
    this.git("update-ref", `refs/remotes/${name}`, commit);
  }

  /** Sends a revision, made on the first commit. */
  post({ name, version = 1, day, words = "PATCH", patches }: PostedRevision): void {
    run(this.#author, ["checkout", "-q", "--detach", "base"]);
    const label = version === 1 ? "" : ` v${version}`;
    for (const [at, { title, files: changed, trailers = "" }] of patches.entries()) {
      commitIn(this.#author, changed, { title, day, trailers });
      const made = run(this.#author, ["format-patch", "--stdout", "-1"]);
      const numbers = patches.length === 1 ? "" : ` ${at + 1}/${patches.length}`;
      const headers = [
        `From: ${ada}`,
        "To: kvm@lists.example.org",
        `Subject: [${words}${label}${numbers}] ${title}`,
        `Date: ${dateOf(day, at).toUTCString().replace("GMT", "+0000")}`,
        `Message-ID: <${this.id(name, at + 1, version)}>`,
        ...(at === 0 ? [] : [`In-Reply-To: <${this.id(name, 1, version)}>`]),
        "Content-Type: text/plain; charset=UTF-8",
      ];
      this.#mails.push(Buffer.from(`${headers.join("\n")}\n\n${made.slice(made.indexOf("\n\n") + 2)}`));
    }
  }

  id(name: string, patch: number, version = 1): string {
    return `${name}-v${version}-${patch}@example.org`;
  }

  /** Puts an answer on the list. */
  answer(to: string, from: string, said: string, day: number): void {
    const headers = [`From: ${from}`, "Subject: Re: it", `Date: ${dateOf(day, 0).toUTCString().replace("GMT", "+0000")}`];
    const id = `answer-${this.#mails.length}@example.org`;
    this.#mails.push(Buffer.from(`${headers.join("\n")}\nMessage-ID: <${id}>\nIn-Reply-To: <${to}>\n\n${said}\n`));
  }

  mails(): readonly Uint8Array[] {
    return this.#mails;
  }

  series(): Series[] {
    return seriesOfMails(this.#mails).sort(newestFirst);
  }

  mbox(): string {
    return this.#mails
      .map(
        (mail) =>
          `From mboxrd@z Thu Jan  1 00:00:00 1970\n${Buffer.from(mail)
            .toString("utf8")
            .replace(/^>*From /gm, ">$&")}\n`,
      )
      .join("");
  }

  /** The states of all series, as a library of these mails would have them. */
  async states(
    options: StatesOptions = {},
    tree = this.tree,
  ): Promise<{ readonly states: readonly SeriesState[]; readonly messages: readonly string[] }> {
    const bytes = bytesById(this.#mails);
    const series = this.series();
    const mailBytes = (ids: readonly string[]) => Promise.resolve(new Map([...bytes].filter(([id]) => ids.includes(id))));
    const { states, problems } = await readSeriesStates({ now: newestDate(series), mailBytes }, series, tree, options);
    return { states, messages: problems.map(({ message }) => message) };
  }

  /** What is said of the only series: its status, and of each patch its state with the relation and signs of each commit. */
  async said(
    options: StatesOptions = {},
    tree = this.tree,
  ): Promise<{ status: string; kinds: string[]; patches: string[]; state: SeriesState }> {
    const { states } = await this.states(options, tree);
    const [state, ...others] = states;
    if (!state || others.length > 0) throw new Error(`There are ${states.length} series.`);
    const patches = state.patches.map(({ state: where, commits }) =>
      [where, ...commits.map(({ relation, signs }) => `${relation} by ${signs.join(" ")}`)].join("; "),
    );
    return { status: state.status, kinds: state.evidence.map(({ kind }) => kind), patches, state };
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function dateOf(day: number, minute: number): Date {
  return new Date(Date.UTC(2026, 0, 1 + day, 10, minute));
}

function commitIn(
  folder: string,
  changed: Files,
  { title, body = "Because.", trailers = "", day, author = ada, committer = bea }: CommitWords,
): string {
  for (const [name, content] of Object.entries(changed)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
  run(folder, ["add", "-A", "."]);
  const [, name = "", email = ""] = /^(.*) <(.*)>$/.exec(committer) ?? [];
  const date = dateOf(day, 0).toISOString();
  const env = { GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email, GIT_COMMITTER_DATE: date };
  const message = [title, "", body, "", `Signed-off-by: ${author}`, ...(trailers === "" ? [] : [trailers])].join("\n");
  run(folder, ["commit", "-q", "--allow-empty", `--author=${author}`, `--date=${date}`, "-m", message], env);
  return run(folder, ["rev-parse", "HEAD"]).trim();
}

export function run(folder: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  return execFileSync("git", args, {
    cwd: folder,
    env: { ...plainGit, HOME: folder, ...env },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Damages a file in its middle. */
export function damage(file: string): void {
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.subarray(0, Math.floor(bytes.length / 2)));
}
