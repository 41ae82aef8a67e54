/** Whether pending series apply to a tree as `git am -3` would apply them; the repository never changes. */
import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { readDiff } from "../core/diff/diff";
import { renamedPatch } from "../core/diff/patchFiles";
import { type Mail, readMail } from "../core/mail/mail";
import { type ApplyAnswer, plainAnswer } from "../core/series/applyAnswer";
import { dependencyIndex, type DependencyIndex, seriesBelow } from "../core/series/dependencies";
import { filesNeeded, mailIdsOf, pathsOfPatches, type ReadyPatch, type ReadyPatches, readyPatches } from "../core/series/revisionTexts";
import { newestRevision, type Revision, type Series } from "../core/series/series";
import type { MovedName } from "../core/series/touches";
import { type GitOptions, runGit } from "../git/git";
import { objectInfos } from "../git/objects";
import type { ApplyCache } from "./cachedAnswers";
import { type BaseTree, gitIn, resolveBase } from "./commits";
import { entriesAt, fillIndex, isFolder, type Scratch, type TreeEntry, withScratch } from "./scratch";
import { appliesAsIs, type Bench, type FailedReason, type TrialOutcome, trySeries } from "./trySeries";

interface AppliesOptions extends GitOptions {
  /** Mails as they lie in the archives, by Message-ID. */
  readonly mails: (messageIds: readonly string[]) => Promise<ReadonlyMap<string, Uint8Array>>;
  /** The series among which dependencies are looked for. */
  readonly known: readonly Series[];
  /** Finds the series that hold a patch, by its id; see core/series/dependencies.ts. */
  readonly ofPatchId?: (patchId: string) => Series | undefined;
  /** Called with each answer as soon as it is known. */
  readonly answered?: (series: Series, answer: ApplyAnswer) => void;
  readonly cache?: ApplyCache;
  /** The files of a series that have other names in the tree; see core/series/movedFiles.ts. */
  readonly moved?: (series: Series) => readonly MovedName[];
}

interface AppliesResult {
  readonly commit: string;
  readonly tree: string;
  /** By the id of the series. */
  readonly answers: ReadonlyMap<string, ApplyAnswer>;
}

/**
 * Checks the newest revision of each series against a commit.
 *
 * @param folder of the checkout, or a bare repository
 * @param base what is checked against: `HEAD`, a branch, an id
 * @throws HumanError when the folder is in no repository or the commit is not there; the reason of the signal when it was aborted
 */
export async function checkApplies(
  folder: string,
  { base }: { readonly base: string },
  series: readonly Series[],
  options: AppliesOptions,
): Promise<AppliesResult> {
  const tree = await resolveBase(folder, base, options);
  const refs = options.cache ? await refsKey(tree.top, options) : "";
  const answers = new Map<string, ApplyAnswer>();
  const index = dependencyIndex(options.known, options.ofPatchId ? { ofPatchId: options.ofPatchId } : {});
  const wanted = series.map((one) => ({ one, key: `${tree.tree} ${contentKey(one, index, options.moved?.(one) ?? [])}` }));
  const fresh: typeof wanted = [];
  const say = (one: Series, answer: ApplyAnswer): void => {
    answers.set(one.id, answer);
    options.answered?.(one, answer);
  };
  for (const { one, key } of wanted) {
    const kept = options.cache?.get(key, refs);
    if (kept) say(one, kept);
    else fresh.push({ one, key });
  }
  if (fresh.length > 0) {
    await withScratch(tree.top, options, async (scratch) => {
      await scratch.run(["read-tree", "--empty"]);
      const check = new SeriesCheck(tree, scratch, index, options);
      await check.prepare(fresh.flatMap(({ one }) => newestRevision(one).files));
      await check.findBases(fresh.map(({ one }) => newestRevision(one).posted?.baseCommit ?? null));
      for (const { one, key } of fresh) {
        options.signal?.throwIfAborted();
        const answer = await check.answer(one);
        // A partial clone may fetch the missing file at any time without changing a ref, so this answer is not kept.
        if (answer.why !== whyNot.absent) options.cache?.set(key, refs, answer);
        say(one, answer);
        // Other work of this process runs between two series.
        await setImmediate();
      }
    });
  }
  return { commit: tree.commit, tree: tree.tree, answers };
}

/** Identifies what is tried: the mails of the patches, and those of the series below them. */
function contentKey(series: Series, index: DependencyIndex, moved: readonly MovedName[]): string {
  const hash = createHash("sha256");
  for (const one of [series, ...seriesBelow(series, index)]) hash.update(`${one.id}\n${mailIdsOf(newestRevision(one)).join("\n")}\n\n`);
  for (const { name, path } of moved) hash.update(`${name}\n${path}\n`);
  return hash.digest("hex");
}

/** Changes with each fetch and commit, since these may bring what a merge needs. */
async function refsKey(top: string, options: GitOptions): Promise<string> {
  const { stdout } = await runGit(top, ["for-each-ref", "--format=%(objectname)"], options);
  return createHash("sha256").update(stdout).digest("hex").slice(0, 16);
}

