/**
 * What was sent later for a posting that stands, with the same version and size: a patch in place of another one, the rest of
 * a run that broke off, a patch too many. slots.ts puts mails together that one run of a tool sent; this joins the runs.
 */
import { day, draftVersion, isOneRun, mostAlike, projectOf, sameVersion, streamOf, unsaid, type Draft } from "./draft";
import { namedWindowKeys, unthreadedWindow } from "./linkKeys";
import { factsTitle, personKey, type MailFacts } from "./mailFacts";
import { afterPrecursors } from "./precedence";
import { leadOf } from "./rerolls";
import { isSamePerson } from "./samePerson";
import { changesSameFiles, lists, nextAbove, type Slots } from "./slots";
import { compareMails, type Threads } from "./threads";

/** A patch that answers nothing takes the place of one with its number and title no later than this. */
const replacementWindow = 7 * day;

/** Joins later runs to the postings they complete or mend. The slots given are changed. */
export function joinLaterRuns(slots: Slots, threads: Threads): Slots {
  const joining = new Joining(slots, threads);
  // What a run answers is settled before it, so that it is known which posting that has become a part of.
  const above = new Map(slots.drafts.map((draft) => [draft, joining.answered(draft)]));
  for (const draft of afterPrecursors(slots.drafts, (one) => [above.get(one) ?? one])) joining.settle(draft, above.get(draft) ?? null);
  return { drafts: joining.settled(), placeOf: slots.placeOf };
}

/** Lives for one assembly. */
class Joining {
  private readonly joined = new Map<Draft, Draft>();
  private readonly ofItsOwn = new Map<Draft, Draft>();
  private readonly byWindow = new Map<string, Draft[]>();
  private readonly byPlace = new Map<string, Draft[]>();

  constructor(
    private readonly slots: Slots,
    private readonly threads: Threads,
  ) {
    for (const draft of slots.drafts) {
      if (leadOf(draft).subject.index === null) continue;
      for (const [index, mails] of draft.slots) {
        for (const mail of mails) {
          if (isUnthreaded(mail)) for (const key of namedWindowKeys(mail)) addOnce(this.byWindow, key, draft);
          addOnce(this.byPlace, placeKey(draft, index, mail), draft);
        }
      }
    }
  }

  settle(draft: Draft, above: Draft | null): void {
    const lead = leadOf(draft);
    if (draft.slots.has(0) || lead.subject.index === null) return;
    const host = above ? this.rootOf(above) : this.lonelyHost(draft);
    if (host && host !== draft) {
      const isAppended = this.isAppended(draft, host);
      if (isAppended ? isSamePerson(lead, leadOf(host)) : this.completes(draft, host, above)) this.join(draft, host);
      else if (isAppended) this.standAlone(draft);
    }
    if (this.joined.has(draft) || this.ofItsOwn.has(draft)) return;
    if ([...draft.slots.keys()].every((index) => index > draft.expected)) this.standAlone(draft);
  }

  /** The postings that are left, those that go on from a joined one going on from where it went. */
  settled(): Draft[] {
    const left = this.slots.drafts.filter((draft) => !this.joined.has(draft)).map((draft) => this.ofItsOwn.get(draft) ?? draft);
    for (const draft of left) if (draft.rerolls) draft.rerolls = this.rootOf(draft.rerolls);
    for (const draft of left) if (draft.rerolls === draft) draft.rerolls = null;
    chainPoints(left);
    return left;
  }

  private rootOf(draft: Draft): Draft {
    let root = draft;
    for (let next = this.joined.get(root); next; next = this.joined.get(root)) root = next;
    return this.ofItsOwn.get(root) ?? root;
  }

  /** The posting in whose thread one stands; null for a posting with a cover letter, which completes nothing. */
  answered(draft: Draft): Draft | null {
    const { placeOf } = this.slots;
    if (draft.slots.has(0)) return null;
    for (const mail of [...draft.slots.values()].flat()) {
      const above = nextAbove(mail, this.threads, (one) => placeOf.has(one) && placeOf.get(one)?.draft !== draft);
      const place = above ? placeOf.get(above) : undefined;
      if (place) return place.draft;
    }
    return null;
  }

