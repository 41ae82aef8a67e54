/**
 * Clashes: what two pending series both claim, or a pending series and the tree. Git merges most of them without a word, and then two things
 * have one number.
 */
import { type Author, isSameAuthor } from "../mail/author";
import { titleKey } from "../mail/subject";
import { newestRevision, type Patch, type Series } from "../series/series";
import type { Steps } from "../steps";
import { configKind, type Definition, fileKind } from "./claimKinds";
import { type Claim, definitionKey, type SeriesClaims } from "./claims";

/**
 * - `same-number`: other names have the same number.
 * - `same-name`: the same name is defined again: a path, a symbol, a macro.
 */
type ClashReason = "same-number" | "same-name";

export interface Clash {
  readonly reason: ClashReason;
  readonly kind: string;
  readonly space: string;
  /** The number that is claimed; null where there is none, and where one name got several. */
  readonly number: number | null;
  /** Each once, in the order of the claims. */
  readonly names: readonly string[];
  /** In the order of the series. */
  readonly claims: readonly Claim[];
  /** What the tree has there; null where only series clash. */
  readonly tree: Definition | null;
}

/** What the tree defines in the spaces of the claims. */
export interface TreeDefinitions {
  readonly all: readonly Definition[];
  /** Claims of what the tree has already from the same work. */
  readonly landed: ReadonlySet<Claim>;
}

interface ClashKnowledge {
  /** The series that one is made on top of. */
  readonly below: (series: Series) => readonly Series[];
  /** Null where no tree is known. */
  readonly tree: TreeDefinitions | null;
}

const nothing: ReadonlySet<string> = new Set();

/** Claims of one number or name that are told; nobody would read more. */
const mostClaims = 40;

/**
 * Finds the clashes: those with the most series first, then by space and name.
 *
 * @param all what each pending series claims
 */
export function* clashSteps(all: readonly SeriesClaims[], { below, tree }: ClashKnowledge): Steps<Clash[]> {
  const known = tree ? new TreeIndex(tree) : null;
  const removed = new Map(all.map((one) => [one.series, one.removed]));
  const byName = new Map<string, Claim[]>();
  const byNumber = new Map<string, Claim[]>();
  for (const { claims } of all) {
    yield;
    for (const claim of claims) {
      // What the tree has of the series itself is neither pending nor a clash.
      if (known?.isIn(claim)) continue;
      push(byName, definitionKey(claim), claim);
      const place = placeKey(claim);
      if (place !== null) push(byNumber, place, claim);
    }
  }
  const relations = new Relations(below);
  const found: Clash[] = [];
  const check = (reason: ClashReason, claims: readonly Claim[]): void => {
    // Nobody adds one file or symbol in two works: that is a revision whose mails do not tell of the one before.
    const meets = (a: Claim, b: Claim): boolean => (reason === "same-name" ? !isOneAuthor(a, b) : a.name !== b.name);
    const thereOf = (claim: Claim): Definition | null => {
      const gone = removed.get(claim.series) ?? nothing;
      return known && (reason === "same-name" ? known.named(claim, gone) : known.numbered(claim, gone));
    };
    const withTree = claims.filter((claim) => thereOf(claim) !== null);
    const clash = clashOf(reason, relations.apart(claims, meets), withTree, withTree[0] ? thereOf(withTree[0]) : null);
    if (clash) found.push(clash);
  };
  for (const claims of byName.values()) {
    check("same-name", claims);
    yield;
  }
  for (const claims of byNumber.values()) {
    check("same-number", claims);
    yield;
  }
  const order = ({ space, names }: Clash): string => `${space}\n${names.join("\n")}`;
  return found.sort((a, b) => b.claims.length - a.claims.length || (order(a) < order(b) ? -1 : 1));
}

/** Where a claim has its number; null where it has none. */
function placeKey({ space, number, value }: Definition): string | null {
  if (number !== null) return `${space}\n${number}`;
  // What is counted has the place behind the enumerator above it.
  return value === "" ? null : `${space}\n${value}`;
}

function clashOf(reason: ClashReason, met: readonly Claim[], withTree: readonly Claim[], tree: Definition | null): Clash | null {
  const claims = tree ? [...new Set([...met, ...withTree])] : met;
  const [first] = claims;
  if (!first) return null;
  const numbers = new Set([...claims, ...(tree ? [tree] : [])].map(({ number }) => number));
  return {
    reason,
    kind: first.kind,
    space: first.space,
    number: numbers.size === 1 ? first.number : null,
    names: [...new Set([...claims, ...(tree ? [tree] : [])].map(({ name }) => name))],
    claims: claims.slice(0, mostClaims),
    tree,
  };
}

