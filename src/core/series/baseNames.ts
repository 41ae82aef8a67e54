/** What a series says it is based on, as names that a repository may have: `base-commit:`, and the words people write. */
import { newestRevision, type Series } from "./series";

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