  /** The posting that a run goes on with though it answers none: sent right before it, or of which it has a patch anew. */
  private lonelyHost(draft: Draft): Draft | null {
    const lead = leadOf(draft);
    const near = isUnthreaded(lead) ? namedWindowKeys(lead).flatMap((key) => fewOf(this.byWindow.get(key))) : [];
    const roots = new Set(near.map((one) => this.rootOf(one)));
    const hosts = [...roots].filter((one) => one !== draft && isAlike(draft, one) && isRest(draft, one, unthreadedWindow));
    const listing = hosts.filter((host) => lists(host, factsTitle(lead)));
    const [host, ...others] = listing.length > 0 ? listing : hosts;
    if (host && others.length === 0) return host;
    const places = [...draft.slots].flatMap(([index, mails]) => mails.map((mail) => placeKey(draft, index, mail)));
    const older = [...new Set(places.flatMap((place) => fewOf(this.byPlace.get(place))))].filter(
      (one) => one !== draft && one.first < draft.first && draft.first - one.last <= replacementWindow && this.completes(draft, one, null),
    );
    const [newest] = older.sort((a, b) => b.last - a.last || compareMails(leadOf(a), leadOf(b)));
    return newest ? this.rootOf(newest) : null;
  }

  /** Whether a run is a part of a posting. */
  private completes(draft: Draft, host: Draft, above: Draft | null): boolean {
    if (isAlike(draft, host)) return isRest(draft, host, above ? day : unthreadedWindow) || this.replaces(draft, host);
    // In the thread the version may go without saying.
    const isUnsaid =
      above !== null && sameVersion(draftVersion(draft), unsaid) && isAlike({ ...draft, patchVersion: draftVersion(host) }, host);
    return isUnsaid && this.replaces(draft, host, true);
  }

  /** Whether each patch of a run is a posting's patch anew. All of a posting sent anew is another one, unless only its letter stays. */
  private replaces(draft: Draft, host: Draft, titled = false): boolean {
    const isAll = [...host.slots.keys()].every((index) => index === 0 || draft.slots.has(index));
    if (isAll && !host.slots.has(0)) return false;
    return [...draft.slots].every(([index, mails]) =>
      mails.every((mail) => {
        const before = host.slots.get(index);
        if (!before) return index <= host.expected;
        const title = factsTitle(mail);
        const last = before.slice(-mostAlike);
        if (last.some((one) => factsTitle(one) === title)) return true;
        const isSure = titled || (isAll && host.expected > 1);
        return !isSure && (last.some((one) => changesSameFiles(one, mail)) || this.isBelow(mail, host, index));
      }),
    );
  }

  /** Whether the nearest patch above a mail stands in a place of a posting. */
  private isBelow(mail: MailFacts, host: Draft, index: number): boolean {
    const { placeOf } = this.slots;
    const above = nextAbove(mail, this.threads, (one) => placeOf.has(one));
    const place = above ? placeOf.get(above) : undefined;
    return place?.draft === host && place.index === index;
  }

  /** `3/2`, or `3/3` where a posting of two patches is whole: one patch more than it has. */
  private isAppended(draft: Draft, host: Draft): boolean {
    const indexes = [...draft.slots.keys()];
    if (!isSameVersion(draft, host)) return false;
    if (indexes.every((index) => index > draft.expected)) return draft.expected === host.expected;
    const isNext = indexes.length === 1 && indexes[0] === draft.expected && draft.expected === host.expected + 1;
    // What it answers must be here, or it is the last patch of a series whose others are not.
    if (!isNext || !this.threads.byId.has(leadOf(draft).inReplyTo ?? "")) return false;
    return Array.from({ length: host.expected }, (_, at) => at + 1).every((index) => host.slots.has(index));
  }

  private join(draft: Draft, host: Draft): void {
    this.joined.set(draft, host);
    for (const [index, mails] of draft.slots) {
      const before = host.slots.get(index);
      // They are put in order by `orderRivals`, once for all.
      if (before) before.push(...mails);
      else host.slots.set(index, [...mails]);
      for (const mail of mails) this.slots.placeOf.set(mail, { draft: host, index });
    }
    for (const stem of draft.stems) host.stems.add(stem);
    host.first = Math.min(host.first, draft.first);
    host.last = Math.max(host.last, draft.last);
  }

