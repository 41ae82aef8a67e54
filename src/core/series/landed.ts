/**
 * Whether a commit is a patch: by what both change, then by title and author, then by the mail that the commit names. The same title and
 * author are no proof: an older revision, another posting or last year's "Update MAINTAINERS" has them too.
 */
import { type ChangeContent, hasSameLines, sharedPart } from "../diff/changeContent";
import { type Author, isSameAuthor } from "../mail/author";
import { titleWords } from "../mail/subject";
import type { Project } from "../subsystem/project";

/** A commit that may be a patch. */
export interface TreeCommit {
  readonly id: string;
  readonly title: string;
  readonly author: Author;
  /** When it was committed last, in milliseconds: rebasing a branch sets it anew. */
  readonly committed: number;
  /** The Message-IDs in its `Link:` and `Message-ID:` trailers. */
  readonly links: readonly string[];
  /** The commit it was picked from, as it says itself; null where it does not. */
  readonly pickedFrom: string | null;
  /** Null where the repository lacks what it changes. */
  readonly content: ChangeContent | null;
  /** The refs it is on. */
  readonly refs: readonly string[];
  /** The refs on which it was taken back, and the commits that did so. */
  readonly reverted: ReadonlyArray<{ readonly ref: string; readonly commit: string }>;
  /** It is the person's alone: on no branch of a remote, their own patch on a branch that they pushed, or without remotes their commit. */
  readonly local: boolean;
}

/** A patch that is looked for, and what it could be mistaken for. */
export interface SoughtPatch {
  readonly index: number;
  readonly title: string;
  readonly author: Author;
  /** When it was posted first, in milliseconds; null where no source tells. */
  readonly sent: number | null;
  readonly content: ChangeContent | null;
  /** The Message-IDs of the mails that are this patch. */
  readonly mails: ReadonlySet<string>;
  /** Those of the other mails of its revision. */
  readonly besides: ReadonlySet<string>;
  /** Those of older revisions. */
  readonly olderMails: ReadonlySet<string>;
  /** The patches of this title in older revisions. */
  readonly older: ReadonlyArray<ChangeContent | null>;
  /** The mails that the patch itself names, as it was sent: that a commit names them too says nothing. */
  readonly cited: ReadonlySet<string>;
}

/**
 * What a commit has in common with a patch, strongest first: the patch id; all lines it adds and removes (in another context); most of
 * them; the mail of the patch, another one of its revision, one of an older revision, or one of none of these; title; author.
 */
export type CommitSign =
  "patch-id" | "same-lines" | "similar-lines" | "link" | "series-link" | "older-link" | "other-link" | "title" | "author";

/**
 * - `same`: it makes the same change.
 * - `changed`: it was made of this patch and is not quite the same; or its contents cannot be compared.
 * - `older`: it was made of an older revision.
 * - `unproven`: it has the title and author, or names the mail, and that is all.
 */
export type CommitRelation = "same" | "changed" | "older" | "unproven";

export interface JudgedCommit {
  readonly commit: TreeCommit;
  readonly relation: CommitRelation;
  readonly signs: readonly CommitSign[];
}

/** The words of a title behind its prefixes, which maintainers reword: `KVM: x86/mmu: Zap it` and `KVM: x86: Zap it` are `zap it`. */
export function titleTail(title: string): string {
  const end = title.lastIndexOf(": ") + 1;
  // A revert has the title of what it reverts in its own.
  if (/\brevert\b/i.test(title.slice(0, end))) return titleWords(title);
  const tail = titleWords(title.slice(end));
  return tail.includes(" ") ? tail : titleWords(title);
}

/** Most of the lines: below that the title may be all they have in common. */
const similarPart = 0.5;
/** Of a commit that names the mail, title or author: the maintainer may have rewritten much of it. */
const linkedPart = 0.25;

/** Judges a commit; null where it has too little to do with the patch to be shown with it. */
export function judgeCommit(patch: SoughtPatch, commit: TreeCommit): JudgedCommit | null {
  const sameTitle = titleWords(patch.title) === titleWords(commit.title);
  const sameTail = sameTitle || titleTail(patch.title) === titleTail(commit.title);
  const sameAuthor = isSameAuthor(patch.author, commit.author);
  const link = linkOf(patch, commit);
  const share = sharedPart(patch.content, commit.content);
  const same = sameChange(patch.content, commit.content);
  const isNamed = link === "link" || sameTitle || (sameTail && sameAuthor);
  const signs: CommitSign[] = [];
  if (same !== null) signs.push(same);
  else if (share !== null && share >= similarPart) signs.push("similar-lines");
  if (link !== null) signs.push(link);
  if (sameTitle) signs.push("title");
  if (sameAuthor) signs.push("author");
  const found = (relation: CommitRelation): JudgedCommit => ({ commit, relation, signs });
  if (same === "patch-id" || (same !== null && isNamed)) return found("same");
  if (!isNamed && link !== "older-link") return null;
  const olderShare = Math.max(
    0,
    ...patch.older.map((one) => (sameChange(one, commit.content) ? 1 : (sharedPart(one, commit.content) ?? 0))),
  );
  if (link === "older-link" || (link !== "link" && olderShare >= similarPart && olderShare > (share ?? 0)))
    return found(sameTail && sameAuthor ? "older" : "unproven");
  if (link === "link") {
    if (sameTail && sameAuthor) return found("changed");
    return found((sameTail || sameAuthor) && share !== null && share >= (sameTail ? linkedPart : similarPart) ? "changed" : "unproven");
  }
  if (!sameTail || !sameAuthor || link === "other-link" || share === null || share < similarPart) return found("unproven");
  // A commit that was there before the patch was posted is something else, unless it makes the same change.
  const isAfter = patch.sent !== null && commit.committed >= patch.sent;
  return found(link === "series-link" || isAfter ? "changed" : "unproven");
}

