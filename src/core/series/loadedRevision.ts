/** A revision of an archive and the mails it was posted in: what its cover letter and patches say. */
import type { Mail } from "../mail/mail";
import { readPatchText } from "../mail/mailText";
import { patchTexts } from "../mail/mailPatches";
import type { Patch, Revision } from "./series";

/** What the mails of a revision say, each text null where its mail is gone. */
export interface RevisionTexts {
  readonly cover: string | null;
  /** The message of each patch and, below `---`, what is for the list alone. */
  readonly messages: ReadonlyArray<string | null>;
}

/** Longer letters are nobody's; what is beyond stays out of the page. */
const textLimit = 400_000;

/** The mails a page needs to show a revision: of its cover letter and its patches. [] for a digest's, which has none. */
export function mailIdsOf(revision: Revision): string[] {
  if (!revision.posted) return [];
  const ids = [revision.cover?.messageId ?? null, ...revision.patches.map(({ messageId }) => messageId)];
  return [...new Set(ids.filter((id) => id !== null))];
}

/** Reads the texts of a revision out of its mails. */
export function textsOfRevision(revision: Revision, mails: ReadonlyMap<string, Mail>): RevisionTexts {
  const cover = mails.get(revision.cover?.messageId ?? "");
  const texts = textsOfPatches(revision, mails);
  return {
    cover: cover ? letterText(cover.body) : (revision.cover?.body ?? null),
    messages: revision.patches.map(({ message }, at) => {
      const text = texts[at];
      return text == null ? message : messageText(text);
    }),
  };
}

/** The text of one patch of a revision, from its message to the end of its diff; null where its mail is gone. */
export function textOfPatch(revision: Revision, patch: number, mails: ReadonlyMap<string, Mail>): string | null {
  return textsOfPatches(revision, mails)[patch] ?? null;
}

/** Which of the patches in its mail a patch is: several may be attached to one. */
export function placeInMail(revision: Revision, patch: number): number {
  return placesInMails(revision)[patch] ?? 0;
}

/** The same of all patches, in their places. */
export function placesInMails({ patches }: Revision): number[] {
  const counts = new Map<string | null, number>();
  return patches.map(({ messageId }) => {
    const place = counts.get(messageId) ?? 0;
    counts.set(messageId, place + 1);
    return place;
  });
}

/**
 * The texts of all patches of a revision, in their places; null where a mail is gone.
 *
 * @param textsOfMail `exactPatchTexts` for texts that git is to take
 */
export function textsOfPatches(revision: Revision, mails: ReadonlyMap<string, Mail>, textsOfMail = patchTexts): Array<string | null> {
  const texts = new Map<string, string[]>();
  const places = placesInMails(revision);
  return revision.patches.map(({ messageId }: Patch, at) => {
    const mail = messageId === null ? undefined : mails.get(messageId);
    if (messageId === null || !mail) return null;
    const own = texts.get(messageId) ?? textsOfMail(mail);
    texts.set(messageId, own);
    return own[places[at] ?? 0] ?? null;
  });
}

/** A cover letter without the headers that open its body, and without a diff that somebody put below it. */
function letterText(body: string): string {
  const { messageStart, files } = readPatchText(body);
  return body.slice(messageStart, files[0]?.start ?? body.length).slice(0, textLimit);
}

function messageText(text: string): string {
  const { message, notes } = readPatchText(text);
  return (notes === "" ? message : `${message}\n---\n${notes}`).slice(0, textLimit);
}

/** A revision with the texts of its mails in their places, as one read from a digest has them. */
export function withTexts(revision: Revision, mails: ReadonlyMap<string, Mail>): Revision {
  const { cover, messages } = textsOfRevision(revision, mails);
  return {
    ...revision,
    cover: revision.cover && { ...revision.cover, body: cover },
    patches: revision.patches.map((patch, at) => ({ ...patch, message: messages[at] ?? null })),
  };
}
