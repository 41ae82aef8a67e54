/**
 * A posting while it is put together: whether it has room for one more mail, and whether it resends or partly rerolls an earlier
 * one.
 */
import { fullNameKey } from "../mail/author";
import { isPull } from "../mail/mailKind";
import { titleKey, titleWords } from "../mail/subject";
import { type Project, projectOfPatches } from "../subsystem/project";
import { isTellingTitle, messageIdNumber, messageIdStem, pullWindow } from "./linkKeys";
import { factsTitle, type MailFacts } from "./mailFacts";

/** A posting while it is put together. */
export interface PostingDraft {
  /** What all its mails share: sender, size, and whether they are pull requests or for a stable tree. */
  readonly bucket: string;
  readonly project: Project;
  readonly expected: number;
  /** As the subjects name it; null while none does. `5.1` is [5, 1]. */
  coverVersion: DraftVersion | null;
  patchVersion: DraftVersion | null;
  /** The mails of each slot, oldest first; several if one was sent more than once. */
  readonly slots: Map<number, MailFacts[]>;
  readonly stems: Set<string>;
  /** The mail without a number that opens it, with no diff: a naked cover letter, or a pull request. */
  opening: MailFacts | null;
  /** Whether patches answer its cover letter: if so, a patch that does not is not one of its patches. */
  isThreaded: boolean;
  /** The posting of which this one rerolls some patches, in its thread; null if it stands alone. */
  rerolls: PostingDraft | null;
  first: number;
  last: number;
}

/** A posting that has no mails yet. */
export function newPostingDraft(parts: {
  readonly bucket: string;
  readonly project: Project;
  readonly expected: number;
  /** Of its first mail. */
  readonly date: number;
}): PostingDraft {
  const { bucket, project, expected, date } = parts;
  return {
    bucket,
    project,
    expected,
    coverVersion: null,
    patchVersion: null,
    slots: new Map(),
    stems: new Set(),
    opening: null,
    isThreaded: false,
    rerolls: null,
    first: date,
    last: date,
  };
}

type DraftVersion = readonly [version: number, point: number];

/** Two mails for one place, or one letter sent twice, are one posting if they are no farther apart than this, in milliseconds. */
export const duplicateWindow = 10 * 60 * 1000;
/** How many equals are compared at most: nobody sends one thing more often, and comparing a whole crowd would take quadratic time. */
export const mostCompared = 64;
/** A run of git-send-email is over in an hour, and a hand-written cover letter is sent within a day of its patches. */
const hour = 60 * 60 * 1000;
export const oneDay = 24 * hour;

/** The sign that pointed to the posting. */
export type PlaceSign = "thread" | "stem" | "sibling" | "reroll" | "time" | "crowd";

interface RoomContext {
  readonly sign: PlaceSign;
  /** The posting has mails of the same run of the tool. */
  readonly sameStem: boolean;
}

/** Whether a posting has room for a patch: its version agrees, and its slot is free or was sent twice. */
export function hasRoomFor(draft: PostingDraft, mail: MailFacts, index: number, fit: RoomContext): boolean {
  if (!versionFits(draft, mail, fit) || (fit.sign === "time" && draft.isThreaded)) return false;
  // One run may number the patches for two projects together; otherwise each project has its own posting.
  if (!fit.sameStem && draft.project !== projectOf(mail)) return false;
  const rivals = draft.slots.get(index) ?? [];
  if (rivals.length === 0) return true;
  if (fit.sign === "crowd") return index !== 1 && isDirectAnswer(draft, mail);
  return rivals.slice(-mostCompared).some((rival) => isSentTwice(rival, mail, fit));
}

/** Whether a patch whose number is taken answers the cover letter on the same day: then the author counted wrong. */
function isDirectAnswer({ slots, first }: PostingDraft, mail: MailFacts): boolean {
  return slots.get(0)?.some(({ messageId }) => messageId === mail.inReplyTo) === true && mail.date - first <= oneDay;
}

/** Whether a patch that answers a cover letter belongs to it: a reroll names another version or comes on another day. */
export function isOwnAnswer(cover: MailFacts, mail: MailFacts): boolean {
  return sameVersion(versionOf(cover), versionOf(mail)) && Math.abs(mail.date - cover.date) <= oneDay;
}

