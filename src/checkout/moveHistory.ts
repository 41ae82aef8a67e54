/**
 * Where files went that the tree no longer has, and where files come from that it does not have yet. The history is read by their names
 * alone, in one walk in which git skips all other commits.
 */
import { createHash } from "node:crypto";
import type { HistoryMove } from "../core/series/movedFiles";
import { isSafePath } from "../core/series/treePaths";
import { type GitOptions, runGit } from "../git/git";
import { objectInfos, outputText } from "../git/objects";
import type { KnownMoves, MoveCache, NameEvent, NamesAhead } from "./cachedAnswers";
import { commitOf, gitIn, locateTree, treeIn, type TreeLocation } from "./commits";

export interface MoveHistoryOptions extends GitOptions {
  readonly cache?: MoveCache;
  /** How long each walk may take; what is not found by then stays unknown. */
  readonly milliseconds?: number;
}

/** The tree of a commit, and what its history tells about names it does not have. */
interface MoveHistory {
  readonly commit: string;
  /** Whether the commit has a file. */
  has(path: string): boolean;
  /**
   * Looks names up.
   *
   * @param bases the base commits of series; those in the repository may be ahead of the tree
   */
  find(names: readonly string[], bases?: readonly string[]): Promise<ReadonlyMap<string, HistoryMove>>;
}

/** Series made before that are no longer pending. */
const mostYears = 10;
/** The most names looked up at once, since git compares each with every file that a commit may have changed. */
const namesAtOnce = 200;
/** From this many names on it is quicker to list all files and pick the wanted ones. */
const fewNames = 12;
const mostNames = 4000;
/** The longest chain of moves. */
const mostSteps = 16;
/** The most commits whose renames are looked up; a pending series needs a few. */
const mostCommits = 2000;
const defaultMilliseconds = 30_000;

/** Opens the history of the checkout of a folder, or of another commit; null without a repository or commit. */
export async function openMoveHistory(folder: string, revision: string, options: MoveHistoryOptions = {}): Promise<MoveHistory | null> {
  const place = await locateTree(folder, options).catch(() => null);
  const commit = place && (await commitOf(place.top, revision, options));
  if (!place || commit === null) return null;
  const listed = await runGit(place.top, ["ls-tree", "-r", "-z", "--name-only", "--full-tree", treeIn(place, commit)], options);
  if (listed.code !== 0) return null;
  const files = new Set(listed.stdout.toString("utf8").split("\0"));
  const has = (path: string): boolean => path !== "" && files.has(path);
  return {
    commit,
    has,
    async find(names, bases = []) {
      const wanted = names.filter((name) => !has(name) && isAskable(name)).slice(0, mostNames);
      if (wanted.length === 0) return new Map();
      return new Lookup(place, commit, has, options).find(wanted, bases);
    },
  };
}

/** Strangers chose the names, so git gets them on its input, one a line. */
function isAskable(name: string): boolean {
  return isSafePath(name) && !name.includes("\n") && !name.startsWith(".../");
}

/** A step of a file to another name. */
interface Step {
  readonly to: string;
  readonly commit: string;
}

class Lookup {
  #known: KnownMoves = { head: "", names: new Map(), renames: new Map(), ahead: [] };
  /** What commits ahead of the tree do; the last of `#known.ahead`. */
  #ahead: NamesAhead = { tips: "", names: new Map() };

  constructor(
    private readonly place: TreeLocation,
    private readonly commit: string,
    private readonly has: (path: string) => boolean,
    private readonly options: MoveHistoryOptions,
  ) {}

