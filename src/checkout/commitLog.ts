/**
 * The commits of a repository that are young enough to be a pending patch, as far as they are needed to find candidates: a key of the
 * title and of each mail that is named, and the parents, which tell what is on which branch. Read once; then only new ones.
 */
import { createHash, hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { HumanError } from "../core/humanError";
import { referencesIn } from "../core/mail/mailReference";
import { titleTail, type TreeRef } from "../core/series/landed";
import { type GitOptions, runGit } from "../git/git";
import { objectInfos, outputText } from "../git/objects";
import { CacheFile, type CacheForm, isId, listOf } from "./cacheFile";
import { gitIn, objectIdOf } from "./commits";

/** A ref that was looked at, and whether it is a branch of a remote. */
export interface LoggedRef extends TreeRef {
  readonly commit: string;
  readonly remote: boolean;
  /** When the commit was made, in milliseconds; null where a clone lacks it, and for HEAD. */
  readonly committed: number | null;
  /** HEAD, and the branch it follows unless that is the main one of `origin`: what the person commits may be there and nowhere else. */
  readonly followed: boolean;
}

/** A commit as it is kept. */
export interface LogRow {
  readonly id: string;
  /** When it was committed, in seconds. */
  readonly time: number;
  /** The parents; [] for one without, or behind which a shallow clone ends. */
  readonly parents: readonly string[];
  /** Keys of the title, and of the mails that are named; see `titleKey` and `mailKey`. */
  readonly keys: readonly number[];
  /** The commits that it says it reverts, as it writes them. */
  readonly reverts: readonly string[];
}

export interface KnownLog {
  /** The commits older than this, in seconds, were not read. */
  readonly since: number;
  /** All that can be reached from these was read. */
  readonly tips: readonly string[];
  readonly rows: readonly LogRow[];
}

export interface LogCache {
  get(key: string): KnownLog | undefined;
  set(key: string, known: KnownLog, isNew: boolean): void;
  /** Writes the file, if anything changed. */
  save(): Promise<void>;
}

/** Commits read at most: of a larger history the newest. */
const mostCommits = 400_000;
/** Branches of remotes that are looked at: of each remote in turn the one with the newest commit, so that each has its share. */
const mostRefs = 60;
/** By so much older commits than wanted are kept before they are forgotten, in seconds. */
const keptLonger = 60 * 86_400;

/** A key of 48 bits: two titles that share one only make a candidate more. */
function keyOf(text: string): number {
  return parseInt(hash("sha1", text).slice(0, 12), 16);
}

export function titleKey(title: string): number {
  return keyOf(titleTail(title));
}

export function mailKey(messageId: string): number {
  return keyOf(`<${messageId}>`);
}

/** The trailers of a commit that name mails, as a field of a format of git; `mailsInTrailers` reads it. */
export const mailTrailers = "%(trailers:key=Link,key=Message-ID,valueonly,unfold,separator=%x02)";

/** The mails that trailers name: of a commit, or of one patch. */
export function mailsInTrailers(values: string): string[] {
  // One by one, since only the beginning of a long line is read.
  return values === "" ? [] : values.split("\u0002").flatMap((value) => referencesIn(value).map(({ messageId }) => messageId));
}

/**
 * The refs on which something may have landed: HEAD, the branch it follows, the branches of remotes. Those whose commit is not there
 * are left out; none in an empty repository.
 *
 * @param top of the working tree
 */
export async function landingRefs(top: string, options: GitOptions = {}): Promise<LoggedRef[]> {
  const ask = gitIn(top, options);
  const [head, upstream, main] = [
    await objectIdOf(ask, "HEAD^{commit}"),
    outputText(await ask(["rev-parse", "--symbolic-full-name", "--verify", "--quiet", "HEAD@{upstream}"])),
    outputText(await ask(["symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"])),
  ];
  const format = "--format=%(objectname) %(refname) %(symref)";
  const sorted = await ask(["for-each-ref", "--sort=-committerdate", `${format} %(committerdate:unix)`, "refs/remotes"]);
  // To sort them git needs their commits, which a clone may lack.
  const listed = sorted.code === 0 ? sorted : await ask(["for-each-ref", format, "refs/remotes"]);
  const found = new Map<string, LoggedRef>();
  const add = (full: string, commit: string, committed: number | null): void => {
    const remote = full.startsWith("refs/remotes/");
    const name = full.replace(/^refs\/(?:remotes|heads)\//, "");
    if (found.has(name)) return;
    const isMain = full === "HEAD" || full === upstream || full === main;
    found.set(name, { name, commit, remote, committed, main: isMain, followed: isMain && full !== main });
  };
  const branches = outputText(listed)
    .split("\n")
    .flatMap((line): RemoteBranch[] => {
      const [commit = "", full = "", symref = "", seconds = ""] = line.split(" ");
      return isId(commit) && symref === "" ? [{ full, commit, committed: Number(seconds) * 1000 || null }] : [];
    });
  if (head !== null) add("HEAD", head, null);
  for (const full of [upstream, main]) {
    const commit = full.startsWith("refs/") ? await objectIdOf(ask, `${full}^{commit}`) : null;
    if (commit !== null) add(full, commit, branches.find((one) => one.full === full)?.committed ?? null);
  }
  for (const { full, commit, committed } of inTurn(branches).slice(0, mostRefs)) add(full, commit, committed);
  const refs = [...found.values()];
  const there = await commitsThere(
    top,
    refs.map(({ commit }) => commit),
    options,
  );
  return refs.filter(({ commit }) => there.has(commit));
}

interface RemoteBranch {
  readonly full: string;
  readonly commit: string;
  readonly committed: number | null;
}

/** The first branch of each remote, then the second of each, and so on: one with hundreds of branches leaves room for the others. */
function inTurn(branches: readonly RemoteBranch[]): RemoteBranch[] {
  const places = new Map<string, number>();
  return branches
    .map((branch) => {
      const [, , remote = ""] = branch.full.split("/");
      const place = places.get(remote) ?? 0;
      places.set(remote, place + 1);
      return { branch, place };
    })
    .sort((a, b) => a.place - b.place)
    .map(({ branch }) => branch);
}

async function commitsThere(top: string, ids: readonly string[], options: GitOptions): Promise<Set<string>> {
  const infos = await objectInfos(gitIn(top, options), ids);
  return new Set(ids.filter((_, at) => infos[at]?.kind === "commit"));
}

/**
 * Reads the commits of refs.
 *
 * @param since those that are older need not be read, in milliseconds
 * @throws HumanError where git cannot read the history
 */
export async function readCommitLog(
  top: string,
  refs: readonly LoggedRef[],
  since: number,
  { cache, ...options }: GitOptions & { readonly cache?: LogCache } = {},
): Promise<CommitLog> {
  const wanted = Math.max(0, Math.floor(since / 1000));
  const key = cache ? await repositoryKey(top, options) : "";
  const tips = [...new Set(refs.map(({ commit }) => commit))].sort();
  const before = cache?.get(key);
  const known = before && before.since <= wanted ? before : null;
  const fresh = tips.filter((tip) => !known?.tips.includes(tip));
  const added = known && fresh.length > 0 ? await readRows(top, fresh, known, options) : null;
  let log: KnownLog;
  if (known && fresh.length === 0) log = known;
  else if (known && added) log = { since: known.since, tips: [...known.tips, ...fresh], rows: [...known.rows, ...added] };
  else {
    const rows = await readRows(top, tips, { since: wanted, tips: [], rows: [] }, options);
    if (!rows) throw new HumanError(`The history of ${top} could not be read; see whether “git log” and “git fsck” work there.`);
    log = { since: rows.length === mostCommits ? (rows.at(-1)?.time ?? wanted) : wanted, tips, rows };
  }
  const made = new CommitLog(log.rows, log.since);
  const isOld = log.since < wanted - keptLonger;
  if (log !== before || isOld) {
    const limit = isOld ? wanted : log.since;
    const rows = isOld || log.tips.length > 2 * mostRefs ? made.within(tips, limit) : log.rows;
    cache?.set(key, { since: limit, tips: rows === log.rows ? log.tips : tips, rows }, true);
  }
  return made;
}

/** Each repository has a history, and another one when a shallow clone is deepened. */
async function repositoryKey(top: string, options: GitOptions): Promise<string> {
  const { stdout } = await runGit(top, ["rev-parse", "--git-common-dir", "--git-path", "shallow"], options);
  const [common = "", shallow = ""] = stdout.toString("utf8").split("\n");
  const ends = await readFile(resolve(top, shallow)).catch(() => "");
  return `${resolve(top, common)}\n${createHash("sha1").update(ends).digest("hex")}`;
}

const plainLog = ["--no-color", "--no-notes", "--no-patch", "--encoding=UTF-8", "--no-mailmap"];
const logSettings = ["log.follow=false", "log.showSignature=false"];
const revertText = "This reverts commit";

/** The commits that can be reached from tips and not from those that are known; null where git fails, as after a known one was pruned. */
async function readRows(top: string, tips: readonly string[], known: KnownLog, options: GitOptions): Promise<LogRow[] | null> {
  const input = `${[...tips, ...known.tips.map((tip) => `^${tip}`)].join("\n")}\n`;
  const log = (how: readonly string[]) =>
    runGit(top, ["log", ...how, ...plainLog, `--max-count=${mostCommits}`, `--since=${known.since}`, "--stdin"], {
      ...options,
      config: logSettings,
      input,
    });
  const [all, reverting] = await Promise.all([
    log([`--format=%x01%H%x00%P%x00%ct%x00%s%x00${mailTrailers}`]),
    log(["--fixed-strings", `--grep=${revertText}`, "--format=%x01%H%x00%b"]),
  ]);
  if (all.code !== 0 || reverting.code !== 0) return null;
  const reverts = new Map(
    recordsOf(reverting.stdout).map(
      ([id = "", body = ""]) => [id, Array.from(body.matchAll(reverted), ([, commit = ""]) => commit)] as const,
    ),
  );
  return recordsOf(all.stdout).flatMap(([id = "", parents = "", time = "", title = "", links = ""]): LogRow[] => {
    if (!isId(id)) return [];
    return [
      {
        id,
        time: Number(time) || 0,
        parents: parents === "" ? [] : parents.split(" "),
        keys: [titleKey(title), ...mailsInTrailers(links).map(mailKey)],
        reverts: reverts.get(id) ?? [],
      },
    ];
  });
}

const reverted = /This reverts commit\s{1,4}([0-9a-f]{7,64})/g;

/** The fields of commits: before each commit a byte that no id has. */
function recordsOf(stdout: Buffer): string[][] {
  return stdout
    .toString("utf8")
    .split("\u0001")
    .slice(1)
    .map((record) => record.replace(/\n$/, "").split("\0"));
}

/** Commits, asked by what they may be and by where they are. */
export class CommitLog {
  readonly #numbers: ReadonlyMap<string, number>;
  /** By key the commits that have it. */
  readonly #byKey = new Map<number, number[]>();
  #reverting: readonly LogRow[] | null = null;

  /** @param since the commits older than this, in seconds, were not read */
  constructor(
    private readonly rows: readonly LogRow[],
    readonly since: number,
  ) {
    this.#numbers = new Map(rows.map(({ id }, at) => [id, at]));
    for (const [at, { keys }] of rows.entries()) {
      for (const key of keys) {
        const known = this.#byKey.get(key);
        if (known) known.push(at);
        else this.#byKey.set(key, [at]);
      }
    }
  }

  get size(): number {
    return this.rows.length;
  }

  row(id: string): LogRow | undefined {
    return this.rows[this.#numbers.get(id) ?? -1];
  }

  /** The commits that have one of some keys; merges are no patches. */
  candidates(keys: readonly number[]): LogRow[] {
    const found = new Set(keys.flatMap((key) => this.#byKey.get(key) ?? []));
    return [...found].flatMap((at) => this.rows[at] ?? []).filter(({ parents }) => parents.length < 2);
  }

  /** The commits that say they revert others. */
  reverting(): readonly LogRow[] {
    return (this.#reverting ??= this.rows.filter(({ reverts }) => reverts.length > 0));
  }

  /** What can be reached from a commit. */
  reach(tip: string): (id: string) => boolean {
    const seen = this.#seenFrom([tip]);
    return (id) => seen[this.#numbers.get(id) ?? -1] === 1;
  }

  #seenFrom(tips: readonly string[]): Uint8Array {
    const seen = new Uint8Array(this.rows.length);
    const open = tips.flatMap((tip) => this.#numbers.get(tip) ?? []);
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen[at] === 1) continue;
      seen[at] = 1;
      for (const parent of this.rows[at]?.parents ?? []) {
        const number = this.#numbers.get(parent);
        if (number !== undefined && seen[number] !== 1) open.push(number);
      }
    }
    return seen;
  }

  /**
   * When the history of a commit begins, in milliseconds: with an import, or where a shallow clone ends. Null where it goes back
   * beyond what was read.
   */
  beginning(tip: string): number | null {
    const seen = this.#seenFrom([tip]);
    let newest: number | null = null;
    for (const [at, { parents, time }] of this.rows.entries())
      if (seen[at] === 1 && parents.length === 0) newest = Math.max(newest ?? 0, time * 1000);
    return newest;
  }

  /** The commits that can be reached from some tips and are not older than a time in seconds. */
  within(tips: readonly string[], since: number): LogRow[] {
    const seen = this.#seenFrom(tips);
    return this.rows.filter(({ time }, at) => seen[at] === 1 && time >= since);
  }
}

// The log in a file.

const logForm: CacheForm<KnownLog> = {
  version: 1,
  name: "repositories",
  // A person has some clones; each is some megabytes.
  most: 4,
  read([key, since, tips, rows]) {
    const ids = listOf(tips).filter((tip) => typeof tip === "string");
    const read = readKeptRows(listOf(rows));
    return typeof key === "string" && typeof since === "number" && ids.every(isId) && read ? [key, { since, tips: ids, rows: read }] : null;
  },
  write(key, { since, tips, rows }) {
    const numbers = new Map(rows.map(({ id }, at) => [id, at]));
    // A parent is a number where it was read, which nearly all are.
    const kept = rows.map(({ id, time, parents, keys, reverts }) => {
      const short = parents.map((parent) => numbers.get(parent) ?? parent);
      return reverts.length === 0 ? [id, time, short, keys] : [id, time, short, keys, reverts];
    });
    return [key, since, tips, kept];
  },
};

/** The rows of a file; null where one is damaged, since then nothing is known of what it stood for. */
function readKeptRows(kept: readonly unknown[]): LogRow[] | null {
  const ids = kept.map((row) => listOf(row)[0]);
  const rows: LogRow[] = [];
  for (const row of kept) {
    const [id, time, parents, keys, reverts] = listOf(row);
    const named = listOf(parents).map((parent) => (typeof parent === "number" ? ids[parent] : parent));
    const numbers = listOf(keys).filter((key) => typeof key === "number");
    const texts = listOf(reverts).filter((text) => typeof text === "string");
    if (typeof id !== "string" || !isId(id) || typeof time !== "number") return null;
    if (!named.every((parent): parent is string => typeof parent === "string" && isId(parent))) return null;
    rows.push({ id, time, parents: named, keys: numbers, reverts: texts });
  }
  return rows;
}

/** Opens the logs kept in a file. */
export async function openLogCache(file: string): Promise<LogCache> {
  const cache = await CacheFile.open(file, logForm);
  return { get: (key) => cache.get(key), set: (key, known, isNew) => cache.set(key, known, isNew), save: () => cache.save() };
}
