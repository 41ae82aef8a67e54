/** Postings that are made of earlier ones: sent once more as they were, or with only some patches replaced. */
import { isTelling, pullWindow } from "./linkKeys";
import { factsTitle, type MailFacts } from "./mailFacts";
import { nameKey } from "./samePerson";
import { titleWords } from "../mail/subject";
import { draftVersion, mostAlike, streamOf, type Draft } from "./draft";

/** A patch and the posting it was last sent in. */
export interface CarriedPatch {
  readonly mails: readonly MailFacts[];
  readonly from: Draft;
}

export interface Carried {
  /** By place. */
  readonly carried: ReadonlyMap<number, CarriedPatch>;
  /** The posting that was complete; the posting itself where it is no partial reroll. */
  readonly base: Draft;
}

/** The mail that stands for a posting: its cover letter, what opens it, or its first patch. */
export function leadOf(draft: Draft): MailFacts {
  const lead = draft.slots.get(0)?.at(-1) ?? draft.opening ?? firstPatch(draft);
  if (!lead) throw new Error("a posting has at least one mail");
  return lead;
}

function firstPatch({ slots }: Draft): MailFacts | undefined {
  return slots.get([...slots.keys()].reduce((least, index) => (index > 0 ? Math.min(least, index) : least), Infinity))?.at(-1);
}

/**
 * Which postings were sent again as they were, and as what. A posting that is the same as one before is no new revision:
 * its patches have the same patch ids, or it says RESEND and nothing speaks against it.
 *
 * @returns from the later posting to the first one
 */
export function findResends(drafts: readonly Draft[]): Map<Draft, Draft> {
  const alike = new Map<string, Draft[]>();
  const originals = new Map<Draft, Draft>();
  for (const draft of [...drafts].sort((a, b) => a.first - b.first)) {
    const original = askedKeys(draft)
      .map((key) =>
        alike
          .get(key)
          ?.slice(-mostAlike)
          .findLast((one) => isResend(draft, one)),
      )
      .find((one) => one !== undefined);
    if (original) originals.set(draft, originals.get(original) ?? original);
    for (const key of givenKeys(draft)) {
      const known = alike.get(key);
      if (known) known.push(draft);
      else alike.set(key, [draft]);
    }
  }
  return originals;
}

/**
 * By what a posting is found that was sent before: sender, size, tree and title. One that says RESEND may be sent from another
 * address of its sender, may hold only some of the patches, and may have a letter of another title.
 */
function askedKeys(draft: Draft): string[] {
  const lead = leadOf(draft);
  const title = titleOf(draft);
  if (!lead.subject.resend || streamOf(lead) !== "") return title === null ? [] : [title];
  const first = firstPatch(draft);
  const keys = [title ?? "", namedTitleOf(draft) ?? "", first ? placeOf(draft, first) : ""];
  return keys.filter((key) => key !== "");
}

function givenKeys(draft: Draft): string[] {
  const keys = [titleOf(draft) ?? "", namedTitleOf(draft) ?? ""];
  // Where a posting has a letter, or another patch leads it, a patch of it is found by its own title.
  if (draft.expected > 1) for (const mails of draft.slots.values()) for (const mail of mails) keys.push(placeOf(draft, mail));
  return [...new Set(keys)].filter((key) => key !== "");
}

/** Null where a stable or pulled posting has no mail that its key could be made of. */
function titleOf(draft: Draft): string | null {
  const lead = leadOf(draft);
  if (streamOf(lead) !== "" && (lead.subject.index ?? 0) > 1) return null;
  return `${draft.bucket}\n${streamOf(lead)}\n${factsTitle(lead)}`;
}

/** By the sender's name in place of the address; null where the name or the title may be another's. */
function namedTitleOf(draft: Draft): string | null {
  const lead = leadOf(draft);
  const name = nameKey(lead.sender.name);
  if (name === null || streamOf(lead) !== "" || !isTelling(titleWords(lead.subject.title))) return null;
  return `name ${name}\n${draft.expected}\n${factsTitle(lead)}`;
}

