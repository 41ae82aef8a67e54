/**
 * Completes the postings once every mail has its place: with patches that were sent later for the same version, and with the
 * letter of a posting without a 0/n.
 */
import { personKey } from "../mail/author";
import { isUnthreaded, namedWindowKeys, unthreadedWindow, windowKeys } from "./linkKeys";
import { factsTitle, isSamePerson, type MailFacts } from "./mailFacts";
import type { DraftPlace, PlacedMails } from "./placeMails";
import {
  changesSameFiles,
  coverLists,
  defaultVersion,
  draftVersion,
  isOneRun,
  leadOf,
  mostCompared,
  newPostingDraft,
  oneDay,
  type PostingDraft,
  projectOf,
  sameVersion,
  streamOfMail,
  versionOf,
} from "./postingDraft";
import { compareMails, findAbove, stableTopologicalSort, type Threads } from "./threads";

/** A patch that answers nothing replaces one with its number and title only within this time, in milliseconds. */
const replacementWindow = 7 * oneDay;

/** Joins later runs to the postings that they complete or repair. It changes the given postings. */
export function joinLaterRuns(slots: PlacedMails, threads: Threads): PlacedMails {
  const joining = new RunJoiner(slots, threads);
  // The posting that a run answers is settled before the run, since it may itself have become part of another posting.
  const above = new Map(slots.drafts.map((draft) => [draft, joining.answered(draft)]));
  for (const draft of stableTopologicalSort(slots.drafts, (one) => [above.get(one) ?? one]))
    joining.settle(draft, above.get(draft) ?? null);
  return { drafts: joining.settled(), placeOf: slots.placeOf };
}

/** Joins runs to postings; one is made for each assembly. */
class RunJoiner {
  readonly #joined = new Map<PostingDraft, PostingDraft>();
  readonly #ofItsOwn = new Map<PostingDraft, PostingDraft>();
  readonly #byWindow = new Map<string, PostingDraft[]>();
  readonly #byPlace = new Map<string, PostingDraft[]>();

  readonly #slots: PlacedMails;
  readonly #threads: Threads;

