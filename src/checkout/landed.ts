/** Which patches of series a repository has, on which refs, and by which commits: candidates by title and named mail, then what they change. */
import { hash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { type ChangeContent, changeContent } from "../core/diff/changeContent";
import { HumanError } from "../core/humanError";
import { type Author, isSameAuthor } from "../core/mail/author";
import { rawText } from "../core/mail/charset";
import { type Mail, readMail } from "../core/mail/mail";
import { exactPatchTexts } from "../core/mail/patchMail";
import { titleWords } from "../core/mail/subject";
import {
  judgeCommit,
  type JudgedCommit,
  landingOf,
  type PatchLanding,
  type SoughtPatch,
  titleTail,
  type TreeCommit,
} from "../core/series/landed";
import { mailIdsOf, textsOfPatches } from "../core/series/revisionTexts";
import { isStableMail, newestRevision, type Patch, pendingDays, type Revision, type Series } from "../core/series/series";
import { type GitOptions, runGit } from "../git/git";
import { outputText } from "../git/objects";
import { CacheFile, type CacheForm, isId, listOf } from "./cacheFile";
import {
  type CommitLog,
  landingRefs,
  type LogCache,
  type LoggedRef,
  mailKey,
  mailsInTrailers,
  mailTrailers,
  readCommitLog,
  titleKey,
} from "./commitLog";
import { gitIn, locateTree, type TreeLocation } from "./commits";

interface LandedOptions extends GitOptions {
  /** Commits that are older, in milliseconds, need not be read; null where nobody knows when the series were posted. */
  readonly since: number | null;
  /** Mails as they lie in the archives, by Message-ID. */
  readonly mails: (messageIds: readonly string[]) => Promise<ReadonlyMap<string, Uint8Array>>;
  readonly cache?: LandedCache;
}

export interface LandedResult {
  /** Of the repository's working tree. */
  readonly top: string;
  readonly refs: readonly LoggedRef[];
  /** The patches of the newest revision of each series, by the id of the series. */
  readonly patches: ReadonlyMap<string, readonly PatchLanding[]>;
  /** How many commits were read. */
  readonly commits: number;
  /** Those that are older, in milliseconds, were not read. */
  readonly since: number;
  /** When the history of HEAD begins, in milliseconds; null where it goes back beyond what was read. */
  readonly beginning: number | null;
}

/**
 * Looks for series in the history of a tree.
 *
 * @param folder of the tree, which may be a part of a larger repository
 * @throws HumanError where there is no repository or no commit, or its history cannot be read
 */
export async function findLanded(folder: string, series: readonly Series[], options: LandedOptions): Promise<LandedResult> {
  const place = await placeOf(folder, options);
  const refs = await landingRefs(place.top, options);
  if (refs.length === 0) throw new HumanError(`The repository of ${folder} has no commits yet; commit or fetch something first.`);
  const { cache, ...git } = options;
  const since = options.since ?? (await defaultSince(place.top, refs, options));
  const log = await readCommitLog(place.top, refs, since, { ...git, ...(cache ? { cache: cache.log } : {}) });
  const search = new Search(place, refs, log, options);
  const patches = new Map<string, readonly PatchLanding[]>();
  for (const one of series) {
    options.signal?.throwIfAborted();
    patches.set(one.id, await search.find(one));
    // Lets other work of this process run between two series.
    await setImmediate();
  }
  // A cache that cannot be written changes nothing about what was found.
  await cache?.save().catch(() => undefined);
  const head = refs.find(({ name }) => name === "HEAD");
  return { top: place.top, refs, patches, commits: log.size, since: log.since * 1000, beginning: head ? log.beginning(head.commit) : null };
}

/** By the commit, and not by the clock: what is pending by its age when the tree is new. */
async function defaultSince(top: string, [first]: readonly LoggedRef[], options: GitOptions): Promise<number> {
  const { stdout } = await runGit(top, ["show", "-s", "--format=%ct", first?.commit ?? "HEAD", "--"], options);
  return Math.max(0, (Number(stdout.toString("utf8").trim()) || 0) * 1000 - pendingDays * dayMilliseconds);
}

const dayMilliseconds = 24 * 60 * 60 * 1000;

async function placeOf(folder: string, options: GitOptions): Promise<TreeLocation> {
  const bare = await runGit(folder, ["rev-parse", "--is-bare-repository"], options);
  if (bare.code === 0 && outputText(bare) === "true") return { top: folder, prefix: "" };
  return locateTree(folder, options).catch((error: unknown) => {
    if (options.signal?.aborted === true) throw error;
    const isForeign = bare.stderr.includes("dubious ownership");
    throw new HumanError(
      isForeign
        ? `git does not trust ${folder}, which belongs to another user; add it to safe.directory in your git configuration.`
        : `${folder} is not in a git repository, so what has landed is not known. Open a git checkout.`,
    );
  });
}

/** What is kept of a candidate: a commit never changes. */
export interface CandidateFacts {
  readonly title: string;
  readonly author: Author;
  readonly committer: string;
  readonly links: readonly string[];
  readonly pickedFrom: string | null;
  /** Absent until it was asked for; null where the repository lacks what it changes. */
  readonly content?: ChangeContent | null;
}

/** Candidates looked at for one series; a title that so many commits have tells nothing. */
const mostCandidates = 2000;
/** Commits whose changes are asked for at once. */
const changesAtOnce = 50;

class Search {
  readonly #facts: CandidatesCache;
  readonly #reach = new Map<string, (id: string) => boolean>();
  readonly #hasRemotes: boolean;
  #email: string | null = null;

  constructor(
    private readonly place: TreeLocation,
    private readonly refs: readonly LoggedRef[],
    private readonly log: CommitLog,
    private readonly options: LandedOptions,
  ) {
    this.#facts = options.cache?.candidates ?? new MemoryCandidates();
    this.#hasRemotes = refs.some(({ remote }) => remote);
  }

  async find(series: Series): Promise<PatchLanding[]> {
    const revision = newestRevision(series);
    const patches = revision.patches.map((patch, at) => ({ patch, index: patch.index ?? at + 1 }));
    const missing = revision.missing.map((index): PatchLanding => ({ index, title: null, state: "unknown", commits: [] }));
    const wanted = new Map(patches.map(({ patch }) => [patch, isStableMail(series) ? [] : this.#idsFor(patch)] as const));
    await this.#readFacts([...wanted.values()].flat());
    for (const [patch, ids] of wanted)
      wanted.set(
        patch,
        ids.filter((id) => this.#mayBe(patch, id)),
      );
    await this.#readContents([...wanted.values()].flat());
    const sought = await this.#sought(
      series,
      patches.filter(({ patch }) => (wanted.get(patch) ?? []).length > 0),
    );
    const found: PatchLanding[] = [];
    for (const { patch, index } of patches) {
      const one = sought.get(patch);
      const judged: JudgedCommit[] = [];
      for (const id of one ? (wanted.get(patch) ?? []) : []) {
        const commit = await this.#commit(id);
        const verdict = one && commit ? judgeCommit(one, commit) : null;
        if (verdict) judged.push(verdict);
      }
      const landing = landingOf({ index, title: patch.title }, judged, this.refs);
      found.push(isStableMail(series) ? { ...landing, state: "unknown" } : landing);
    }
    return [...found, ...missing].sort((a, b) => a.index - b.index);
  }

  #idsFor({ title, messageId, rivals = [] }: Patch): string[] {
    const keys = [titleKey(title), ...[messageId, ...rivals].flatMap((id) => (id === null ? [] : [mailKey(id)]))];
    const rows = this.log.candidates(keys);
    return rows.length > mostCandidates ? [] : rows.map(({ id }) => id);
  }

  /** Whether it is worth reading what a commit changes: keys stand for titles without prefixes, and for mails. */
  #mayBe({ title, author, messageId, rivals = [] }: Patch, id: string): boolean {
    const facts = this.#facts.get(id);
    if (!facts) return false;
    const mails = new Set([messageId, ...rivals]);
    if (facts.links.some((link) => mails.has(link)) || titleWords(facts.title) === titleWords(title)) return true;
    return titleTail(facts.title) === titleTail(title) && isSameAuthor(facts.author, author);
  }

  /** The patches with all that they are compared by; the mails of older revisions are read for those of the same title. */
  async #sought(
    series: Series,
    patches: ReadonlyArray<{ readonly patch: Patch; readonly index: number }>,
  ): Promise<Map<Patch, SoughtPatch>> {
    if (patches.length === 0) return new Map();
    const revision = newestRevision(series);
    const olderOnes = series.revisions.slice(0, -1);
    const tails = new Set(patches.map(({ patch }) => titleTail(patch.title)));
    const oldPatches = olderOnes.flatMap((older) =>
      older.patches.flatMap((patch) => (tails.has(titleTail(patch.title)) ? [{ older, patch }] : [])),
    );
    const ids = [...patches, ...oldPatches].flatMap(({ patch }) => patch.messageId ?? []);
    const mails = new Map<string, Mail>();
    for (const [id, bytes] of await this.options.mails([...new Set(ids)])) {
      mails.set(id, readMail(bytes));
      await setImmediate();
    }
    const besides = new Set([
      ...mailIdsOf(revision),
      ...(revision.posted?.replaced ?? []),
      ...(revision.posted?.resentAs ?? []).map(({ messageId }) => messageId),
    ]);
    const olderMails = new Set(
      olderOnes.flatMap((one) => [...mailIdsOf(one), ...(one.messageId === null ? [] : [one.messageId])]).filter((id) => !besides.has(id)),
    );
    const sentAt = revision.posted?.firstSent ?? revision.date;
    const own = new Map<Revision, Array<ChangeContent | null>>();
    const contentIn = (from: Revision, patch: Patch): ChangeContent | null => {
      const all =
        own.get(from) ?? textsOfPatches(from, mails, exactPatchTexts).map((text) => (text === null ? null : changeContent(text, sha1)));
      own.set(from, all);
      return all[from.patches.indexOf(patch)] ?? null;
    };
    return new Map(
      patches.map(({ patch, index }) => [
        patch,
        {
          index,
          title: patch.title,
          author: patch.author,
          sent: sentAt === null ? null : Date.parse(sentAt),
          content: contentIn(revision, patch),
          mails: new Set([patch.messageId, ...(patch.rivals ?? [])].filter((id) => id !== null)),
          besides,
          olderMails,
          older: oldPatches.flatMap((old) =>
            titleTail(old.patch.title) === titleTail(patch.title) ? [contentIn(old.older, old.patch)] : [],
          ),
          cited: new Set(
            patch.trailers.flatMap(({ key, value, via }) =>
              via === "patch" && key.toLowerCase() === "link" ? mailsInTrailers(value) : [],
            ),
          ),
        },
      ]),
    );
  }

  async #commit(id: string): Promise<TreeCommit | null> {
    const facts = this.#facts.get(id);
    const row = this.log.row(id);
    if (!facts || !row) return null;
    const isOwn = facts.committer !== "" && facts.committer.toLowerCase() === (await this.#ownEmail());
    // Whoever tries a series commits it and may push it; that is no sign that anybody took it.
    const refs = this.#refsOf(id).filter(({ followed }) => !(isOwn && this.#hasRemotes && followed));
    return {
      id,
      title: facts.title,
      author: facts.author,
      committed: row.time * 1000,
      links: facts.links,
      pickedFrom: facts.pickedFrom,
      content: facts.content ?? null,
      refs: refs.map(({ name }) => name),
      reverted: refs.flatMap((ref) => this.#revertsOn(ref, id, 0).map((commit) => ({ ref: ref.name, commit }))),
      local: this.#isLocal(facts, isOwn, refs),
    };
  }

  /** Whether a commit is the person's alone: on no branch of a remote, or their own patch on a branch that they pushed. */
  #isLocal({ author, committer }: CandidateFacts, isOwn: boolean, refs: readonly LoggedRef[]): boolean {
    if (!this.#hasRemotes) return isOwn;
    if (!refs.some(({ remote }) => remote)) return true;
    return isOwn && author.email.toLowerCase() === committer.toLowerCase() && !refs.some(({ remote, main }) => remote && main);
  }

  #refsOf(id: string): LoggedRef[] {
    return this.refs.filter((ref) => this.#reaches(ref, id));
  }

  #reaches({ commit }: LoggedRef, id: string): boolean {
    const reach = this.#reach.get(commit) ?? this.log.reach(commit);
    this.#reach.set(commit, reach);
    return reach(id);
  }

  /** The commits on a ref that take a commit back, and are not taken back themselves. */
  #revertsOn(ref: LoggedRef, id: string, depth: number): string[] {
    if (depth > mostReverts) return [];
    return this.log
      .reverting()
      .filter(({ id: by, reverts }) => by !== id && reverts.some((text) => id.startsWith(text)) && this.#reaches(ref, by))
      .filter(({ id: by }) => this.#revertsOn(ref, by, depth + 1).length === 0)
      .map(({ id: by }) => by);
  }

  /** The person's address in lower case, by which commits of their own are known. */
  async #ownEmail(): Promise<string> {
    return (this.#email ??= outputText(await gitIn(this.place.top, this.options)(["config", "--get", "user.email"])).toLowerCase());
  }

  /** Reads who made commits, what they are called and which mails they name. */
  async #readFacts(ids: readonly string[]): Promise<void> {
    const fresh = [...new Set(ids)].filter((id) => !this.#facts.get(id));
    if (fresh.length === 0) return;
    const fields = `%x01%H%x00%an%x00%ae%x00%ce%x00%s%x00${mailTrailers}%x00%B`;
    const args = [
      "log",
      "--no-walk=unsorted",
      "--stdin",
      `--format=${fields}`,
      "--no-patch",
      "--no-color",
      "--no-notes",
      "--encoding=UTF-8",
      "--no-mailmap",
    ];
    const config = ["log.showSignature=false"];
    const { stdout } = await runGit(this.place.top, args, { ...this.options, config, input: `${fresh.join("\n")}\n` });
    for (const record of stdout.toString("utf8").split("\u0001").slice(1)) {
      const [id = "", name = "", email = "", committer = "", title = "", links = "", body = ""] = record.split("\0");
      this.#facts.set(id, {
        title,
        author: { name, email },
        committer,
        links: mailsInTrailers(links),
        pickedFrom: picked.exec(body)?.[1] ?? picked.exec(body)?.[2] ?? null,
      });
    }
  }

  async #readContents(ids: readonly string[]): Promise<void> {
    const fresh = [...new Set(ids)].filter((id) => this.#facts.get(id)?.content === undefined);
    for (let at = 0; at < fresh.length; at += changesAtOnce) {
      const some = fresh.slice(at, at + changesAtOnce);
      // Git gives up at the first commit of which a clone lacks a file; the others are asked for one by one.
      const all = await this.#changes(some);
      for (const id of some) {
        const text = all?.get(id) ?? (all ? null : ((await this.#changes([id]))?.get(id) ?? null));
        const facts = this.#facts.get(id);
        // What a clone lacks may come, so that this is not kept.
        if (facts && text !== null) this.#facts.set(id, { ...facts, content: changeContent(text, sha1) });
      }
      await setImmediate();
    }
  }

  /** The changes of commits, as exact texts; null where git fails. */
  async #changes(ids: readonly string[]): Promise<Map<string, string> | null> {
    const { prefix, top } = this.place;
    const where = prefix === "" ? "--no-relative" : `--relative=${prefix}`;
    const { code, stdout } = await runGit(top, ["diff-tree", "--stdin", "-r", ...plainPatch, where], {
      ...this.options,
      input: `${ids.join("\n")}\n`,
    });
    if (code !== 0) return null;
    const found = new Map<string, string>();
    const raw = rawText(stdout);
    const starts = ids.map((id) => (raw.startsWith(`${id}\n`) ? 0 : raw.indexOf(`\n${id}\n`) + 1 || -1));
    for (const [at, id] of ids.entries()) {
      const start = starts[at] ?? -1;
      const end = Math.min(...starts.filter((other) => other > start), raw.length);
      if (start >= 0) found.set(id, raw.slice(start + id.length + 1, end));
    }
    return found;
  }
}

/** Reverts of reverts that are followed. */
const mostReverts = 8;
/** What stable trees and `git cherry-pick -x` write. */
const picked = /^(?:\[ ?Upstream commit |commit )([0-9a-f]{12,64})(?: \]| upstream\.?)|\(cherry picked from commit ([0-9a-f]{12,64})\)/im;

/** As `git format-patch` makes patches, whatever a person's settings say. */
const plainPatch = [
  ...["-p", "-M", "--full-index", "--no-ext-diff", "--no-textconv", "--no-color", "--src-prefix=a/", "--dst-prefix=b/", "-O/dev/null"],
  ...[
    "--unified=3",
    "--inter-hunk-context=0",
    "--diff-algorithm=default",
    "--submodule=short",
    "--word-diff=none",
    "--ignore-submodules=none",
  ],
];

function sha1(bytes: Uint8Array): Uint8Array {
  return hash("sha1", bytes, "buffer");
}

// What was read of commits, in a file beside their log.

export interface CandidatesCache {
  get(id: string): CandidateFacts | undefined;
  set(id: string, facts: CandidateFacts): void;
}

class MemoryCandidates implements CandidatesCache {
  readonly #known = new Map<string, CandidateFacts>();
  get(id: string): CandidateFacts | undefined {
    return this.#known.get(id);
  }
  set(id: string, facts: CandidateFacts): void {
    this.#known.set(id, facts);
  }
}

export interface LandedCache {
  readonly log: LogCache;
  readonly candidates: CandidatesCache;
  /** Writes the files, if anything changed. */
  save(): Promise<void>;
}

const candidatesForm: CacheForm<CandidateFacts> = {
  version: 1,
  name: "commits",
  // A list has some thousand pending patches, nearly each with a commit at the end.
  most: 20_000,
  read([id, title, name, email, committer, links, pickedFrom, content]) {
    const texts = [id, title, name, email, committer].filter((text) => typeof text === "string");
    const [commit = "", subject = "", author = "", address = "", by = ""] = texts;
    if (texts.length !== 5 || !isId(commit)) return null;
    const [patchId, lines] = listOf(content);
    const keys = Array.isArray(lines) ? textsOf(lines) : null;
    return [
      commit,
      {
        title: subject,
        author: { name: author, email: address },
        committer: by,
        links: textsOf(listOf(links)),
        pickedFrom: typeof pickedFrom === "string" ? pickedFrom : null,
        ...(Array.isArray(content) ? { content: { patchId: typeof patchId === "string" ? patchId : null, lines: keys } } : {}),
      },
    ];
  },
  write: (id, { title, author, committer, links, pickedFrom, content }) => [
    id,
    title,
    author.name,
    author.email,
    committer,
    links,
    pickedFrom,
    ...(content ? [[content.patchId, content.lines]] : []),
  ],
};

function textsOf(values: readonly unknown[]): string[] {
  return values.filter((value) => typeof value === "string");
}

/**
 * Opens what is kept of the commits of repositories.
 *
 * @param file of the candidates
 * @param log that of the log
 */
export async function openLandedCache(file: string, log: LogCache): Promise<LandedCache> {
  const candidates = await CacheFile.open(file, candidatesForm);
  return {
    log,
    candidates: { get: (id) => candidates.get(id), set: (id, facts) => candidates.set(id, facts) },
    async save() {
      await log.save();
      await candidates.save();
    },
  };
}