  /** Patches that are only too many in what their numbers count have no gaps before them. */
  private standAlone(draft: Draft): void {
    const slots = new Map([...draft.slots].sort(([a], [b]) => a - b).map(([, mails], at) => [at + 1, mails]));
    const alone: Draft = { ...draft, expected: slots.size, slots };
    this.ofItsOwn.set(draft, alone);
    for (const [index, mails] of slots) for (const mail of mails) this.slots.placeOf.set(mail, { draft: alone, index });
  }
}

/** v2.2 of one patch goes on from v2.1 of another, though both were sent below v2. */
function chainPoints(drafts: readonly Draft[]): void {
  const beside = new Map<Draft, Draft[]>();
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

/** Whether two runs may be one posting's, by all that their subjects and senders say. */
function isAlike(draft: Draft, host: Draft): boolean {
  const [lead, first] = [leadOf(draft), leadOf(host)];
  if (first.subject.index === null || draft.expected !== host.expected || lead.subject.rfc !== first.subject.rfc) return false;
  return isSameVersion(draft, host) && draft.project === host.project && isSamePerson(lead, first);
}

function isSameVersion(draft: Draft, host: Draft): boolean {
  const [lead, first] = [leadOf(draft), leadOf(host)];
  return sameVersion(draftVersion(draft), draftVersion(host)) && streamOf(lead) === streamOf(first) && projectOf(lead) === projectOf(first);
}

/** Whether a run goes on where another broke off: with later patches, which its cover letter lists if it lists any. */
function isRest(draft: Draft, host: Draft, window: number): boolean {
  const [own, there] = [[...draft.slots.keys()], [...host.slots.keys()]];
  const last = there.reduce((most, index) => Math.max(most, index), 0);
  const fillsGaps = own.every((index) => !host.slots.has(index));
  const isWhole = fillsGaps && own.length + there.filter((index) => index > 0).length === host.expected;
  if (!(isWhole || own.every((index) => index > last)) || own.some((index) => index > host.expected)) return false;
  if (draft.first > host.last + window || host.first > draft.last + window) return false;
  const listed = host.slots.get(0)?.some(({ shortlog }) => shortlog.length > 0) ?? false;
  return !listed || [...draft.slots.values()].flat().every((mail) => lists(host, factsTitle(mail)));
}

/**
 * Puts the mails of each place into the order in which they count, the patch last: by date, an answer after what it answers.
 * Of those of one run the one counts that the cover letter lists, since a file of an older run was left in the folder.
 */
export function orderRivals(draft: Draft, threads: Threads): void {
  for (const [index, mails] of draft.slots) {
    if (mails.length === 1) continue;
    const rivals = new Set(mails);
    const ordered = afterPrecursors([...mails].sort(compareMails), (mail) => {
      const above = nextAbove(mail, threads, (one) => rivals.has(one));
      return above ? [above] : [];
    });
    const last = ordered.at(-1);
    const listed =
      index > 0 && last && !lists(draft, factsTitle(last))
        ? ordered.findLast((mail) => isOneRun(mail, last) && lists(draft, factsTitle(mail)))
        : undefined;
    draft.slots.set(index, listed ? [...ordered.filter((mail) => mail !== listed), listed] : ordered);
  }
}

/** What is alike in a crowd tells nothing. */
function fewOf(drafts: readonly Draft[] = []): readonly Draft[] {
  return drafts.length > mostAlike ? [] : drafts;
}

function isUnthreaded({ inReplyTo, references }: MailFacts): boolean {
  return inReplyTo === null && references.length === 0;
}

function placeKey({ expected }: Draft, index: number, mail: MailFacts): string {
  return `${personKey(mail.sender)} ${index}/${expected} ${factsTitle(mail)}`;
}

function addOnce(map: Map<string, Draft[]>, key: string, draft: Draft): void {
  const known = map.get(key);
  if (!known) map.set(key, [draft]);
  else if (known.at(-1) !== draft) known.push(draft);
}