function versionFits(draft: PostingDraft, mail: MailFacts, { sign, sameStem }: RoomContext): boolean {
  const version = versionOf(mail);
  const { coverVersion, patchVersion } = draft;
  if (patchVersion) {
    if (sameVersion(patchVersion, version ?? defaultVersion)) return true;
    // In one run some patches may lack the version that the others have.
    return (
      sameStem &&
      (version === null || isUnsaid(patchVersion)) &&
      (coverVersion === null || version === null || sameVersion(coverVersion, version))
    );
  }
  if (!draft.slots.has(0) || sameVersion(coverVersion, version)) return true;
  if (sign === "time") return version === null;
  if (version === null) return true;
  return coverVersion === null && (sameStem || Math.abs(mail.date - draft.first) <= hour);
}

/**
 * Two mails of one slot: they make the same change, one replaces the other, or one is a leftover file in the folder that was
 * sent.
 */
function isSentTwice(rival: MailFacts, mail: MailFacts, { sign, sameStem }: RoomContext): boolean {
  const patchId = mail.patches[0]?.patchId ?? null;
  const isSoon = Math.abs(mail.date - rival.date) <= duplicateWindow;
  if (patchId !== null && patchId === rival.patches[0]?.patchId && (isSoon || sign !== "time")) return true;
  if (factsTitle(rival) === factsTitle(mail) && isSoon) return true;
  if (sameStem && messageIdStem(rival.messageId) === messageIdStem(mail.messageId)) {
    const [before, after] = [messageIdNumber(rival.messageId), messageIdNumber(mail.messageId)];
    return before !== null && after !== null && Math.abs(after - before) === 1 && (mail.subject.expected ?? 1) > 1;
  }
  // A patch 1 that answers an older patch 1 begins a whole resent series; any other patch replaces the patch it answers.
  return mail.inReplyTo === rival.messageId && mail.subject.index !== 1;
}

/** Whether one run of a tool sent two mails. */
export function isOneRun(mail: MailFacts, other: MailFacts): boolean {
  const [stem, otherStem] = [messageIdStem(mail.messageId), messageIdStem(other.messageId)];
  if (stem !== null && otherStem !== null) return stem === otherStem;
  return mail.inReplyTo === other.inReplyTo && Math.abs(mail.date - other.date) <= duplicateWindow;
}

/** The version of a subject that names none. */
export const defaultVersion: DraftVersion = [1, 0];

function isUnsaid([version, point]: DraftVersion): boolean {
  return version === 1 && point === 0;
}

/** The version that a subject names; null where it names none, or `v1`, which means the same. */
export function versionOf({ subject }: MailFacts): DraftVersion | null {
  return subject.version > 1 || subject.point !== 0 ? [subject.version, subject.point] : null;
}

export function sameVersion(a: DraftVersion | null, b: DraftVersion | null): boolean {
  const [first, second] = [a ?? defaultVersion, b ?? defaultVersion];
  return first[0] === second[0] && first[1] === second[1];
}

/** The version of a posting. */
export function draftVersion({ coverVersion, patchVersion }: PostingDraft): DraftVersion {
  const [cover, patch] = [coverVersion ?? patchVersion ?? defaultVersion, patchVersion ?? coverVersion ?? defaultVersion];
  return patch[0] > cover[0] || (patch[0] === cover[0] && patch[1] > cover[1]) ? patch : cover;
}

/** The project that the brackets name; paths say nothing here, since a series may have patches for two. */
export function projectOf({ subject: { prefixes } }: MailFacts): Project {
  return projectOfPatches({ prefixes, paths: [] });
}

/** Pull requests, and the words of the stable tree a mail is for; empty for patches for review. */
export function streamOfMail(mail: MailFacts): string {
  if (!mail.stable) return mail.kind === "pull" || isPull(mail.subject) ? "pull" : "";
  const words = mail.subject.prefixes.filter((word) => /\d|sel$|^stable$/i.test(word));
  return `stable ${words.join(" ").toLowerCase()}`;
}

// Postings that are made from earlier ones: sent again unchanged, or with only some patches replaced.

/** A patch and the posting in which it was last sent. */
export interface CarriedPatch {
  readonly mails: readonly MailFacts[];
  readonly from: PostingDraft;
}

