/**
 * Finds which cover letters and patches are one posting. A posting has slots, 0 for the cover letter and 1 to n for the patches.
 * Each mail goes to the slot that its subject names, in the posting that its thread, Message-ID, or sender and time point to.
 */
import { personKey } from "../mail/author";
import { isUnthreaded, messageIdStem, unthreadedWindow, windowKeys } from "./linkKeys";
import { factsTitle, isSamePerson, type MailFacts } from "./mailFacts";
import {
  changesSameFiles,
  coverLists,
  defaultVersion,
  draftVersion,
  duplicateWindow,
  hasRoomFor,
  isOwnAnswer,
  mostCompared,
  newPostingDraft,
  oneDay,
  type PlaceSign,
  type PostingDraft,
  projectOf,
  sameVersion,
  streamOfMail,
  versionOf,
} from "./postingDraft";
import { farthestAncestor, findAbove, type Threads } from "./threads";

/** A slot of a posting that a mail is in. */
export interface DraftPlace {
  readonly draft: PostingDraft;
  readonly index: number;
}

export interface PlacedMails {
  readonly drafts: readonly PostingDraft[];
  /** The place of each mail that is in a slot. */
  readonly placeOf: Map<MailFacts, DraftPlace>;
}

/** Puts each cover letter and patch into a posting; other mails are not placed here. */
export function placeMails(threads: Threads, mails: readonly MailFacts[]): PlacedMails {
  const filling = new MailPlacer(threads, coversAnswered(threads, mails));
  for (const mail of mails) if (mail.subject.index === 0) filling.placeCover(mail);
  // Patches that were sent within one second are ordered by their numbers.
  const patches = mails.filter(({ subject }) => subject.index !== 0);
  patches.sort((a, b) => a.date - b.date || (a.subject.index ?? 0) - (b.subject.index ?? 0));
  for (const mail of patches) filling.placePatch(mail);
  return { drafts: filling.drafts, placeOf: filling.placeOf };
}

/** The cover letters that patches of the same sender and size answer. All are looked at before any patch has a place. */
function coversAnswered({ parentOf }: Threads, mails: readonly MailFacts[]): Set<MailFacts> {
  const covers = new Set<MailFacts>();
  for (const mail of mails) {
    const parent = mail.subject.index === 0 ? null : parentOf(mail);
    if (parent?.subject.index === 0 && bucketOf(parent) === bucketOf(mail) && isOwnAnswer(parent, mail)) covers.add(parent);
  }
  return covers;
}

/** The postings made so far and the maps that find them; each assembly has its own. */
class MailPlacer {
  readonly drafts: PostingDraft[] = [];
  readonly placeOf = new Map<MailFacts, DraftPlace>();
  readonly #byStem = new Map<string, PostingDraft[]>();
  readonly #bySibling = new Map<string, PostingDraft[]>();
  readonly #byWindow = new Map<string, PostingDraft[]>();
  readonly #byReroll = new Map<string, PostingDraft[]>();
  readonly #byTitle = new Map<string, PostingDraft[]>();

  readonly #threads: Threads;
  readonly #answered: ReadonlySet<MailFacts>;

  constructor(threads: Threads, answered: ReadonlySet<MailFacts>) {
    this.#threads = threads;
    this.#answered = answered;
  }

  placeCover(mail: MailFacts): void {
    const bucket = bucketOf(mail);
    const key = `${bucket}\n${factsTitle(mail)}`;
    const again = this.#lately(key).find(
      (draft) => sameVersion(draft.coverVersion, versionOf(mail)) && Math.abs(mail.date - draft.first) <= duplicateWindow,
    );
    const draft = again ?? this.#newDraft(bucket, mail, mail.subject.expected ?? 1);
    if (!again) add(this.#byTitle, key, draft);
    draft.coverVersion ??= versionOf(mail);
    draft.isThreaded ||= this.#answered.has(mail);
    this.#put(draft, 0, mail);
  }

