/** What a series says it needs, its base and other series, and which known commit or series that is. */
import { patchId } from "../diff/patchId";
import type { Mail } from "../mail/mail";
import { exactPatchTexts } from "../mail/patchMail";
import { mailIdsOf, textsOfPatches } from "./revisionTexts";
import { newestRevision, type Prerequisite, type Series } from "./series";

export interface Dependency {
  readonly kind: Prerequisite["kind"];
  /** As the posting names it. */
  readonly value: string;
  /** The known series that is meant; absent where none is, or where a commit or words are named. */
  readonly series?: Series;
  /** Whether it is known here: as a series, or as a commit of the repository. */
  readonly present: boolean;
}

/** What only some callers know. */
export interface DependencyKnowledge {
  /** The series that hold a patch with an id, as `git patch-id --stable` makes it; nothing where patch ids were not computed. */
  readonly ofPatchId?: (patchId: string) => Series | undefined;
  /** The series of a mail that is in none of those that are looked through, as one that has landed. */
  readonly ofMessageId?: (messageId: string) => Series | undefined;
  /** Whether the repository has a commit. */
  readonly hasCommit?: (commit: string) => boolean;
}

/** By what series are found that others name. */
export interface DependencyIndex {
  of(series: Series): Dependency[];
}

/** Deeper chains are nobody's; a longer one is a circle or a trap. */
const deepestChain = 8;

/** Makes ready what is asked once for each of many series. */
export function dependencyIndex(all: readonly Series[], { ofPatchId, ofMessageId, hasCommit }: DependencyKnowledge = {}): DependencyIndex {
  const byChangeId = new Map<string, Series>();
  const byMessageId = new Map<string, Series>();
  for (const series of all) {
    for (const { posted, messageId, cover, patches } of series.revisions) {
      if (posted?.changeId != null) byChangeId.set(posted.changeId, series);
      for (const id of [messageId, cover?.messageId, ...patches.map((patch) => patch.messageId)]) {
        if (id != null) byMessageId.set(id, series);
      }
    }
  }
  const find = ({ kind, value }: Prerequisite): Series | undefined => {
    // b4 writes the version of the other series behind its change-id.
    if (kind === "change-id") return byChangeId.get(value) ?? byChangeId.get(value.replace(/:v\d+$/, ""));
    if (kind === "message-id") return byMessageId.get(value) ?? ofMessageId?.(value);
    if (kind === "patch-id") return ofPatchId?.(value);
    return undefined;
  };
  return {
    of(series) {
      const found = (newestRevision(series).posted?.prerequisites ?? []).map(({ kind, value }): Dependency => {
        const needed = find({ kind, value });
        // A series that names a mail of its own earlier revision does not wait for itself.
        if (needed) return { kind, value, ...(needed.id === series.id ? {} : { series: needed }), present: true };
        return { kind, value, present: kind === "base-commit" && hasCommit?.(value) === true };
      });
      return found;
    },
  };
}

/** What one series needs; see `dependencyIndex` for many. */
export function dependenciesOf(series: Series, all: readonly Series[], knowledge: DependencyKnowledge = {}): Dependency[] {
  return dependencyIndex(all, knowledge).of(series);
}

/**
 * The series one is to be put on top of, in the order in which they go in: what they need themselves comes first. Each is
 * named once, also where they need each other.
 */
export function seriesBelow(series: Series, index: DependencyIndex): Series[] {
  const below: Series[] = [];
  const seen = new Set([series.id]);
  const visit = (one: Series, depth: number): void => {
    for (const { series: needed } of index.of(one)) {
      if (!needed || seen.has(needed.id)) continue;
      seen.add(needed.id);
      if (depth < deepestChain) visit(needed, depth + 1);
      below.push(needed);
    }
  };
  visit(series, 0);
  return below;
}

// Which series hold the patches that others name by `prerequisite-patch-id`, where no index knows patch ids.

/**
 * Finds the owners of patches by reading the newest revisions of series one after the other, until all are found.
 *
 * @param sha1 the hash function, which core has none of
 */
export async function patchOwners(
  wanted: ReadonlySet<string>,
  series: readonly Series[],
  mails: (messageIds: readonly string[]) => Promise<ReadonlyMap<string, Mail>>,
  sha1: (bytes: Uint8Array) => Uint8Array,
): Promise<Map<string, Series>> {
  const owners = new Map<string, Series>();
  for (const one of series) {
    if (owners.size === wanted.size) break;
    const revision = newestRevision(one);
    for (const text of textsOfPatches(revision, await mails(mailIdsOf(revision)), exactPatchTexts)) {
      const id = text === null ? null : patchId(text, sha1);
      if (id !== null && wanted.has(id) && !owners.has(id)) owners.set(id, one);
    }
  }
  return owners;
}