interface PartialReroll {
  /** By index. */
  readonly carried: ReadonlyMap<number, CarriedPatch>;
  /** The complete posting that the reroll goes back to; the posting itself where it is no partial reroll. */
  readonly base: PostingDraft;
}

/** The mail that stands for a posting: its cover letter, the mail that opens it, or its first patch. */
export function leadOf(draft: PostingDraft): MailFacts {
  const lead = draft.slots.get(0)?.at(-1) ?? draft.opening ?? firstPatch(draft);
  if (!lead) throw new Error("a posting has at least one mail");
  return lead;
}

function firstPatch({ slots }: PostingDraft): MailFacts | undefined {
  return slots.get([...slots.keys()].reduce((least, index) => (index > 0 ? Math.min(least, index) : least), Infinity))?.at(-1);
}

/**
 * Which postings were sent again unchanged, and which posting each repeats. A posting that equals an earlier one is no new
 * revision: its patches have the same patch ids, or it says RESEND and nothing speaks against it.
 *
 * @returns from the later posting to the first one
 */
export function findResends(drafts: readonly PostingDraft[]): Map<PostingDraft, PostingDraft> {
  const alike = new Map<string, PostingDraft[]>();
  const originals = new Map<PostingDraft, PostingDraft>();
  for (const draft of [...drafts].sort((a, b) => a.first - b.first)) {
    const original = askedKeys(draft)
      .map((key) =>
        alike
          .get(key)
          ?.slice(-mostCompared)
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
 * The keys by which an earlier posting is found: sender, size, tree and title. A posting that says RESEND may come from another
 * address of its sender, may hold only some of the patches, and may have a cover letter of another title.
 */
function askedKeys(draft: PostingDraft): string[] {
  const lead = leadOf(draft);
  const title = titleKeyOfDraft(draft);
  if (!lead.subject.resend || streamOfMail(lead) !== "") return title === null ? [] : [title];
  const first = firstPatch(draft);
  const keys = [title ?? "", namedTitleKeyOfDraft(draft) ?? "", first ? patchPlaceKey(draft, first) : ""];
  return keys.filter((key) => key !== "");
}

function givenKeys(draft: PostingDraft): string[] {
  const keys = [titleKeyOfDraft(draft) ?? "", namedTitleKeyOfDraft(draft) ?? ""];
  // A patch is also found by its own title, since its posting has the title of a cover letter or of another patch.
  if (draft.expected > 1) for (const mails of draft.slots.values()) for (const mail of mails) keys.push(patchPlaceKey(draft, mail));
  return [...new Set(keys)].filter((key) => key !== "");
}

/** Null for stable mail and pull requests whose first mail is not here. */
function titleKeyOfDraft(draft: PostingDraft): string | null {
  const lead = leadOf(draft);
  if (streamOfMail(lead) !== "" && (lead.subject.index ?? 0) > 1) return null;
  return `${draft.bucket}\n${streamOfMail(lead)}\n${factsTitle(lead)}`;
}

/** The same key by the sender's full name; null if somebody else may have that name or use that title. */
function namedTitleKeyOfDraft(draft: PostingDraft): string | null {
  const lead = leadOf(draft);
  const name = fullNameKey(lead.sender.name);
  if (name === null || streamOfMail(lead) !== "" || !isTellingTitle(titleWords(lead.subject.title))) return null;
  return `name ${name}\n${draft.expected}\n${factsTitle(lead)}`;
}

function patchPlaceKey({ bucket }: PostingDraft, mail: MailFacts): string {
  return `place ${bucket}\n${mail.subject.index ?? 1}\n${factsTitle(mail)}`;
}

function isResend(draft: PostingDraft, original: PostingDraft): boolean {
  const [lead, first] = [leadOf(draft), leadOf(original)];
  const marked = lead.subject.resend;
  const version = draftVersion(draft);
  if (!sameVersion(version, draftVersion(original)) && !(marked && isUnsaid(version))) return false;
  if (lead.subject.rfc !== first.subject.rfc) return false;
  if (streamOfMail(lead) === "pull" && draft.first - original.first > pullWindow) return false;
  let proven = false;
  for (const [index, mails] of draft.slots) {
    const others = index === 0 ? undefined : original.slots.get(index);
    const [mail, other] = [mails.at(-1), others?.at(-1)];
    if (!mail || !other) continue;
    if (!isSameChange(mail, other)) return false;
    proven ||= mail.patches.some(({ patchId }) => patchId !== null);
  }
  // Without patch ids equal line counts in the same files prove nothing, nor does an equal name.
  return proven || (marked && draft.bucket === original.bucket);
}

/** Whether two mails hold the same change; without patch ids, whether they do the same to the same files. */
export function isSameChange(a: MailFacts, b: MailFacts): boolean {
  const [first, second] = [a.patches.map(({ patchId }) => patchId), b.patches.map(({ patchId }) => patchId)];
  if (!first.includes(null) && !second.includes(null)) return first.length > 0 && first.join() === second.join();
  return factsTitle(a) === factsTitle(b) && changedFilesText(a) === changedFilesText(b);
}

function changedFilesText({ patches }: MailFacts): string {
  return patches.flatMap(({ files }) => files.map(({ path, added, deleted }) => `${path} ${added ?? ""} ${deleted ?? ""}`)).join("\n");
}

/**
 * The patches that a partial reroll leaves unchanged: those of the posting it answers, which may itself leave some. A posting is
 * a partial reroll if every patch answers the patch in its own place (`v2 2/3` below `v1 2/3`), or if its version has a point
 * (`v5.1`).
 */
export function carriedPatches(draft: PostingDraft, parentOf: (mail: MailFacts) => MailFacts | null): PartialReroll {
  const carried = new Map<number, CarriedPatch>();
  const seen = new Set<PostingDraft>();
  let base = draft;
  for (
    let at = draft;
    at.rerolls && seen.size < mostCompared && !seen.has(at) && isPartialReroll(at, at.rerolls, parentOf);
    at = at.rerolls
  ) {
    seen.add(at);
    for (const [index, mails] of at.rerolls.slots) {
      if (index > 0 && !draft.slots.has(index) && !carried.has(index)) carried.set(index, { mails, from: at.rerolls });
    }
    base = at.rerolls;
  }
  return { carried, base };
}

function isPartialReroll(draft: PostingDraft, before: PostingDraft, parentOf: (mail: MailFacts) => MailFacts | null): boolean {
  const [[version, point], [older, olderPoint]] = [draftVersion(draft), draftVersion(before)];
  if (draft.slots.has(0) || draft.expected !== before.expected) return false;
  if (version < older || (version === older && point <= olderPoint)) return false;
  if (point > 0 && version === older) return true;
  return [...draft.slots].every(([index, mails]) => mails.some((mail) => answersPlace(mail, index, { draft, before, parentOf })));
}

interface Reroll {
  readonly draft: PostingDraft;
  readonly before: PostingDraft;
  readonly parentOf: (mail: MailFacts) => MailFacts | null;
}

/** Whether the nearest patch above in the thread has the same index in the earlier posting, or was sent with this one. */
function answersPlace(mail: MailFacts, index: number, { draft, before, parentOf }: Reroll): boolean {
  let above = parentOf(mail);
  for (let steps = 0; above && steps < mostCompared; steps++) {
    const patch = above;
    if (before.slots.get(index)?.includes(patch) === true) return true;
    if ([...draft.slots].some(([other, mails]) => other !== index && mails.includes(patch))) return true;
    if (above.kind === "patch" || above.kind === "cover") return false;
    above = parentOf(above);
  }
  return false;
}

/** Whether two patches change the same files, as two versions of one patch do when only the title changed. */
export function changesSameFiles(a: MailFacts, b: MailFacts): boolean {
  const [first, second] = [a, b].map(({ patches }) => patches.flatMap(({ files }) => files.map(({ path }) => path)).sort());
  return first !== undefined && first.length > 0 && first.join("\n") === second?.join("\n");
}

/**
 * Whether the cover letter of a posting lists a title. The whole title must agree, since one title may begin as another does.
 *
 * @param title see `titleKey`
 */
export function coverLists(draft: PostingDraft, title: string): boolean {
  return draft.slots.get(0)?.some(({ shortlog }) => shortlog.some(({ titles }) => titles.some((one) => titleKey(one) === title))) ?? false;
}

/** Every mail of a posting. */
export function draftMails({ slots, opening }: PostingDraft): MailFacts[] {
  const mails = [...slots.values()].flat();
  return opening ? [opening, ...mails] : mails;
}
