/** Postings while they are put together, and whether there is room in one for one more mail. */
import { messageIdNumber, messageIdStem } from "./linkKeys";
import { factsTitle, type MailFacts } from "./mailFacts";
import { isPull } from "../mail/mailKind";
import { projectOfPatches, type Project } from "../paths/project";

/** A posting while it is put together. */
export interface Draft {
  /** What its mails share for certain: sender, size, and whether they are pulled or for a stable tree. */
  readonly bucket: string;
  readonly project: Project;
  readonly expected: number;
  /** As the subjects say it; null while none does. `5.1` is [5, 1]. */
  coverVersion: Version | null;
  patchVersion: Version | null;
  /** Mails of each slot, oldest first; several where one was sent more than once. */
  readonly slots: Map<number, MailFacts[]>;
  readonly stems: Set<string>;
  /** The mail without a number that opens it, with no diff: a naked cover letter, or a pull request. */
  opening: MailFacts | null;
  /** Whether patches answer its cover letter: then one that does not is no patch of it. */
  isThreaded: boolean;
  /** The posting of which this one rerolls some patches, in its thread; null where it stands alone. */
  rerolls: Draft | null;
  first: number;
  last: number;
}

export type Version = readonly [version: number, point: number];

/** Two mails for one place, or one letter sent twice, are one posting when no farther apart than this, in milliseconds. */
export const duplicateWindow = 10 * 60 * 1000;
/** Nobody sends one thing more often, or more at one time; what is alike beyond is not compared, which would take for ever. */
export const mostAlike = 64;
/** A run of git-send-email is over in an hour, and a hand-written cover letter is sent within a day of its patches. */
const hour = 60 * 60 * 1000;
export const day = 24 * hour;

/** What pointed to the posting. */
export type Sign = "thread" | "stem" | "sibling" | "reroll" | "time" | "crowd";

export interface Fit {
  readonly sign: Sign;
  /** The posting has mails of the same run of the tool. */
  readonly sameStem: boolean;
}

/** Whether a posting has room for a patch: its version agrees, and its slot is free or was sent twice. */
export function fits(draft: Draft, mail: MailFacts, index: number, fit: Fit): boolean {
  if (!versionFits(draft, mail, fit) || (fit.sign === "time" && draft.isThreaded)) return false;
  // A run may send one numbered series over two projects; otherwise each project has its own.
  if (!fit.sameStem && draft.project !== projectOf(mail)) return false;
  const rivals = draft.slots.get(index) ?? [];
  if (rivals.length === 0) return true;
  if (fit.sign === "crowd") return index !== 1 && isDirectAnswer(draft, mail);
  return rivals.slice(-mostAlike).some((rival) => isSentTwice(rival, mail, fit));
}

/** A patch with a number already taken that answers the cover letter on its day: the author counted wrong. */
function isDirectAnswer({ slots, first }: Draft, mail: MailFacts): boolean {
  return slots.get(0)?.some(({ messageId }) => messageId === mail.inReplyTo) === true && mail.date - first <= day;
}

/** Whether a patch answers a cover letter as one of its own: a reroll of it says another version, or comes another day. */
export function isOwnAnswer(cover: MailFacts, mail: MailFacts): boolean {
  return sameVersion(versionOf(cover), versionOf(mail)) && Math.abs(mail.date - cover.date) <= day;
}

function versionFits(draft: Draft, mail: MailFacts, { sign, sameStem }: Fit): boolean {
  const version = versionOf(mail);
  const { coverVersion, patchVersion } = draft;
  if (patchVersion) {
    if (sameVersion(patchVersion, version ?? unsaid)) return true;
    // In one run some patches may have lost the version the others have.
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

/** Two mails of one slot: the same change, one sent in place of the other, or a leftover file in the folder that was sent. */
function isSentTwice(rival: MailFacts, mail: MailFacts, { sign, sameStem }: Fit): boolean {
  const patchId = mail.patches[0]?.patchId ?? null;
  const isSoon = Math.abs(mail.date - rival.date) <= duplicateWindow;
  if (patchId !== null && patchId === rival.patches[0]?.patchId && (isSoon || sign !== "time")) return true;
  if (factsTitle(rival) === factsTitle(mail) && isSoon) return true;
  if (sameStem && messageIdStem(rival.messageId) === messageIdStem(mail.messageId)) {
    const [before, after] = [messageIdNumber(rival.messageId), messageIdNumber(mail.messageId)];
    return before !== null && after !== null && Math.abs(after - before) === 1 && (mail.subject.expected ?? 1) > 1;
  }
  // A first patch in answer to itself is how a whole series is sent again; another one takes the place of what it answers.
  return mail.inReplyTo === rival.messageId && mail.subject.index !== 1;
}

/** Whether one run of a tool sent two mails. */
export function isOneRun(mail: MailFacts, other: MailFacts): boolean {
  const [stem, otherStem] = [messageIdStem(mail.messageId), messageIdStem(other.messageId)];
  if (stem !== null && otherStem !== null) return stem === otherStem;
  return mail.inReplyTo === other.inReplyTo && Math.abs(mail.date - other.date) <= duplicateWindow;
}

/** Where no version is said, 1 is meant. */
export const unsaid: Version = [1, 0];

function isUnsaid([version, point]: Version): boolean {
  return version === 1 && point === 0;
}

/** The version a subject says; null where it says none. `v1` is what is meant where nothing is said. */
export function versionOf({ subject }: MailFacts): Version | null {
  return subject.version > 1 || subject.point !== 0 ? [subject.version, subject.point] : null;
}

export function sameVersion(a: Version | null, b: Version | null): boolean {
  const [first, second] = [a ?? unsaid, b ?? unsaid];
  return first[0] === second[0] && first[1] === second[1];
}

/** The version of a posting. */
export function draftVersion({ coverVersion, patchVersion }: Draft): Version {
  const [cover, patch] = [coverVersion ?? patchVersion ?? unsaid, patchVersion ?? coverVersion ?? unsaid];
  return patch[0] > cover[0] || (patch[0] === cover[0] && patch[1] > cover[1]) ? patch : cover;
}

/** The project the brackets name; paths say nothing here, since a series may have patches for two. */
export function projectOf({ subject: { prefixes } }: MailFacts): Project {
  return projectOfPatches({ prefixes, paths: [] });
}

/** Pull requests, and the words of the stable tree a mail is for; empty for patches that are for review. */
export function streamOf(mail: MailFacts): string {
  if (!mail.stable) return mail.kind === "pull" || isPull(mail.subject) ? "pull" : "";
  const words = mail.subject.prefixes.filter((word) => /\d|sel$|^stable$/i.test(word));
  return `stable ${words.join(" ").toLowerCase()}`;
}