function push(map: Map<string, Claim[]>, key: string, claim: Claim): void {
  const known = map.get(key);
  if (known) known.push(claim);
  else map.set(key, [claim]);
}

// Which claims are of different work.

class Relations {
  readonly #below: ClashKnowledge["below"];
  readonly #known = new Map<Series, ReadonlySet<string>>();
  readonly #works = new Map<Claim, ReadonlySet<string>>();

  constructor(below: ClashKnowledge["below"]) {
    this.#below = below;
  }

  /** The claims that meet another one, which is of other work. */
  apart(claims: readonly Claim[], meets: (a: Claim, b: Claim) => boolean): Claim[] {
    if (claims.length < 2) return [];
    const some = claims.slice(0, mostClaims);
    return some.filter((one) => some.some((other) => meets(one, other) && this.#areApart(one, other)));
  }

  #areApart(one: Claim, other: Claim): boolean {
    if (one.series === other.series) return false;
    const [work, others] = [this.#worksOf(one), this.#worksOf(other)];
    for (const key of work) if (others.has(key)) return false;
    return !this.#belowOf(one.series).has(other.series.id) && !this.#belowOf(other.series).has(one.series.id);
  }

  #belowOf(series: Series): ReadonlySet<string> {
    const known = this.#known.get(series) ?? new Set(this.#below(series).map(({ id }) => id));
    this.#known.set(series, known);
    return known;
  }

  #worksOf(claim: Claim): ReadonlySet<string> {
    const known = this.#works.get(claim) ?? worksOf(newestRevision(claim.series).patches[claim.at]);
    this.#works.set(claim, known);
    return known;
  }
}

/** Equal for a patch that two series have: its patch-id, or its title and its author, where one was made again. */
function worksOf(patch: Patch | undefined): ReadonlySet<string> {
  if (!patch) return new Set();
  const title = titleKey(patch.title);
  return new Set([...(patch.patchId === undefined ? [] : [patch.patchId]), ...namesOf(patch.author).map((name) => `${title}\n${name}`)]);
}

/** Whether one person wrote both patches. */
function isOneAuthor(one: Claim, other: Claim): boolean {
  const [first, second] = [one, other].map(({ series, at }) => newestRevision(series).patches[at]?.author);
  return first !== undefined && second !== undefined && isSameAuthor(first, second);
}

function namesOf({ name, email }: Author): string[] {
  return [name, email].flatMap((one) => (one === "" ? [] : [one.toLowerCase()]));
}

// What the tree has.

class TreeIndex {
  readonly #names = new Map<string, Definition>();
  readonly #numbers = new Map<string, Definition[]>();
  readonly #landed: ReadonlySet<Claim>;

  constructor({ all, landed }: TreeDefinitions) {
    this.#landed = landed;
    for (const one of all) {
      const key = definitionKey(one);
      if (!this.#names.has(key)) this.#names.set(key, one);
      if (one.number === null) continue;
      const place = `${one.space}\n${one.number}`;
      const known = this.#numbers.get(place);
      if (known) known.push(one);
      else this.#numbers.set(place, [one]);
    }
  }

  isIn(claim: Claim): boolean {
    if (this.#landed.has(claim)) return true;
    if (claim.kind === fileKind || claim.kind === configKind) return false;
    const known = this.#names.get(definitionKey(claim));
    // What is counted has the number that it got when it was applied.
    return known !== undefined && (known.number === claim.number || claim.number === null);
  }

  /**
   * The same name.
   *
   * @param removed what the series takes away, which counts no more
   */
  named(claim: Claim, removed: ReadonlySet<string>): Definition | null {
    const key = definitionKey(claim);
    return removed.has(key) ? null : (this.#names.get(key) ?? null);
  }

  /** Another name of the number; null for a name that the tree has under a number of its own, since that is said already. */
  numbered(claim: Claim, removed: ReadonlySet<string>): Definition | null {
    if (claim.number === null || this.named(claim, removed)) return null;
    const there = this.#numbers.get(`${claim.space}\n${claim.number}`) ?? [];
    const isOther = (one: Definition): boolean => one.name !== claim.name && one.variant === claim.variant;
    return there.find((one) => isOther(one) && !removed.has(definitionKey(one))) ?? null;
  }
}