  constructor(slots: PlacedMails, threads: Threads) {
    this.#slots = slots;
    this.#threads = threads;
    for (const draft of slots.drafts) {
      if (leadOf(draft).subject.index === null) continue;
      for (const [index, mails] of draft.slots) {
        for (const mail of mails) {
          if (isUnthreaded(mail)) for (const key of namedWindowKeys(mail)) addOnce(this.#byWindow, key, draft);
          addOnce(this.#byPlace, numberAndTitleKey(draft, index, mail), draft);
        }
      }
    }
  }

  settle(draft: PostingDraft, above: PostingDraft | null): void {
    const lead = leadOf(draft);
    if (draft.slots.has(0) || lead.subject.index === null) return;
    const host = above ? this.#rootOf(above) : this.#lonelyHost(draft);
    if (host && host !== draft) {
      const isAppended = this.#isAppended(draft, host);
      if (isAppended ? isSamePerson(lead, leadOf(host)) : this.#completes(draft, host, above)) this.#join(draft, host);
      else if (isAppended) this.#standAlone(draft);
    }
    if (this.#joined.has(draft) || this.#ofItsOwn.has(draft)) return;
    if ([...draft.slots.keys()].every((index) => index > draft.expected)) this.#standAlone(draft);
  }

  /** The remaining postings. A reroll of a posting that was joined is a reroll of the posting it became part of. */
  settled(): PostingDraft[] {
    const left = this.#slots.drafts.filter((draft) => !this.#joined.has(draft)).map((draft) => this.#ofItsOwn.get(draft) ?? draft);
    for (const draft of left) if (draft.rerolls) draft.rerolls = this.#rootOf(draft.rerolls);
    for (const draft of left) if (draft.rerolls === draft) draft.rerolls = null;
    chainPoints(left);
    return left;
  }

  #rootOf(draft: PostingDraft): PostingDraft {
    let root = draft;
    for (let next = this.#joined.get(root); next; next = this.#joined.get(root)) root = next;
    return this.#ofItsOwn.get(root) ?? root;
  }

  /** The posting in whose thread another one stands; null for a posting with a cover letter, which completes nothing. */
  answered(draft: PostingDraft): PostingDraft | null {
    const { placeOf } = this.#slots;
    if (draft.slots.has(0)) return null;
    for (const mail of [...draft.slots.values()].flat()) {
      const above = findAbove(mail, this.#threads, (one) => placeOf.has(one) && placeOf.get(one)?.draft !== draft);
      const place = above ? placeOf.get(above) : undefined;
      if (place) return place.draft;
    }
    return null;
  }

  /** The posting that a run without a thread goes on with: one sent right before it, or one that it replaces a patch of. */
  #lonelyHost(draft: PostingDraft): PostingDraft | null {
    const lead = leadOf(draft);
    const near = isUnthreaded(lead) ? namedWindowKeys(lead).flatMap((key) => fewOf(this.#byWindow.get(key))) : [];
    const roots = new Set(near.map((one) => this.#rootOf(one)));
    const hosts = [...roots].filter((one) => one !== draft && isAlike(draft, one) && isRest(draft, one, unthreadedWindow));
    const listing = hosts.filter((host) => coverLists(host, factsTitle(lead)));
    const [host, ...others] = listing.length > 0 ? listing : hosts;
    if (host && others.length === 0) return host;
    const places = [...draft.slots].flatMap(([index, mails]) => mails.map((mail) => numberAndTitleKey(draft, index, mail)));
    const older = [...new Set(places.flatMap((place) => fewOf(this.#byPlace.get(place))))].filter(
      (one) => one !== draft && one.first < draft.first && draft.first - one.last <= replacementWindow && this.#completes(draft, one, null),
    );
    const [newest] = older.sort((a, b) => b.last - a.last || compareMails(leadOf(a), leadOf(b)));
    return newest ? this.#rootOf(newest) : null;
  }

  /** Whether a run is a part of a posting. */
  #completes(draft: PostingDraft, host: PostingDraft, above: PostingDraft | null): boolean {
    if (isAlike(draft, host)) return isRest(draft, host, above ? oneDay : unthreadedWindow) || this.#replaces(draft, host);
    // Within the thread a patch need not name the version.
    const isUnsaid =
      above !== null && sameVersion(draftVersion(draft), defaultVersion) && isAlike({ ...draft, patchVersion: draftVersion(host) }, host);
    return isUnsaid && this.#replaces(draft, host, true);
  }

  /** Whether each patch of a run replaces one of a posting. A run that replaces all patches is a posting of its own, unless it has no letter and the other has. */
  #replaces(draft: PostingDraft, host: PostingDraft, titled = false): boolean {
    const isAll = [...host.slots.keys()].every((index) => index === 0 || draft.slots.has(index));
    if (isAll && !host.slots.has(0)) return false;
    return [...draft.slots].every(([index, mails]) =>
      mails.every((mail) => {
        const before = host.slots.get(index);
        if (!before) return index <= host.expected;
        const title = factsTitle(mail);
        const last = before.slice(-mostCompared);
        if (last.some((one) => factsTitle(one) === title)) return true;
        const isSure = titled || (isAll && host.expected > 1);
        return !isSure && (last.some((one) => changesSameFiles(one, mail)) || this.#isBelow(mail, host, index));
      }),
    );
  }

  /** Whether the nearest patch above a mail stands in a place of a posting. */
  #isBelow(mail: MailFacts, host: PostingDraft, index: number): boolean {
    const { placeOf } = this.#slots;
    const above = findAbove(mail, this.#threads, (one) => placeOf.has(one));
    const place = above ? placeOf.get(above) : undefined;
    return place?.draft === host && place.index === index;
  }

  /** `3/2`, or `3/3` after a complete posting of two patches: one patch more than it has. */
  #isAppended(draft: PostingDraft, host: PostingDraft): boolean {
    const indexes = [...draft.slots.keys()];
    if (!isSameVersionAndTree(draft, host)) return false;
    if (indexes.every((index) => index > draft.expected)) return draft.expected === host.expected;
    const isNext = indexes.length === 1 && indexes[0] === draft.expected && draft.expected === host.expected + 1;
    // If the mail it answers is not here, that may be the last patch of a series whose other patches are not here either.
    if (!isNext || !this.#threads.byId.has(leadOf(draft).inReplyTo ?? "")) return false;
    return Array.from({ length: host.expected }, (_, at) => at + 1).every((index) => host.slots.has(index));
  }

  #join(draft: PostingDraft, host: PostingDraft): void {
    this.#joined.set(draft, host);
    for (const [index, mails] of draft.slots) {
      const before = host.slots.get(index);
      // `orderDuplicates` sorts them once all have been joined.
      if (before) before.push(...mails);
      else host.slots.set(index, [...mails]);
      for (const mail of mails) this.#slots.placeOf.set(mail, { draft: host, index });
    }
    for (const stem of draft.stems) host.stems.add(stem);
    host.first = Math.min(host.first, draft.first);
    host.last = Math.max(host.last, draft.last);
  }

  /** Makes a posting of patches that are all beyond the number they announce; they are numbered from 1, so that it has no gaps. */
  #standAlone(draft: PostingDraft): void {
    const slots = new Map([...draft.slots].sort(([a], [b]) => a - b).map(([, mails], at) => [at + 1, mails]));
    const alone: PostingDraft = { ...draft, expected: slots.size, slots };
    this.#ofItsOwn.set(draft, alone);
    for (const [index, mails] of slots) for (const mail of mails) this.#slots.placeOf.set(mail, { draft: alone, index });
  }
}

/** Lets v2.2 of one patch go on from v2.1 of another, though both were sent below v2. */
function chainPoints(drafts: readonly PostingDraft[]): void {
  const beside = new Map<PostingDraft, PostingDraft[]>();
  for (const draft of drafts) {
    if (draft.rerolls === null || draft.slots.has(0)) continue;
    const [[version, point], [before]] = [draftVersion(draft), draftVersion(draft.rerolls)];
    if (point === 0 || version !== before || draft.expected !== draft.rerolls.expected) continue;
    const known = beside.get(draft.rerolls);
    if (known) known.push(draft);
    else beside.set(draft.rerolls, [draft]);
  }
  for (const points of beside.values()) {
    points.sort((a, b) => draftVersion(a)[1] - draftVersion(b)[1]);
    for (const [at, draft] of points.entries()) {
      const before = points[at - 1];
      if (before && draftVersion(before)[1] < draftVersion(draft)[1]) draft.rerolls = before;
    }
  }
}

/** Whether two runs may belong to one posting, judged by everything their subjects and senders say. */
function isAlike(draft: PostingDraft, host: PostingDraft): boolean {
  const [lead, first] = [leadOf(draft), leadOf(host)];
  if (first.subject.index === null || draft.expected !== host.expected || lead.subject.rfc !== first.subject.rfc) return false;
  return isSameVersionAndTree(draft, host) && draft.project === host.project && isSamePerson(lead, first);
}

function isSameVersionAndTree(draft: PostingDraft, host: PostingDraft): boolean {
  const [lead, first] = [leadOf(draft), leadOf(host)];
  return (
    sameVersion(draftVersion(draft), draftVersion(host)) &&
    streamOfMail(lead) === streamOfMail(first) &&
    projectOf(lead) === projectOf(first)
  );
}

/** Whether a run goes on where another broke off: with later patches, which its cover letter lists if it lists any. */
function isRest(draft: PostingDraft, host: PostingDraft, window: number): boolean {
  const [own, there] = [[...draft.slots.keys()], [...host.slots.keys()]];
  const last = there.reduce((most, index) => Math.max(most, index), 0);
  const fillsGaps = own.every((index) => !host.slots.has(index));
  const isWhole = fillsGaps && own.length + there.filter((index) => index > 0).length === host.expected;
  if (!(isWhole || own.every((index) => index > last)) || own.some((index) => index > host.expected)) return false;
  if (draft.first > host.last + window || host.first > draft.last + window) return false;
  const listed = host.slots.get(0)?.some(({ shortlog }) => shortlog.length > 0) ?? false;
  return !listed || [...draft.slots.values()].flat().every((mail) => coverLists(host, factsTitle(mail)));
}

/**
 * Puts the mails of each place into the order in which they count, with the patch last: by date, and an answer after the mail it
 * answers. If one run sent two mails for a place, the one that the cover letter lists counts; the other is a file of an older run
 * that was left in the folder.
 */
export function orderDuplicates(draft: PostingDraft, threads: Threads): void {
  for (const [index, mails] of draft.slots) {
    if (mails.length === 1) continue;
    const rivals = new Set(mails);
    const ordered = stableTopologicalSort([...mails].sort(compareMails), (mail) => {
      const above = findAbove(mail, threads, (one) => rivals.has(one));
      return above ? [above] : [];
    });
    const last = ordered.at(-1);
    const listed =
      index > 0 && last && !coverLists(draft, factsTitle(last))
        ? ordered.findLast((mail) => isOneRun(mail, last) && coverLists(draft, factsTitle(mail)))
        : undefined;
    draft.slots.set(index, listed ? [...ordered.filter((mail) => mail !== listed), listed] : ordered);
  }
}

/** Empty if there are many: what a crowd has in common tells nothing. */
function fewOf(drafts: readonly PostingDraft[] = []): readonly PostingDraft[] {
  return drafts.length > mostCompared ? [] : drafts;
}

function numberAndTitleKey({ expected }: PostingDraft, index: number, mail: MailFacts): string {
  return `${personKey(mail.sender)} ${index}/${expected} ${factsTitle(mail)}`;
}

function addOnce(map: Map<string, PostingDraft[]>, key: string, draft: PostingDraft): void {
  const known = map.get(key);
  if (!known) map.set(key, [draft]);
  else if (known.at(-1) !== draft) known.push(draft);
}

// Finds the letter of a posting without a mail in slot 0, and deals with postings that are only a letter.

/** Postings by the date of the mails that stand for them. */
export function sortByLead(drafts: readonly PostingDraft[]): PostingDraft[] {
  const leads = drafts.map((draft) => ({ draft, lead: leadOf(draft) }));
  return leads.sort((a, b) => compareMails(a.lead, b.lead)).map(({ draft }) => draft);
}

/**
 * Gives postings without a cover letter the mail that opens them: a pull request or letter of the same sender without a number
 * and a diff, or a cover letter without patches. Pull requests with nothing below them, and patches whose diff got lost, are
 * postings by themselves. The places of these mails are added to those given.
 */
export function takeOpeningLetters(slots: PlacedMails, threads: Threads): PlacedMails {
  const drafts = new Set(slots.drafts);
  const { placeOf } = slots;
  const covers = new LoneCovers(slots.drafts);
  for (const draft of sortByLead(slots.drafts)) {
    if (draft.expected === 1 || draft.slots.has(0)) continue;
    const lead = leadOf(draft);
    const above = threads.parentOf(lead);
    const place = above ? placeOf.get(above) : undefined;
    const cover = place ? covers.above(place, draft) : above ? null : covers.near(draft);
    if (cover) {
      takeCover(draft, cover, placeOf);
      covers.remove(cover);
      drafts.delete(cover);
    } else if (above && !place && isOpeningLetter(above, lead)) {
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

function isOpeningLetter(mail: MailFacts, lead: MailFacts): boolean {
  const mayOpen = mail.kind === "pull" || mail.kind === "cover" || (mail.kind === "other" && !mail.subject.reply);
  // A hand-written letter is sent within a day of the patches that answer it.
  const near = Math.abs(lead.date - mail.date) <= oneDay;
  return mayOpen && near && mail.subject.index === null && !mail.hasDiff && personKey(mail.sender) === personKey(lead.sender);
}

/** Cover letters without patches: the author miscounted (`0/5` above `1/6`), or sent only the letter again. */
class LoneCovers {
  readonly #byWindow = new Map<string, PostingDraft[]>();
  readonly #lone: Set<PostingDraft>;

  constructor(drafts: readonly PostingDraft[]) {
    this.#lone = new Set(drafts.filter(({ slots }) => slots.size === 1 && slots.has(0)));
    for (const draft of this.#lone) {
      const lead = leadOf(draft);
      if (!isUnthreaded(lead)) continue;
      for (const key of windowKeys(lead)) {
        const known = this.#byWindow.get(key);
        if (known) known.push(draft);
        else this.#byWindow.set(key, [draft]);
      }
    }
  }

  /** The letter that some patches answer, although its number differs. */
  above({ draft, index }: DraftPlace, patches: PostingDraft): PostingDraft | null {
    return index === 0 && this.#lone.has(draft) && isSameWork(draft, patches) ? draft : null;
  }

  /** The letter that was sent at the time of a first patch whose own letter is not here. */
  near(patches: PostingDraft): PostingDraft | null {
    const first = patches.slots.get(1)?.[0];
    if (!first) return null;
    const near = new Set(windowKeys(first).flatMap((key) => this.#byWindow.get(key) ?? []));
    const fitting = [...near].filter(
      (draft) =>
        this.#lone.has(draft) &&
        draft.bucket === patches.bucket &&
        Math.abs(leadOf(draft).date - first.date) <= unthreadedWindow &&
        isSameWork(draft, patches),
    );
    const distance = (draft: PostingDraft): number => Math.abs(leadOf(draft).date - first.date);
    return fitting.sort((a, b) => distance(a) - distance(b) || compareMails(leadOf(a), leadOf(b)))[0] ?? null;
  }

  remove(draft: PostingDraft): void {
    this.#lone.delete(draft);
  }
}

function isSameWork(cover: PostingDraft, patches: PostingDraft): boolean {
  const [letter, lead] = [leadOf(cover), leadOf(patches)];
  const isVersion = sameVersion(draftVersion(cover), draftVersion(patches));
  const isSender = personKey(letter.sender) === personKey(lead.sender) && streamOfMail(letter) === streamOfMail(lead);
  return isVersion && isSender && cover.project === patches.project && Math.abs(letter.date - lead.date) <= oneDay;
}

function takeCover(draft: PostingDraft, cover: PostingDraft, placeOf: Map<MailFacts, DraftPlace>): void {
  const letters = cover.slots.get(0) ?? [];
  draft.slots.set(0, letters);
  draft.coverVersion = cover.coverVersion;
  for (const mail of letters) placeOf.set(mail, { draft, index: 0 });
}

/** A posting of one mail without a number: a pull request, or a patch whose diff got lost. */
function letterDraft(mail: MailFacts, isPatch: boolean): PostingDraft {
  const bucket = `${personKey(mail.sender)}\n${mail.kind}\n${streamOfMail(mail)}`;
  const draft = newPostingDraft({ bucket, project: "kernel", expected: 1, date: mail.date });
  draft.coverVersion = versionOf(mail);
  if (isPatch) draft.slots.set(1, [mail]);
  else draft.opening = mail;
  return draft;
}