  /** The postings of a title that began last: some titles come back for years. */
  #lately(key: string): readonly PostingDraft[] {
    return this.#byTitle.get(key)?.slice(-mostCompared) ?? [];
  }

  placePatch(mail: MailFacts): void {
    const { index, expected } = mail.subject;
    if (expected !== null && index !== null) this.#placeNumbered(mail, { index, expected, bucket: bucketOf(mail) });
    else if (!this.#placeOnly(mail) && !this.#placeReplacement(mail)) this.#placeLone(mail);
  }

  #placeLone(mail: MailFacts): void {
    const bucket = bucketOf(mail);
    const key = `${bucket}\n${factsTitle(mail)}`;
    const again = this.#lately(key).find(
      (draft) => sameVersion(draft.patchVersion, versionOf(mail)) && Math.abs(mail.date - draft.last) <= duplicateWindow,
    );
    const draft = again ?? this.#newDraft(bucket, mail, 1);
    if (!again) add(this.#byTitle, key, draft);
    draft.patchVersion ??= versionOf(mail);
    this.#put(draft, 1, mail);
  }

  /** `[PATCH v5] Title` right below `[PATCH v5 0/1] Title` of the same sender is its 1/1, though it does not say so. */
  #placeOnly(mail: MailFacts): boolean {
    const cover = this.#threads.parentOf(mail);
    const place = cover ? this.placeOf.get(cover) : undefined;
    if (!cover || place?.index !== 0 || place.draft.expected !== 1 || place.draft.slots.has(1)) return false;
    if (personKey(cover.sender) !== personKey(mail.sender) || streamOfMail(cover) !== streamOfMail(mail)) return false;
    const isSame = sameVersion(versionOf(cover), versionOf(mail)) && Math.abs(mail.date - cover.date) <= oneDay;
    if (!isSame || factsTitle(cover) !== factsTitle(mail)) return false;
    this.#put(place.draft, 1, mail);
    return true;
  }

  /** `[PATCH v2] Title` below `[PATCH 3/7] Title` of the same sender is a new 3/7, though it does not say so. */
  #placeReplacement(mail: MailFacts): boolean {
    const version = versionOf(mail);
    const above = findAbove(mail, this.#threads, (one) => this.placeOf.has(one));
    const place = above ? this.placeOf.get(above) : undefined;
    if (!above || !place || place.index === 0 || place.draft.expected === 1) return false;
    if (!isSamePerson(mail, above) || streamOfMail(above) !== streamOfMail(mail)) return false;
    const title = factsTitle(mail);
    // The title decides before the thread: a new version is often sent in answer to a comment on another patch.
    const named = [...place.draft.slots].find(([index, mails]) => index > 0 && mails.some((one) => factsTitle(one) === title))?.[0];
    const [before, point] = draftVersion(place.draft);
    const isSame = version !== null && version[0] === before && version[1] === point;
    const again = named ?? (isSame && changesSameFiles(mail, above) ? place.index : undefined);
    if (again !== undefined && (version === null || isSame)) {
      this.#put(place.draft, again, mail);
      return true;
    }
    // A point version (`v5.1`) is sure. A higher version must have the title of a patch of the posting or change the same
    // files, since people also send other work into a thread.
    const isNext = named !== undefined || changesSameFiles(mail, above);
    if (!version || !(version[0] > before ? isNext : version[0] === before && version[1] > point)) return false;
    this.#placeNumbered(mail, { index: named ?? place.index, expected: place.draft.expected, bucket: place.draft.bucket });
    return true;
  }

  #placeNumbered(mail: MailFacts, slot: NamedPlace): void {
    const { bucket, index } = slot;
    const above = this.#ancestorDraft(mail, slot);
    const found = this.#find(mail, slot, above);
    const draft = found ?? this.#newDraft(bucket, mail, slot.expected);
    if (!found && above) {
      draft.rerolls = above;
      add(this.#byReroll, rerollKey(bucket, above, mail), draft);
    }
    const version = versionOf(mail);
    if (version) draft.patchVersion ??= version;
    // A patch that names no version takes that of its cover letter; without one, the version is the default.
    else if (!draft.coverVersion) draft.patchVersion ??= defaultVersion;
    this.#put(draft, index, mail);
    if (!above) for (const key of siblingKeys(mail, bucket)) addOnce(this.#bySibling, key, draft);
  }

  /** The posting that a numbered patch belongs to, by the strongest sign that leads to one with room for it. */
  #find(mail: MailFacts, { bucket, index }: NamedPlace, above: PostingDraft | null): PostingDraft | null {
    const stem = messageIdStem(mail.messageId);
    const room = (sign: PlaceSign, drafts: readonly PostingDraft[] | undefined): PostingDraft | undefined =>
      drafts?.find((draft) => hasRoomFor(draft, mail, index, { sign, sameStem: stem !== null && draft.stems.has(stem) }));
    const run = stem === null ? undefined : this.#byStem.get(`${bucket}\n${stem}`);
    const thread = above ? [above] : undefined;
    return (
      (above && run?.includes(above) ? room("thread", thread) : undefined) ??
      room("stem", run) ??
      room("thread", thread) ??
      room(
        "sibling",
        siblingKeys(mail, bucket).flatMap((key) => this.#bySibling.get(key)?.slice(-mostCompared) ?? []),
      ) ??
      (above ? room("reroll", this.#byReroll.get(rerollKey(bucket, above, mail))) : undefined) ??
      room("time", this.#neighbours(mail, bucket)) ??
      room("crowd", thread) ??
      null
    );
  }

  /** The posting of the nearest mail above that has the same sender and size, or the cover letter that it answers directly. */
  #ancestorDraft(mail: MailFacts, { bucket, index, expected }: NamedPlace): PostingDraft | null {
    let above = this.#threads.parentOf(mail);
    for (let steps = 0; above && steps < farthestAncestor; steps++) {
      const draft = this.placeOf.get(above)?.draft;
      if (draft?.bucket === bucket) return draft;
      const isCover = steps === 0 && draft !== undefined && above.subject.index === 0 && draft.expected === expected && index <= expected;
      if (isCover && Math.abs(mail.date - above.date) <= oneDay && streamOfMail(above) === streamOfMail(mail)) return draft;
      above = this.#threads.parentOf(above);
    }
    return null;
  }

  /** Postings of the same sender and size at that time, for a mail without a thread: those that list it, else the nearest. */
  #neighbours(mail: MailFacts, bucket: string): readonly PostingDraft[] {
    if (!isUnthreaded(mail)) return [];
    const near = new Set(windowKeys(mail).flatMap((key) => this.#byWindow.get(`${bucket}\n${key}`)?.slice(-mostCompared) ?? []));
    const title = factsTitle(mail);
    return [...near]
      .filter((draft) => distance(draft, mail) <= unthreadedWindow)
      .map((draft) => ({ draft, rank: [coverLists(draft, title) ? 0 : 1, distance(draft, mail), draft.first <= mail.date ? 0 : 1] }))
      .sort((a, b) => compareRanks(a.rank, b.rank))
      .map(({ draft }) => draft);
  }

  #newDraft(bucket: string, mail: MailFacts, expected: number): PostingDraft {
    const draft = newPostingDraft({ bucket, project: projectOf(mail), expected, date: mail.date });
    this.drafts.push(draft);
    return draft;
  }

  #put(draft: PostingDraft, index: number, mail: MailFacts): void {
    add(draft.slots, index, mail);
    this.placeOf.set(mail, { draft, index });
    draft.first = Math.min(draft.first, mail.date);
    draft.last = Math.max(draft.last, mail.date);
    if (mail.subject.index === null) return;
    const stem = messageIdStem(mail.messageId);
    if (stem !== null) {
      draft.stems.add(stem);
      addOnce(this.#byStem, `${draft.bucket}\n${stem}`, draft);
    }
    if (isUnthreaded(mail)) {
      for (const key of windowKeys(mail)) addOnce(this.#byWindow, `${draft.bucket}\n${key}`, draft);
    }
  }
}

/** The slot that a subject names. */
interface NamedPlace {
  readonly bucket: string;
  readonly index: number;
  readonly expected: number;
}

/** Patches belong together if they answer the same mail, which may be another posting's or may not be here. */
function siblingKeys(mail: MailFacts, bucket: string): string[] {
  return [mail.inReplyTo, mail.references[0] ?? null].flatMap((id) => (id === null ? [] : [`${bucket}\n<${id}>`]));
}

function bucketOf(mail: MailFacts): string {
  const { subject } = mail;
  return `${personKey(mail.sender)}\n${subject.index === null ? "lone" : (subject.expected ?? 1)}\n${streamOfMail(mail)}`;
}

function rerollKey(bucket: string, above: PostingDraft, mail: MailFacts): string {
  const lead = above.slots.values().next().value?.[0]?.messageId ?? "";
  return `${bucket}\n${lead}\n${(versionOf(mail) ?? defaultVersion).join(".")}`;
}

function distance({ first, last }: PostingDraft, { date }: MailFacts): number {
  return date < first ? first - date : Math.max(0, date - last);
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (const [at, rank] of a.entries()) if (rank !== b[at]) return rank - (b[at] ?? 0);
  return 0;
}

function add<K, T>(map: Map<K, T[]>, key: K, value: T): void {
  const known = map.get(key);
  if (known) known.push(value);
  else map.set(key, [value]);
}

function addOnce<K>(map: Map<K, PostingDraft[]>, key: K, draft: PostingDraft): void {
  const known = map.get(key);
  if (!known) map.set(key, [draft]);
  else if (!known.includes(draft)) known.push(draft);
}
