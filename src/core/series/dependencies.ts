/** What a series says it needs, a base and other series, and which known commits and series these are. */
import { patchId } from "../diff/patchId";
import type { Mail } from "../mail/mail";
import { exactPatchTexts } from "../mail/patchMail";
import { mailIdsOf, textsOfPatches } from "./revisionTexts";
import { newestRevision, type Prerequisite, type Series } from "./series";

export interface Dependency {
  readonly kind: Prerequisite["kind"];
  /** The need as the posting writes it. */
  readonly value: string;
  /** The known series that is meant; absent where there is none, or where the posting names a commit or uses words. */
  readonly series?: Series;
  /** Whether it is known here: as a series, or as a commit of the repository. */
  readonly present: boolean;
}

/** Knowledge that only some callers have. */
interface DependencyKnowledge {
  /** The series that has a patch with a `git patch-id --stable`; absent where patch ids were not computed. */
  readonly ofPatchId?: (patchId: string) => Series | undefined;
  /** The series of a mail that is in none of the given series, such as one that has landed. */
  readonly ofMessageId?: (messageId: string) => Series | undefined;
  /** Whether the repository has a commit. */
  readonly hasCommit?: (commit: string) => boolean;
}

/** Finds the series that other series name. */
export interface DependencyIndex {
  of(series: Series): Dependency[];
}

/** Levels of dependencies that are followed. Nobody needs more; a longer chain is a circle or a trap. */
const deepestChain = 8;

/** Prepares an index to ask for the needs of many series. */
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
        // A series that names a mail of its own earlier revision does not depend on itself.
        if (needed) return { kind, value, ...(needed.id === series.id ? {} : { series: needed }), present: true };
        return { kind, value, present: kind === "base-commit" && hasCommit?.(value) === true };
      });
      return found;
    },
  };
}

/**
 * The series that one has to be applied on top of, in the order to apply them: what they need themselves comes first. Each is
 * named once, even where they need each other.
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

// The series that have the patches which others name by `prerequisite-patch-id`, where no index knows patch ids.

/**
 * Finds the series that have some patches: reads the newest revision of one series after the other until all are found.
 *
 * @param sha1 the hash function; core has none
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

// The base that a series names, as names that a repository may have: `base-commit:`, and the words of people.

export interface SaidBase {
  /** `base-commit`: a tool wrote the id of a commit; `words`: a person described the base. */
  readonly kind: "base-commit" | "words";
  /** The base as the posting writes it. */
  readonly value: string;
  /** Names to look up in a repository, the likeliest first; [] where the words have none. */
  readonly names: readonly string[];
}

/** A name that a repository has. */
export interface KnownBase {
  /** The name that git understands: a branch, a tag, or an id. */
  readonly name: string;
  /** The full id. */
  readonly commit: string;
}

/** Names that are kept; a sentence names one tree or two. */
const mostNames = 8;
const hexId = /^[0-9a-f]{7,64}$/;
/** A branch with the name of its tree, or a tag of a version or of linux-next. */
const refName = /^(?:[A-Za-z0-9_][\w.+-]*(?:\/[\w+-][\w.+-]*)+|v\d+\.\d[\w.-]*|next-\d{8})$/;
const bareVersion = /^(?:linux-|v)?(\d+\.\d+(?:\.\d+)?)(-rc\d+)?$/i;
/** A day, as linux-next names its tags. */
const nextDay = /^20\d\d[01]\d[0-3]\d$/;
/** The title behind the id of a commit: `("KVM: x86: Drop foo/bar")`. */
const commitTitle = /\("[^"]*(?:"\)?|$)/g;
/** The name of a file, which is not a branch. */
const fileName = /\.(?:[chS]|cc|cpp|dtsi?|json|py|rs|rst|sh|txt|ya?ml)$/;

/** The names of branches, tags and commits in a text: `kvm-x86/next`, `v6.12-rc1`, `0123456789ab`. */
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

/** The tag of a version as Linus names it; people also write `5.8.0-rc4`. */
function versionTag(version: string, candidate = ""): string {
  return `v${candidate === "" ? version : version.replace(/^(\d+\.\d+)\.0$/, "$1")}${candidate}`;
}

/** Whether a word is the name of a branch. A word such as `x86/mmu:` opens the title of a commit. */
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

/** The bases that the newest revision names. */
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

/** The first name of a base that the repository has. */
export function knownBase({ names }: SaidBase, known: ReadonlyMap<string, KnownBase>): KnownBase | null {
  return names.map((name) => known.get(name)).find((one) => one !== undefined) ?? null;
}