function placeOf({ bucket }: Draft, mail: MailFacts): string {
  return `place ${bucket}\n${mail.subject.index ?? 1}\n${factsTitle(mail)}`;
}

function isResend(draft: Draft, original: Draft): boolean {
  const [lead, first] = [leadOf(draft), leadOf(original)];
  const marked = lead.subject.resend;
  const [version, before] = [draftVersion(draft), draftVersion(original)];
  const sameVersion = version[0] === before[0] && version[1] === before[1];
  if (!sameVersion && !(marked && version[0] === 1 && version[1] === 0)) return false;
  if (lead.subject.rfc !== first.subject.rfc) return false;
  if (streamOf(lead) === "pull" && draft.first - original.first > pullWindow) return false;
  let proven = false;
  for (const [index, mails] of draft.slots) {
    const others = index === 0 ? undefined : original.slots.get(index);
    const [mail, other] = [mails.at(-1), others?.at(-1)];
    if (!mail || !other) continue;
    if (!isSameChange(mail, other)) return false;
    proven ||= mail.patches.some(({ patchId }) => patchId !== null);
  }
  // Without patch ids the same numbers of lines in the same files may still be other lines, and a name may be somebody else's.
  return proven || (marked && draft.bucket === original.bucket);
}

/** Whether two mails hold the same change; without patch ids, whether they do the same to the same files. */
export function isSameChange(a: MailFacts, b: MailFacts): boolean {
  const [first, second] = [a.patches.map(({ patchId }) => patchId), b.patches.map(({ patchId }) => patchId)];
  if (!first.includes(null) && !second.includes(null)) return first.length > 0 && first.join() === second.join();
  return factsTitle(a) === factsTitle(b) && changes(a) === changes(b);
}

function changes({ patches }: MailFacts): string {
  return patches.flatMap(({ files }) => files.map(({ path, added, deleted }) => `${path} ${added ?? ""} ${deleted ?? ""}`)).join("\n");
}

/**
 * The patches a partial reroll leaves as they were: those of the posting it answers, which may itself leave some. It is one
 * where every patch answers the patch in its own place (`v2 2/3` below `v1 2/3`), or its version has a point (`v5.1`).
 */
export function carriedPatches(draft: Draft, parentOf: (mail: MailFacts) => MailFacts | null): Carried {
  const carried = new Map<number, CarriedPatch>();
  const seen = new Set<Draft>();
  let base = draft;
  for (let at = draft; at.rerolls && seen.size < mostAlike && !seen.has(at) && isPartialReroll(at, at.rerolls, parentOf); at = at.rerolls) {
    seen.add(at);
    for (const [index, mails] of at.rerolls.slots) {
      if (index > 0 && !draft.slots.has(index) && !carried.has(index)) carried.set(index, { mails, from: at.rerolls });
    }
    base = at.rerolls;
  }
  return { carried, base };
}

function isPartialReroll(draft: Draft, before: Draft, parentOf: (mail: MailFacts) => MailFacts | null): boolean {
  const [[version, point], [older, olderPoint]] = [draftVersion(draft), draftVersion(before)];
  if (draft.slots.has(0) || draft.expected !== before.expected) return false;
  if (version < older || (version === older && point <= olderPoint)) return false;
  if (point > 0 && version === older) return true;
  return [...draft.slots].every(([index, mails]) => mails.some((mail) => answersPlace(mail, index, { draft, before, parentOf })));
}

interface Reroll {
  readonly draft: Draft;
  readonly before: Draft;
  readonly parentOf: (mail: MailFacts) => MailFacts | null;
}

/** Whether the next patch above in the thread stands in the same place of the posting before, or was sent with this one. */
function answersPlace(mail: MailFacts, index: number, { draft, before, parentOf }: Reroll): boolean {
  let above = parentOf(mail);
  for (let steps = 0; above && steps < mostAlike; steps++) {
    const patch = above;
    if (before.slots.get(index)?.includes(patch) === true) return true;
    if ([...draft.slots].some(([other, mails]) => other !== index && mails.includes(patch))) return true;
    if (above.kind === "patch" || above.kind === "cover") return false;
    above = parentOf(above);
  }
  return false;
}