function sameChange(a: ChangeContent | null, b: ChangeContent | null): "patch-id" | "same-lines" | null {
  if (a && b && a.patchId !== null && a.patchId === b.patchId) return "patch-id";
  return hasSameLines(a, b) ? "same-lines" : null;
}

function linkOf({ mails, besides, olderMails, cited }: SoughtPatch, { links }: TreeCommit): CommitSign | null {
  const said = links.filter((id) => mails.has(id) || !cited.has(id));
  if (said.some((id) => mails.has(id))) return "link";
  if (said.some((id) => besides.has(id))) return "series-link";
  if (said.some((id) => olderMails.has(id))) return "older-link";
  return said.length > 0 ? "other-link" : null;
}

// Where a patch is, from its commits.

/** A ref that was looked at. */
export interface TreeRef {
  readonly name: string;
  /** Everything on it has landed for the person: HEAD, its upstream, and the main branch of `origin`. */
  readonly main: boolean;
}

/** A remote and what was looked at of it. */
export interface RemoteBranches {
  readonly name: string;
  /** The names of its branches that were looked at, `kvm/next`, the newest first. */
  readonly refs: readonly string[];
  /** How many branches of it are here; 0 where it was never fetched. */
  readonly branches: number;
  /** When the newest commit of its branches was made, in milliseconds; null where nobody knows. */
  readonly newest: number | null;
  /** Told by the files of its newest branch; null where they tell nothing. */
  readonly project: Project | null;
  /** Whether its project is another one than that of HEAD. */
  readonly isOther: boolean;
}

/**
 * - `landed`: on a main ref.
 * - `queued`: on a branch of a remote.
 * - `in-tree`: the tree has the change, and its history does not reach back to the posting.
 * - `reverted`: it was there and was taken back.
 * - `older`: an older revision of it is there.
 * - `local`: the person has applied it.
 * - `not-found`; and `unknown` if nobody could look.
 */
export type PatchState = "landed" | "queued" | "in-tree" | "reverted" | "older" | "local" | "not-found" | "unknown";

export interface PatchLanding {
  readonly index: number;
  /** Null for a patch that never came. */
  readonly title: string | null;
  readonly state: PatchState;
  /** The strongest first. */
  readonly commits: readonly JudgedCommit[];
}

const relations: readonly CommitRelation[] = ["same", "changed", "older", "unproven"];

/** Where a patch is. */
export function landingOf(
  patch: Pick<SoughtPatch, "index" | "title">,
  judged: readonly JudgedCommit[],
  refs: readonly TreeRef[],
): PatchLanding {
  const commits = [...judged].sort(
    (a, b) => relations.indexOf(a.relation) - relations.indexOf(b.relation) || a.commit.committed - b.commit.committed,
  );
  return { index: patch.index, title: patch.title, state: stateOf(commits, refs), commits };
}

function stateOf(commits: readonly JudgedCommit[], refs: readonly TreeRef[]): PatchState {
  const there = refs.filter(({ name }) => isOn(commits, name));
  if (there.some(({ main }) => main)) return "landed";
  if (there.length > 0) return "queued";
  const proven = commits.filter(isProven);
  if (proven.some(({ commit }) => !commit.local && commit.reverted.length > 0)) return "reverted";
  if (proven.some(({ commit }) => commit.local && commit.reverted.length === 0)) return "local";
  return commits.some(({ relation, commit }) => relation === "older" && !commit.local) ? "older" : "not-found";
}

function isProven({ relation }: JudgedCommit): boolean {
  return relation === "same" || relation === "changed";
}

/** Whether a commit that is the patch is on a ref and was not taken back there. */
export function isOn(commits: readonly JudgedCommit[], ref: string): boolean {
  return commits.some((one) => isProven(one) && isCommitOn(one.commit, ref));
}

function isCommitOn({ local, refs, reverted }: TreeCommit, name: string): boolean {
  return !local && refs.includes(name) && !reverted.some(({ ref }) => ref === name);
}
