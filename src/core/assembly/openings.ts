/** The letter of a posting that has none in its slot 0, and the postings that are nothing but a letter. */
import { unthreadedWindow, windowKeys } from "./linkKeys";
import { personKey, type MailFacts } from "./mailFacts";
import { leadOf } from "./rerolls";
import { draftVersion, streamOf, type Draft } from "./draft";
import type { Place, Slots } from "./slots";
import { compareMails, type Threads } from "./threads";

/** A hand-written letter is sent within a day of the patches that answer it. */
const day = 24 * 60 * 60 * 1000;

/** Postings by the date of the mails that stand for them. */
export function byLead(drafts: readonly Draft[]): Draft[] {
  const leads = drafts.map((draft) => ({ draft, lead: leadOf(draft) }));
  return leads.sort((a, b) => compareMails(a.lead, b.lead)).map(({ draft }) => draft);
}

/**
 * Gives postings without a cover letter the mail that opens them: a pull request or letter of the same sender that has no
 * number and no diff, or a cover letter no patch was found for. Pull requests with nothing below them, and patches whose
 * diff got lost, are postings by themselves. The places of these mails are added to those given.
 */
export function openDrafts(slots: Slots, threads: Threads): Slots {
  const drafts = new Set(slots.drafts);
  const { placeOf } = slots;
  const covers = new LoneCovers(slots.drafts);
  for (const draft of byLead(slots.drafts)) {
    if (draft.expected === 1 || draft.slots.has(0)) continue;
    const lead = leadOf(draft);
    const above = threads.parentOf(lead);
    const place = above ? placeOf.get(above) : undefined;
    const cover = place ? covers.above(place, draft) : above ? null : covers.near(draft);
    if (cover) {
      takeCover(draft, cover, placeOf);
      covers.remove(cover);
      drafts.delete(cover);
    } else if (above && !place && opens(above, lead)) {
      draft.opening = above;
      placeOf.set(above, { draft, index: 0 });
    }
  }
  for (const mail of threads.mails) {
    if (placeOf.has(mail) || mail.subject.index !== null) continue;
    const isLost = mail.kind === "cover" && mail.inReplyTo === null && threads.parentOf(mail) === null;
    if ((mail.kind !== "pull" && !isLost) || threads.byId.get(mail.messageId) !== mail) continue;
    const draft = letterDraft(mail, isLost);
    drafts.add(draft);
    placeOf.set(mail, { draft, index: isLost ? 1 : 0 });
  }
  return { drafts: [...drafts], placeOf };
}

function opens(mail: MailFacts, lead: MailFacts): boolean {
  const mayOpen = mail.kind === "pull" || mail.kind === "cover" || (mail.kind === "other" && !mail.subject.reply);
  const near = Math.abs(lead.date - mail.date) <= day;
  return mayOpen && near && mail.subject.index === null && !mail.hasDiff && personKey(mail.sender) === personKey(lead.sender);
}

/** Cover letters without patches: the author miscounted (`0/5` above `1/6`), or sent the letter anew and not the patches. */
class LoneCovers {
  private readonly byWindow = new Map<string, Draft[]>();
  private readonly lone: Set<Draft>;

  constructor(drafts: readonly Draft[]) {
    this.lone = new Set(drafts.filter(({ slots }) => slots.size === 1 && slots.has(0)));
    for (const draft of this.lone) {
      const lead = leadOf(draft);
      if (lead.inReplyTo !== null || lead.references.length > 0) continue;
      for (const key of windowKeys(lead)) {
        const known = this.byWindow.get(key);
        if (known) known.push(draft);
        else this.byWindow.set(key, [draft]);
      }
    }
  }

  /** The letter some patches answer, though its number is another. */
  above({ draft, index }: Place, patches: Draft): Draft | null {
    return index === 0 && this.lone.has(draft) && isSameWork(draft, patches) ? draft : null;
  }

  /** The letter sent at the time of a first patch, which answers one that is not here. */
  near(patches: Draft): Draft | null {
    const first = patches.slots.get(1)?.[0];
    if (!first) return null;
    const near = new Set(windowKeys(first).flatMap((key) => this.byWindow.get(key) ?? []));
    const fitting = [...near].filter(
      (draft) =>
        this.lone.has(draft) &&
        draft.bucket === patches.bucket &&
        Math.abs(leadOf(draft).date - first.date) <= unthreadedWindow &&
        isSameWork(draft, patches),
    );
    const distance = (draft: Draft): number => Math.abs(leadOf(draft).date - first.date);
    return fitting.sort((a, b) => distance(a) - distance(b) || compareMails(leadOf(a), leadOf(b)))[0] ?? null;
  }

  remove(draft: Draft): void {
    this.lone.delete(draft);
  }
}

function isSameWork(cover: Draft, patches: Draft): boolean {
  const [letter, lead] = [leadOf(cover), leadOf(patches)];
  const [version, other] = [draftVersion(cover), draftVersion(patches)];
  const isVersion = version[0] === other[0] && version[1] === other[1];
  const isSender = personKey(letter.sender) === personKey(lead.sender) && streamOf(letter) === streamOf(lead);
  return isVersion && isSender && cover.project === patches.project && Math.abs(letter.date - lead.date) <= day;
}

function takeCover(draft: Draft, cover: Draft, placeOf: Map<MailFacts, Place>): void {
  const letters = cover.slots.get(0) ?? [];
  draft.slots.set(0, letters);
  draft.coverVersion = cover.coverVersion;
  for (const mail of letters) placeOf.set(mail, { draft, index: 0 });
}

/** A posting of one mail without a number: a pull request, or a patch whose diff got lost. */
function letterDraft(mail: MailFacts, isPatch: boolean): Draft {
  const { version, point } = mail.subject;
  return {
    bucket: `${personKey(mail.sender)}\n${mail.kind}\n${streamOf(mail)}`,
    project: "kernel",
    expected: 1,
    coverVersion: version > 1 || point !== 0 ? [version, point] : null,
    patchVersion: null,
    slots: new Map(isPatch ? [[1, [mail]]] : []),
    stems: new Set(),
    isThreaded: false,
    opening: isPatch ? null : mail,
    rerolls: null,
    first: mail.date,
    last: mail.date,
  };
}