  async find(names: readonly string[], bases: readonly string[]): Promise<Map<string, HistoryMove>> {
    const { cache } = this.options;
    const key = await this.#cacheKey();
    const before = cache?.get(key);
    // Names are kept only when their walk was finished; the others are looked up again the next time.
    const tips = await this.#tips(bases);
    const tipsKey = createHash("sha256")
      .update([this.commit, ...tips].join("\n"))
      .digest("hex");
    const ahead = before?.ahead.find(({ tips: known }) => known === tipsKey);
    this.#ahead = { tips: tipsKey, names: new Map(ahead?.names ?? []) };
    this.#known = {
      head: this.commit,
      names: new Map(),
      renames: new Map(before?.renames ?? []),
      ahead: [...(before?.ahead ?? []).filter((one) => one !== ahead), this.#ahead],
    };
    const found = await this.#forward(names, before ?? null);
    const unknown = names.filter((name) => !found.has(name));
    for (const [name, move] of await this.#back(unknown, tips)) found.set(name, move);
    cache?.set(key, { ...this.#known, names: new Map([...(before ? await this.#carried(before) : []), ...this.#known.names]) });
    // A cache that cannot be written changes nothing about what was found.
    await cache?.save().catch(() => undefined);
    return found;
  }

  /** Each worktree has its own HEAD, and each tree in it its own names. */
  async #cacheKey(): Promise<string> {
    return `${outputText(await this.#run(["rev-parse", "--absolute-git-dir"]))}\n${this.place.prefix}`;
  }

  #run(args: readonly string[], input?: string) {
    return runGit(this.place.top, args, { ...this.options, ...(input === undefined ? {} : { input }) });
  }

  /** Follows former names to those that the tree has. */
  async #forward(names: readonly string[], before: KnownMoves | null): Promise<Map<string, HistoryMove>> {
    await this.#readNames(names, before);
    const found = new Map<string, HistoryMove>();
    /** The names being followed, each with its first step. */
    let open = names.map((name) => ({ name, at: name, removals: newestLife(this.#eventsOf(name)), seen: [name] }));
    for (let steps = 0; open.length > 0 && steps < mostSteps; steps++) {
      await this.#readRenames(open.flatMap(({ at, removals }) => removals.map((commit) => [commit, at] as const)));
      const next: typeof open = [];
      for (const { name, at, removals, seen } of open) {
        const step = this.#stepOf(at, removals);
        if (!step || seen.includes(step.to)) continue;
        if (this.has(step.to)) found.set(name, { path: step.to, when: "before", by: { commit: step.commit } });
        else next.push({ name, at: step.to, removals: [step.commit], seen: [...seen, step.to] });
      }
      await this.#readNames([...new Set(next.map(({ at }) => at))].filter(isAskable), before);
      open = next.map((one) => ({ ...one, removals: lifeFrom(this.#eventsOf(one.at), one.removals[0] ?? "") }));
    }
    return found;
  }

  #eventsOf(name: string): readonly NameEvent[] {
    return this.#known.names.get(name) ?? [];
  }

  /** Where the commits that removed a name moved its file; null when they did not, or to several places of the tree. */
  #stepOf(name: string, removals: readonly string[]): Step | null {
    const steps = removals.flatMap((commit): Step[] => {
      const to = this.#known.renames.get(`${commit} ${name}`);
      return to == null ? [] : [{ to, commit }];
    });
    const there = steps.filter(({ to }) => this.has(to));
    const [first, ...others] = there.length > 0 ? there : steps;
    return first && others.every(({ to }) => to === first.to) ? first : null;
  }

  /** Reads the history of names; for names read before, only the new part. */
  async #readNames(names: readonly string[], before: KnownMoves | null): Promise<void> {
    const wanted = names.filter((name) => !this.#known.names.has(name));
    const old = before && before.head !== "" && (await this.#follows(before.head)) ? before : null;
    const kept = wanted.filter((name) => old?.names.has(name));
    const fresh = wanted.filter((name) => !old?.names.has(name));
    if (old) {
      const since = old.head === this.commit ? new Map<string, NameEvent[]>() : await this.#walk(kept, [`^${old.head}`]);
      for (const name of kept) {
        const events = since?.get(name) ?? (since ? [] : null);
        if (events) this.#known.names.set(name, [...events, ...(old.names.get(name) ?? [])]);
      }
    }
    const walked = await this.#walk(fresh, []);
    for (const name of fresh) if (walked) this.#known.names.set(name, walked.get(name) ?? []);
  }

  /** The kept names of other lists, brought up to this commit; none when that takes too long. */
  async #carried(before: KnownMoves): Promise<Map<string, readonly NameEvent[]>> {
    const names = [...before.names.keys()].filter((name) => !this.#known.names.has(name));
    if (names.length === 0 || !(await this.#follows(before.head))) return new Map();
    const since = before.head === this.commit ? new Map<string, NameEvent[]>() : await this.#walk(names, [`^${before.head}`]);
    if (!since) return new Map();
    return new Map(names.map((name) => [name, [...(since.get(name) ?? []), ...(before.names.get(name) ?? [])]]));
  }

  #followed: { readonly head: string; readonly answer: boolean } | null = null;

  /** Whether history since a commit was only added to. */
  async #follows(head: string): Promise<boolean> {
    if (this.#followed?.head !== head) {
      const { code } = await this.#run(["merge-base", "--is-ancestor", head, this.commit]);
      this.#followed = { head, answer: code === 0 };
    }
    return this.#followed.answer;
  }

  /**
   * The commits that added and removed files of some names, newest first and children before parents; null when that took too long. A
   * merge counts only for what neither parent has.
   */
  async #walk(names: readonly string[], revisions: readonly string[]): Promise<Map<string, NameEvent[]> | null> {
    if (names.length === 0) return new Map();
    const log = (some: readonly string[], how: readonly string[]) =>
      this.#log([this.commit, ...revisions], some, ["--diff-filter=AD", ...how]);
    // Git simplifies the history of a path: where one of two merged branches never had the file, it drops the other one. The full
    // history has both; when reading it takes too long, the simplified one must do.
    let said = await log(names.length > fewNames ? [] : names, ["-r", "--full-history"]);
    if (said === null) {
      said = [];
      for (let at = 0; at < names.length; at += namesAtOnce) {
        const some = await log(names.slice(at, at + namesAtOnce), []);
        if (some === null) return null;
        for (const one of some) said.push(one);
      }
    }
    const events = new Map<string, NameEvent[]>(names.map((name) => [name, []]));
    for (const { commit, sign, name } of said) events.get(name)?.push([sign, commit]);
    return events;
  }

  async #log(
    revisions: readonly string[],
    names: readonly string[],
    how: readonly string[],
  ): Promise<Array<{ readonly commit: string; readonly sign: "A" | "D"; readonly name: string }> | null> {
    const { milliseconds = defaultMilliseconds, signal } = this.options;
    const timeout = AbortSignal.timeout(milliseconds);
    const since = await this.#since();
    const args = ["--literal-pathspecs", "log", "--topo-order", "-c", "--raw", "-z", "--format=%x01%H", ...plainLog, ...since, ...how];
    const input = `${[...revisions, "--", ...names.map((name) => `${this.place.prefix}${name}`)].join("\n")}\n`;
    try {
      const { code, stdout } = await runGit(this.place.top, [...args, "--stdin"], {
        ...this.options,
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        config: ["log.follow=false", "log.showSignature=false"],
        input,
      });
      return code === 0 ? readLog(stdout.toString("utf8"), this.place.prefix) : null;
    } catch (error) {
      if (timeout.aborted && signal?.aborted !== true) return null;
      throw error;
    }
  }

  #bound: readonly string[] | null = null;

  /** The time comes from the commit, not the clock, so that the same commit has the same history tomorrow. */
  async #since(): Promise<readonly string[]> {
    if (this.#bound) return this.#bound;
    const { stdout } = await this.#run(["show", "-s", "--format=%ct", this.commit, "--"]);
    const seconds = Number(stdout.toString("utf8").trim());
    return (this.#bound = seconds > 0 ? [`--since=${Math.max(0, seconds - mostYears * 365 * 86_400)}`] : []);
  }

  /** Reads where commits moved files to or, with `back`, from. */
  async #readRenames(asked: ReadonlyArray<readonly [commit: string, name: string]>, back = false): Promise<void> {
    const keyOf = ([commit, name]: readonly [string, string]): string => `${back ? "from " : ""}${commit} ${name}`;
    const missing = asked.filter((one) => !this.#known.renames.has(keyOf(one)));
    const commits = [...new Set(missing.map(([commit]) => commit))].slice(0, mostCommits);
    if (commits.length === 0) return;
    const renames = await this.#renamesOf(commits);
    for (const one of missing) {
      const known = renames.get(one[0]);
      const name = `${this.place.prefix}${one[1]}`;
      const others = known?.filter(([from, to]) => (back ? to : from) === name).map(([from, to]) => (back ? from : to));
      const [other] = others ?? [];
      if (known) this.#known.renames.set(keyOf(one), other?.startsWith(this.place.prefix) ? other.slice(this.place.prefix.length) : null);
    }
  }

  /** The renames of commits; a clone without blobs has only those of unchanged files. */
  async #renamesOf(commits: readonly string[]): Promise<Map<string, Array<readonly [string, string]>>> {
    const all = await this.#diffTree(commits, "-M");
    if (all) return all;
    const found = new Map<string, Array<readonly [string, string]>>();
    for (const commit of commits) {
      const own = (await this.#diffTree([commit], "-M")) ?? (await this.#diffTree([commit], "-M100%"));
      for (const [id, renames] of own ?? []) found.set(id, renames);
    }
    return found;
  }

  async #diffTree(commits: readonly string[], how: string): Promise<Map<string, Array<readonly [string, string]>> | null> {
    const args = ["diff-tree", "--stdin", "-r", "-m", how, "-l1000", "--diff-filter=R", "--raw", "-z", "--no-relative", "-O/dev/null"];
    const { code, stdout } = await this.#run(args, `${commits.join("\n")}\n`);
    if (code !== 0) return null;
    const found = new Map<string, Array<readonly [string, string]>>(commits.map((commit) => [commit, []]));
    let at: Array<readonly [string, string]> | undefined;
    const parts = stdout.toString("utf8").split(/\0|\n(?=:)/);
    for (let place = 0; place < parts.length; place++) {
      const part = parts[place] ?? "";
      if (/^[0-9a-f]{40,64}\n?$/.test(part)) at = found.get(part.trim());
      else if (/^:[^\t]* R\d+$/.test(part)) {
        const [from, to] = [parts[place + 1] ?? "", parts[place + 2] ?? ""];
        // A merge lists the differences from its first parent first.
        if (at && !at.some(([known]) => known === from)) at.push([from, to]);
        place += 2;
      }
    }
    return found;
  }

  /** Names of other branches and base commits, for files that the tree has under another name. */
  async #back(names: readonly string[], tips: readonly string[]): Promise<Map<string, HistoryMove>> {
    const found = new Map<string, HistoryMove>();
    let open = tips.length === 0 ? [] : names.map((name) => ({ name, at: name, seen: [name] }));
    for (let steps = 0; open.length > 0 && steps < mostSteps; steps++) {
      await this.#readAhead([...new Set(open.map(({ at }) => at))].filter(isAskable), tips);
      const next: typeof open = [];
      for (const { name, at, seen } of open) {
        const commits = this.#ahead.names.get(at) ?? [];
        const sources = new Set(commits.map((commit) => this.#known.renames.get(`from ${commit} ${at}`) ?? null));
        const [from] = sources;
        const [commit] = commits;
        if (sources.size !== 1 || from == null || commit === undefined || seen.includes(from)) continue;
        if (this.has(from)) found.set(name, { path: from, when: "ahead", by: { commit } });
        else next.push({ name, at: from, seen: [...seen, from] });
      }
      open = next;
    }
    return found;
  }

  /** Reads which commits that the tree does not have make files of some names, and from what. */
  async #readAhead(names: readonly string[], tips: readonly string[]): Promise<void> {
    const known = this.#ahead.names;
    const missing = names.filter((name) => !known.has(name));
    for (let at = 0; at < missing.length; at += namesAtOnce) {
      const some = missing.slice(at, at + namesAtOnce);
      const said = await this.#log([...tips, `^${this.commit}`], some, ["--diff-filter=A", "--full-history"]);
      if (said === null) break;
      for (const name of some) known.set(name, [...new Set(said.flatMap((one) => (one.name === name ? one.commit : [])))]);
    }
    const asked = names.flatMap((name) => (known.get(name) ?? []).map((commit) => [commit, name] as const));
    await this.#readRenames(asked, true);
  }

  /** Branches of remotes and base commits of series that are not in the history. */
  async #tips(bases: readonly string[]): Promise<string[]> {
    const refs = ["for-each-ref", "--sort=-committerdate", `--count=${mostTips}`, "--format=%(objectname)", "refs/remotes"];
    const listed = (await this.#run(refs)).stdout.toString("utf8").split("\n");
    const ids = [...new Set([...listed, ...bases].filter((id) => /^[0-9a-f]{40,64}$/.test(id)))].slice(0, 2 * mostTips);
    const infos = await objectInfos(gitIn(this.place.top, this.options), ids);
    return ids.filter((_, place) => infos[place]?.kind === "commit");
  }
}

const mostTips = 60;

/** A program reads this log, so a person's settings for logs must not matter. */
const plainLog = ["--no-renames", "--no-relative", "--no-color", "--no-ext-diff", "--no-notes", "-O/dev/null", "--ignore-submodules=all"];

/** Reads a log of raw diffs, with a byte before each commit that no id has. */
function readLog(text: string, prefix: string): Array<{ readonly commit: string; readonly sign: "A" | "D"; readonly name: string }> {
  const found: Array<{ readonly commit: string; readonly sign: "A" | "D"; readonly name: string }> = [];
  let commit = "";
  const parts = text.split("\0");
  for (let at = 0; at < parts.length; at++) {
    const part = (parts[at] ?? "").replace(/^\n/, "");
    if (part.startsWith("\u0001")) commit = part.slice(1).trim();
    else if (part.startsWith(":")) {
      const status = part.slice(part.lastIndexOf(" ") + 1);
      const path = parts[++at] ?? "";
      // A merge has a letter for each parent; only where all are the same is the change its own.
      const sign = /^A+$/.test(status) ? "A" : /^D+$/.test(status) ? "D" : null;
      if (sign && commit !== "" && path.startsWith(prefix)) found.push({ commit, sign, name: path.slice(prefix.length) });
    }
  }
  return found;
}

/** The commits that removed a file for the last time; several when different branches did. */
function newestLife(events: readonly NameEvent[]): string[] {
  const end = events.findIndex(([sign]) => sign === "A");
  return events.slice(0, end < 0 ? undefined : end).map(([, commit]) => commit);
}

/** The commits that removed a file after a commit had added it. */
function lifeFrom(events: readonly NameEvent[], maker: string): string[] {
  const made = events.findIndex(([sign, commit]) => sign === "A" && commit === maker);
  if (made < 0) return newestLife(events);
  const later = events.slice(0, made);
  return later.slice(later.findLastIndex(([sign]) => sign === "A") + 1).map(([, commit]) => commit);
}
