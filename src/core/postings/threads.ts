/** Mails by Message-ID, and the mail that each answers. A mail that was read on several lists is one mail that knows its lists. */
import type { Author } from "../mail/author";
import type { MailFacts } from "./mailFacts";

export interface Threads {
  /** Every mail once, oldest first; the order does not depend on the order they came in. */
  readonly mails: readonly MailFacts[];
  /** The mail an id stands for. Other mails with the same id are in `mails` and not here. */
  readonly byId: ReadonlyMap<string, MailFacts>;
  /** The nearest mail above that is here. */
  readonly parentOf: (mail: MailFacts) => MailFacts | null;
}

/** Oldest first; mails of one date are ordered by their contents. */
export function compareMails(a: MailFacts, b: MailFacts): number {
  return a.date - b.date || compareTexts(a.messageId, b.messageId) || compareTexts(a.fingerprint, b.fingerprint);
}

export function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Joins copies and finds parents. */
export function readThreads(facts: readonly MailFacts[]): Threads {
  const byId = new Map<string, MailFacts>();
  const shared = new Map<string, MailFacts[]>();
  for (const mail of facts) {
    const known = byId.get(mail.messageId);
    if (!known) byId.set(mail.messageId, mail);
    else if (known !== mail) {
      const copies = shared.get(mail.messageId);
      if (copies) copies.push(mail);
      else shared.set(mail.messageId, [known, mail]);
    }
  }
  const imposters: MailFacts[] = [];
  for (const [id, copies] of shared) {
    const [first, ...others] = joinCopies(copies);
    if (first) byId.set(id, first);
    imposters.push(...others);
  }
  const mails = sortMails([...byId.values(), ...imposters]);
  return { mails, byId, parentOf: (mail) => nearestAbove(mail, byId) };
}

/** Sorts numbers instead of mails: dates that lie side by side in memory are compared several times as fast. */
function sortMails(mails: readonly MailFacts[]): readonly MailFacts[] {
  // An index gives them in this order already.
  if (isSorted(mails)) return mails;
  const dates = Float64Array.from(mails, ({ date }) => date);
  const places = Uint32Array.from(mails, (_, at) => at);
  places.sort((a, b) => {
    const older = (dates[a] ?? 0) - (dates[b] ?? 0);
    if (older !== 0) return older;
    const first = mails[a];
    const second = mails[b];
    return first && second ? compareMails(first, second) : 0;
  });
  return Array.from(places, (at) => mails[at]).filter((mail) => mail !== undefined);
}

function isSorted(mails: readonly MailFacts[]): boolean {
  let before: MailFacts | null = null;
  for (const mail of mails) {
    if (before && compareMails(before, mail) > 0) return false;
    before = mail;
  }
  return true;
}

/** Which of several mails with one Message-ID the id means; `readThreads` decides in the same way. */
export function copyMeant(copies: readonly MailFacts[]): MailFacts | undefined {
  return groupCopies(copies)
    .flatMap((same) => [...same].sort(compareSame)[0] ?? [])
    .sort(compareOthers)[0];
}

/** Orders copies of one mail: a whole copy before one that was cut off, then the oldest. */
function compareSame(a: MailFacts, b: MailFacts): number {
  return (
    Number(isPosted(b)) - Number(isPosted(a)) || fileCount(b) - fileCount(a) || compareMails(a, b) || compareTexts(contents(a), contents(b))
  );
}

/** Orders different mails that share an id: a posting before an answer, then the oldest. */
function compareOthers(a: MailFacts, b: MailFacts): number {
  return Number(isPosted(b)) - Number(isPosted(a)) || compareMails(a, b);
}

function isPosted({ kind }: MailFacts): boolean {
  return kind === "patch" || kind === "cover" || kind === "pull";
}

function fileCount({ patches }: MailFacts): number {
  return patches.reduce((count, { files }) => count + files.length, 0);
}

/** Joins the copies of each mail that shares an id with others; the mail that the id stands for comes first. */
function joinCopies(copies: readonly MailFacts[]): MailFacts[] {
  return groupCopies(copies).map(joinSame).sort(compareOthers);
}

