/** A small repository with a known history, and series that were made of commits of it as a person makes and sends them. */
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { mailIdsOf } from "../../src/core/series/revisionTexts";
import { newestRevision, type Revision, type Series } from "../../src/core/series/series";
import { bytesById, type MailBytes, seriesOfMails } from "./pageArchive";
import { plainGit } from "./sampleArchive";

export interface History {
  readonly folder: string;
  git(...args: readonly string[]): string;
  write(files: Readonly<Record<string, string | Uint8Array>>): void;
  /** Writes files and commits them; says which commit it is. */
  commit(title: string, files: Readonly<Record<string, string | Uint8Array | null>>, message?: string): string;
  /** The mails of the commits behind another one, as `git format-patch` writes them. */
  mails(range: string, options?: MailsOptions): Uint8Array[];
  dispose(): void;
}

export interface MailsOptions {
  readonly version?: number;
  readonly cover?: string;
  readonly more?: readonly string[];
}

export interface SentSeries {
  readonly series: Series;
  readonly revision: Revision;
  /** The mails that were sent. */
  readonly mails: MailBytes;
  /** The mails by which it is applied. */
  readonly bytes: MailBytes;
}

/** Lines `1` to `count`, so that it is seen which of them changed. */
export function numbered(count: number, changes: Readonly<Record<number, string>> = {}): string {
  return Array.from({ length: count }, (_, at) => `${changes[at + 1] ?? `line ${at + 1}`}\n`).join("");
}

/** Gives each test of a suite a history of its own, and a folder beside it with nothing in it. */
export function freshHistory(files: Readonly<Record<string, string | Uint8Array>>, take: (history: History, beside: string) => void): void {
  let history: History | undefined;
  let beside: string | undefined;
  setup(() => {
    history = makeHistory(files);
    beside = mkdtempSync(join(tmpdir(), "kvm-series-beside-"));
    take(history, beside);
  });
  teardown(() => {
    history?.dispose();
    if (beside !== undefined) rmSync(beside, { recursive: true, force: true });
  });
}

/** Makes a repository of Ada's in a folder of its own, with one commit. */
export function makeHistory(files: Readonly<Record<string, string | Uint8Array>> = { "file.c": numbered(40) }): History {
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-history-"));
  // The hooks of the repository are run.
  const settings = { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "maintenance.auto", GIT_CONFIG_VALUE_0: "false" };
  const git = (...args: readonly string[]): string =>
    execFileSync("git", args, {
      cwd: folder,
      env: { ...plainGit, ...settings, HOME: folder },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  const write: History["write"] = (written) => {
    for (const [path, text] of Object.entries(written)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  };
  const history: History = {
    folder,
    git,
    write,
    commit(title, changed, message = "Because.") {
      for (const [path, text] of Object.entries(changed)) {
        if (text === null) rmSync(join(folder, path));
        else write({ [path]: text });
      }
      git("add", "--all", "--", ...Object.keys(changed));
      git("commit", "--quiet", "-m", `${title}\n\n${message}\n\nSigned-off-by: Ada Lind <ada@example.org>`);
      return git("rev-parse", "HEAD");
    },
    mails(range, { version = 1, cover, more = [] } = {}) {
      const out = mkdtempSync(join(tmpdir(), "kvm-series-mails-"));
      const letter = cover === undefined ? [] : ["--cover-letter"];
      git("format-patch", "--quiet", "--thread=shallow", `-v${version}`, ...letter, ...more, "-o", out, range);
      const mails = readdirSync(out)
        .sort()
        // As bytes: a diff has those of its file.
        .map((name) => readFileSync(join(out, name), "latin1"))
        .map((text) => text.replace(/^From \S+ .*\n/, "").replace("*** SUBJECT HERE ***", Buffer.from(cover ?? "").toString("latin1")))
        // Two versions made in one second would have one and the same cover letter.
        .map((text) => text.replaceAll(".git.ada@example.org>", `.v${version}.ada@example.org>`))
        .map((text) => text.replace("Subject: ", "To: kvm@lists.example.org\nSubject: "))
        .map((text) => Buffer.from(/^Message-Id: /m.test(text) ? text : `Message-Id: <lone-v${version}@example.org>\n${text}`, "latin1"));
      rmSync(out, { recursive: true });
      return mails;
    },
    dispose: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
  git("init", "--quiet", "--initial-branch=main", ".");
  appendFileSync(join(folder, ".git", "config"), "[user]\n\tname = Ada Lind\n\temail = ada@example.org\n");
  history.commit("Begin", files);
  return history;
}

/** The series that mails make. */
export function sent(mails: readonly Uint8Array[]): SentSeries {
  const [series, ...others] = seriesOfMails(mails);
  if (!series || others.length > 0) throw new Error(`The mails make ${others.length + (series ? 1 : 0)} series.`);
  const byId = bytesById(mails);
  const revision = newestRevision(series);
  const wanted = mailIdsOf(revision);
  return { series, revision, mails: byId, bytes: new Map([...byId].filter(([id]) => wanted.includes(id))) };
}

/** An answer to a mail. */
export function reply(to: Uint8Array, from: string, text: string): Uint8Array {
  const head = Buffer.from(to).toString("utf8");
  const field = (name: string): string => new RegExp(`^${name}: *(.*(?:\\n[ \\t].*)*)`, "im").exec(head)?.[1] ?? "";
  const id = `reply-${from.replace(/[^a-z]/gi, "")}-${text.length}-${field("Message-Id").replace(/\W/g, "")}@example.org`;
  const lines = [
    `From: ${from}`,
    `Date: ${field("Date")}`,
    "To: kvm@lists.example.org",
    `Subject: Re: ${field("Subject")}`,
    `Message-ID: <${id}>`,
    `In-Reply-To: ${field("Message-Id")}`,
  ];
  return new TextEncoder().encode(`${lines.join("\n")}\n\n> quoted\n\n${text}\n`);
}