/** The patch ids that series say they need. */
export function neededPatchIds(series: readonly Series[]): Set<string> {
  const prerequisites = series.flatMap((one) => newestRevision(one).posted?.prerequisites ?? []);
  return new Set(prerequisites.flatMap(({ kind, value }) => (kind === "patch-id" ? [value] : [])));
}

// What a series says it is based on, as names that a repository may have: `base-commit:`, and the words people write.

export interface SaidBase {
  /** `base-commit`: a tool wrote the id of a commit; `words`: a person wrote what it is based on. */
  readonly kind: "base-commit" | "words";
  /** As the posting has it. */
  readonly value: string;
  /** Names to look for in a repository, the likeliest first; [] where the words hold none. */
  readonly names: readonly string[];
}

/** A name that a repository has. */
export interface KnownBase {
  /** As git takes it: a branch, a tag, or an id. */
  readonly name: string;
  /** The full id. */
  readonly commit: string;
}

/** Sentences name one tree or two; more is no name of a base. */
const mostNames = 8;
const hexId = /^[0-9a-f]{7,64}$/;
/** A branch with the tree it is of, a tag of a version, or of linux-next. */
const refName = /^(?:[A-Za-z0-9_][\w.+-]*(?:\/[\w+-][\w.+-]*)+|v\d+\.\d[\w.-]*|next-\d{8})$/;
const bareVersion = /^(?:linux-|v)?(\d+\.\d+(?:\.\d+)?)(-rc\d+)?$/i;
/** A day, as linux-next names its tags. */
const nextDay = /^20\d\d[01]\d[0-3]\d$/;
/** Behind the id of a commit: `("KVM: x86: Drop foo/bar")`. */
const commitTitle = /\("[^"]*(?:"\)?|$)/g;
/** A file, not a branch. */
const fileName = /\.(?:[chS]|cc|cpp|dtsi?|json|py|rs|rst|sh|txt|ya?ml)$/;

/** The names of branches, tags and commits among words: `kvm-x86/next`, `v6.12-rc1`, `0123456789ab`. */
export function namesInWords(words: string): string[] {
  const names: string[] = [];
  const isNext = /\blinux-next\b/i.test(words);
  for (const word of words.replace(commitTitle, " ").split(/[\s,;()[\]<>"'`“”‘’]+/)) {
    const name = word.replace(/(?<![.:!?])[.:!?]+$/, "");
    const described = /^(.+)-\d+-g([0-9a-f]{7,40})$/.exec(name);
    const version = bareVersion.exec(name);
    if (described?.[2] !== undefined) names.push(described[2]);
    else if (isNext && nextDay.test(name)) names.push(`next-${name}`);
    else if (hexId.test(name) && /\d/.test(name)) names.push(name);
    else if (version?.[1] !== undefined) names.push(versionTag(version[1], version[2]));
    else if (isBranch(word, name)) names.push(name);
  }
  return [...new Set(names)].slice(0, mostNames);
}

/** The tag of a version as Linus gives it: people write `5.8.0-rc4` too. */
function versionTag(version: string, candidate = ""): string {
  return `v${candidate === "" ? version : version.replace(/^(\d+\.\d+)\.0$/, "$1")}${candidate}`;
}

/** A `x86/mmu:` opens the title of a commit. */
function isBranch(word: string, name: string): boolean {
  return (
    refName.test(name) &&
    /[a-z]/i.test(name) &&
    !word.endsWith(":") &&
    !fileName.test(name) &&
    !name.includes("..") &&
    !name.endsWith(".lock")
  );
}

/** What the newest revision says it is based on. */
export function saidBases(series: Series): SaidBase[] {
  const { posted } = newestRevision(series);
  if (!posted) return [];
  const commits = [posted.baseCommit, ...posted.prerequisites.map(({ kind, value }) => (kind === "base-commit" ? value : null))];
  const bases = new Set(commits.filter((commit) => commit !== null && hexId.test(commit)));
  return [
    ...[...bases].flatMap((commit): SaidBase[] => (commit === null ? [] : [{ kind: "base-commit", value: commit, names: [commit] }])),
    ...posted.prerequisites.flatMap(({ kind, value }): SaidBase[] =>
      kind === "text" ? [{ kind: "words", value, names: namesInWords(value) }] : [],
    ),
  ];
}

/** The first of the names that the repository has. */
export function knownBase({ names }: SaidBase, known: ReadonlyMap<string, KnownBase>): KnownBase | null {
  return names.map((name) => known.get(name)).find((one) => one !== undefined) ?? null;
}