/** States in which the series is also tried on top of another series, and on its own base. */
const needsMore: ReadonlySet<string> = new Set(["applies-3way", "conflicts", "base-unknown"]);

/** Mails that are read before other work of this process may run. */
const mailsAtOnce = 8;

class SeriesCheck {
  /** The entries of the base at all paths that were asked for; null for no entry. */
  readonly #entries = new Map<string, TreeEntry | null>();
  /** The trees of the base commits that series name, as far as the repository has them. */
  readonly #bases = new Map<string, string>();

  constructor(
    private readonly base: BaseTree,
    private readonly scratch: Scratch,
    private readonly index: DependencyIndex,
    private readonly options: AppliesOptions,
  ) {}

  /** Puts the entries of some paths into the index, once for many series. */
  async prepare(paths: readonly string[]): Promise<void> {
    const fresh = [...new Set(paths)].filter((path) => !this.#entries.has(path));
    if (fresh.length === 0) return;
    const entries = await entriesAt(this.base.top, this.base.tree, fresh, this.options);
    for (const path of fresh) this.#entries.set(path, entries.get(path) ?? null);
    await fillIndex(this.scratch, entries);
  }

  /** Looks up all base commits that series name at once. */
  async findBases(commits: ReadonlyArray<string | null>): Promise<void> {
    const wanted = [...new Set(commits.filter((commit) => commit !== null))];
    if (wanted.length === 0) return;
    const infos = await objectInfos(
      gitIn(this.base.top, this.options),
      wanted.map((commit) => `${commit}^{tree}`),
    );
    for (const [place, commit] of wanted.entries()) {
      const info = infos[place];
      if (info?.kind === "tree") this.#bases.set(commit, info.id);
    }
  }

  async answer(series: Series): Promise<ApplyAnswer> {
    const ready = await this.#ready(series);
    const { patches, missing } = ready;
    if (patches.length === 0) return plainAnswer("unknown", { missing, why: whyNothing(newestRevision(series)) });
    if (missing.length > 0) return plainAnswer("incomplete", { missing });
    await this.prepare(placesOf(patches));
    const moved = await this.#movedFiles(series);
    if (moved.size === 0) return this.#answerAsIs(series, patches);
    const renamed = patches.map((patch) => renamedReady(patch, moved));
    await this.prepare(placesOf(renamed));
    const now = await this.#answerAsIs(series, renamed);
    const told = { moved: { files: [...moved].map(([from, to]) => ({ from, to })), state: now.state } };
    // "Already in" holds under any name. All other answers are about what git does with the patches under their own names.
    return now.state === "already-in" ? { ...now, ...told } : { ...(await this.#answerAsIs(series, patches, true)), ...told };
  }

  /** The files of a series that the tree has only under another name. */
  async #movedFiles(series: Series): Promise<ReadonlyMap<string, string>> {
    const names = this.options.moved?.(series) ?? [];
    await this.prepare(names.flatMap(({ name, path }) => [name, path]));
    return new Map(names.flatMap(({ name, path }) => (!this.#entries.get(name) && this.#entries.get(path) ? [[name, path]] : [])));
  }

  /** @param isHere whether it is known that the patches are for this tree */
  async #answerAsIs(series: Series, patches: readonly ReadyPatch[], isHere = false): Promise<ApplyAnswer> {
    if (!isHere && (await this.#isAbroad(patches))) return plainAnswer("not-in-this-tree");
    const outOfPlace = this.#outOfPlace(patches);
    if (outOfPlace) return plainAnswer("conflicts", outOfPlace);
    const answer = answerOf(await trySeries(this.#bench(), patches), patches);
    if (!needsMore.has(answer.state)) return answer;
    const stacked = answer.state === "applies-3way" ? null : await this.#onTop(series, patches);
    if (stacked) return stacked;
    const commit = newestRevision(series).posted?.baseCommit ?? null;
    return { ...answer, base: commit === null ? null : await this.#atBase(commit, patches) };
  }

  #bench(): Bench {
    return { scratch: this.scratch, tree: this.base.tree, signal: this.options.signal };
  }

  async #ready(series: Series): Promise<ReadyPatches> {
    const revision = newestRevision(series);
    const mails = new Map<string, Mail>();
    for (const [id, bytes] of await this.options.mails(mailIdsOf(revision))) {
      mails.set(id, readMail(bytes));
      if (mails.size % mailsAtOnce === 0) await setImmediate();
    }
    return readyPatches(revision, mails);
  }

  /** Whether patches are for another project: neither a file they change is in the tree, nor a blob they change in the repository. */
  async #isAbroad(patches: readonly ReadyPatch[]): Promise<boolean> {
    const needed = filesNeeded(patches);
    if (needed.length === 0 || needed.some((path) => this.#entries.get(path))) return false;
    const blobs = patches
      .flatMap(({ files }) => files.map(({ oldBlob }) => oldBlob ?? ""))
      .filter((id) => /^(?!0+$)[0-9a-f]{7,64}$/.test(id));
    if (blobs.length === 0) return true;
    const infos = await objectInfos(gitIn(this.base.top, this.options), blobs);
    return !infos.some((info) => info?.kind === "blob");
  }

  /**
   * Finds a new file in the place of a folder, or below a file. Git does not see the first, since the index of the scratch has only the
   * files that patches touch, and does not report the second.
   */
  #outOfPlace(patches: readonly ReadyPatch[]): Pick<ApplyAnswer, "patch" | "file"> | null {
    const gone = new Set<string>();
    for (const { number, files } of patches) {
      for (const { path, oldPath, change } of files) if (change === "deleted" || change === "renamed") gone.add(oldPath ?? path);
      for (const { path, change } of files) {
        if (change === "modified" || change === "deleted") continue;
        const own = this.#entries.get(path);
        const isBelowFile = foldersOf(path).some((folder) => {
          const entry = this.#entries.get(folder);
          return entry && !isFolder(entry) && !gone.has(folder);
        });
        if (isBelowFile || (own && isFolder(own))) return { patch: number, file: path };
      }
    }
    return null;
  }

  /** The answer on top of the series it depends on; null when none is known, or when it does not apply there either. */
  async #onTop(series: Series, patches: readonly ReadyPatch[]): Promise<ApplyAnswer | null> {
    const below = seriesBelow(series, this.index);
    if (below.length === 0) return null;
    const first: ReadyPatch[] = [];
    for (const one of below) {
      const ready = await this.#ready(one);
      if (ready.missing.length > 0) return null;
      first.push(...ready.patches);
    }
    await this.prepare(placesOf(first));
    const outcome = await trySeries(this.#bench(), [...first, ...patches]);
    if (outcome.failure) return null;
    const alreadyIn = outcome.alreadyIn.filter((place) => place >= first.length).map((place) => place - first.length);
    return { ...answerOf({ ...outcome, alreadyIn }, patches), onTopOf: below.map(({ id, title }) => ({ id, title })) };
  }

  /** Whether it applies to the base commit it names; null when that is not in the repository. */
  async #atBase(commit: string, patches: readonly ReadyPatch[]): Promise<ApplyAnswer["base"]> {
    const { top } = this.base;
    const tree = this.#bases.get(commit);
    if (tree === undefined) return null;
    return withScratch(top, this.options, async (scratch) => {
      await scratch.run(["read-tree", "--empty"]);
      await fillIndex(scratch, await entriesAt(top, tree, placesOf(patches), this.options));
      return { commit, applies: await appliesAsIs({ scratch, tree, signal: this.options.signal }, patches) };
    });
  }
}

/** A patch under the names that the tree has for its files. */
function renamedReady(patch: ReadyPatch, names: ReadonlyMap<string, string>): ReadyPatch {
  const raw = renamedPatch(patch.raw, (path) => names.get(path) ?? null);
  return raw === patch.raw ? patch : { ...patch, raw, files: readDiff(raw).files };
}

/** The paths of patches, and the folders of new files: something else may be in their place. */
function placesOf(patches: readonly ReadyPatch[]): string[] {
  const places = new Set(pathsOfPatches(patches));
  for (const { files } of patches) {
    for (const { path, change } of files) {
      if (change !== "modified") for (const folder of foldersOf(path)) places.add(folder);
    }
  }
  return [...places];
}

/** The folders a file lies in. */
function foldersOf(path: string): string[] {
  const names = path.split("/");
  return names.slice(1).map((_, at) => names.slice(0, at + 1).join("/"));
}

function whyNothing({ posted }: Revision): string {
  if (!posted) return "The digest has no diffs to check.";
  return posted.kind === "pull" ? "A pull request without its patches has no diff to check." : "None of its readable mails has a diff.";
}

const whyNot: Partial<Record<FailedReason, string>> = {
  absent: "This partial clone lacks a file that it changes. Fetch the file, for example by checking it out, then check again.",
  binary: "A binary file was sent without its contents.",
};

/** The answer for the series, from the outcome of a trial. */
function answerOf({ offset, threeWay, alreadyIn, failure }: TrialOutcome, patches: readonly ReadyPatch[]): ApplyAnswer {
  const numberAt = (place: number): number => patches[place]?.number ?? place + 1;
  const more = { offset, alreadyIn: alreadyIn.map(numberAt) };
  if (!failure) {
    if (alreadyIn.length === patches.length) return plainAnswer("already-in", more);
    return plainAnswer(threeWay ? "applies-3way" : "applies", more);
  }
  const { place, file, reason, lacksBlob } = failure;
  const at = { ...more, patch: numberAt(place), file };
  if (reason === "damaged") return plainAnswer("incomplete", { ...at, mangled: [numberAt(place)] });
  if (reason === "absent" || reason === "binary") return plainAnswer("unknown", { ...at, why: whyNot[reason] ?? null });
  return plainAnswer(lacksBlob ? "base-unknown" : "conflicts", at);
}