function groupCopies(copies: readonly MailFacts[]): MailFacts[][] {
  const said = new Map<string, MailFacts[]>();
  for (const mail of copies) {
    const same = said.get(mail.fingerprint);
    if (same) same.push(mail);
    else said.set(mail.fingerprint, [mail]);
  }
  return [...said.values()];
}

function joinSame(copies: readonly MailFacts[]): MailFacts {
  const [first, ...others] = [...copies].sort(compareSame);
  if (!first) throw new Error("a mail has at least one copy");
  if (others.length === 0) return first;
  return {
    ...first,
    lists: [...new Set(copies.flatMap(({ lists }) => lists))].sort(),
    to: joinPeople(
      first.to,
      others.flatMap(({ to }) => to),
    ),
    cc: joinPeople(
      first.cc,
      others.flatMap(({ cc }) => cc),
    ),
    references: first.references.length > 0 ? first.references : (others.find(({ references }) => references.length > 0)?.references ?? []),
    inReplyTo: first.inReplyTo ?? others.find(({ inReplyTo }) => inReplyTo !== null)?.inReplyTo ?? null,
  };
}

/** Decides between copies of one date; any order will do if it is always the same. */
function contents({ kind, lists, source, inReplyTo, references, patches, given }: MailFacts): string {
  const said = [patches.map(({ patchId, title }) => `${patchId ?? ""} ${title ?? ""}`), given.map(({ key, value }) => `${key} ${value}`)];
  return [kind, lists.join(" "), source, inReplyTo, references.join(" "), said.flat().join("\n")].join("\n");
}

function joinPeople(first: readonly Author[], others: readonly Author[]): readonly Author[] {
  const people = new Map(first.map((one) => [one.email.toLowerCase() || one.name, one]));
  const missing = others.filter((one) => !people.has(one.email.toLowerCase() || one.name));
  for (const one of missing) people.set(one.email.toLowerCase() || one.name, one);
  return missing.length === 0 ? first : [...people.values()].sort((a, b) => compareTexts(a.email + a.name, b.email + b.name));
}

function nearestAbove(mail: MailFacts, byId: ReadonlyMap<string, MailFacts>): MailFacts | null {
  const direct = mail.inReplyTo === null ? undefined : byId.get(mail.inReplyTo);
  if (direct && direct.messageId !== mail.messageId) return direct;
  for (let at = mail.references.length - 1; at >= 0; at--) {
    const above = byId.get(mail.references[at] ?? "");
    if (above && above.messageId !== mail.messageId) return above;
  }
  return null;
}

// An order in which each thing comes after those it follows, whatever the dates say.

/**
 * Moves each thing that stands before one it follows right behind that; otherwise the order stays. Things that follow each other
 * in a circle keep their order.
 *
 * @param precursorsOf the things that a thing follows; anything outside the list is ignored
 */
export function stableTopologicalSort<T>(things: readonly T[], precursorsOf: (thing: T) => Iterable<T>): T[] {
  const waiting = new Set(things);
  const ordered: T[] = [];
  for (const thing of things) {
    // An explicit stack, since a thread may be longer than calls may be deep.
    const stack = waiting.has(thing) ? [{ thing, precursors: precursorsOf(thing)[Symbol.iterator]() }] : [];
    waiting.delete(thing);
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const next = top.precursors.next();
      if (next.done === true) {
        ordered.push(top.thing);
        stack.pop();
      } else if (waiting.delete(next.value)) stack.push({ thing: next.value, precursors: precursorsOf(next.value)[Symbol.iterator]() });
    }
  }
  return ordered;
}

/** How many mails up a thread are searched for the posting that a patch answers. */
export const farthestAncestor = 64;

/** The nearest wanted mail above another; null if none is near enough. */
export function findAbove(mail: MailFacts, threads: Threads, isWanted: (mail: MailFacts) => boolean): MailFacts | null {
  let above = threads.parentOf(mail);
  for (let steps = 0; above && steps < farthestAncestor; steps++) {
    if (isWanted(above)) return above;
    above = threads.parentOf(above);
  }
  return null;
}

/** The mails above another that `findAbove` searches, the nearest first. */
export function mailsAbove(mail: MailFacts, threads: Threads): MailFacts[] {
  const above: MailFacts[] = [];
  findAbove(mail, threads, (one) => {
    above.push(one);
    return false;
  });
  return above;
}
