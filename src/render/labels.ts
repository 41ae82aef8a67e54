/** Short texts about series and their trailers, the same wherever they are shown: tree, pick lists, status bar, page, terminal. */
import { visibleText } from "../core/mail/hiddenCharacters";
import { versionLabel } from "../core/mail/subject";
import { type Trailer, trailerPersonKey } from "../core/mail/trailers";
import { type LinkEvidence, newestRevision, type Patch, type Revision, type RevisionLink, type Series } from "../core/series/series";
import type { LeftOutTrailer } from "../core/series/seriesMbox";
import type { MovedName } from "../core/series/touches";
import { shortId } from "../core/text";

/** The names of statuses on screen. */
const statusNames: Record<Series["status"], string> = {
  new: "new",
  "in-review": "in review",
  reviewed: "reviewed",
  "changes-requested": "changes requested",
  queued: "queued",
  landed: "landed",
  stale: "stale",
};

export function statusName(status: Series["status"]): string {
  return statusNames[status];
}

/** `v3`, `v2.1`, `v1 RFC`, `v2 resend`. */
export function revisionName(revision: Pick<Revision, "version" | "point" | "rfc"> & { readonly resend?: boolean }): string {
  return `${versionLabel(revision.version, revision.point ?? 0)}${revision.rfc ? " RFC" : ""}${revision.resend ? " resend" : ""}`;
}

/** `16 patches`, `1 patch`, `3 of 5 patches`. */
export function patchCount({ expected, missing }: Revision): string {
  const known = expected - missing.length;
  return missing.length > 0 ? `${known} of ${plural(expected, "patch", "patches")}` : plural(expected, "patch", "patches");
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Reviews of a revision in short: `2R 1A 1T`; empty for none. A person counts once for each kind. */
export function reviewCounts(revision: Revision): string {
  const marks = trailerMarks(revision.patches.flatMap(({ trailers }) => trailers));
  return marks.map(({ letter, people }) => `${people.length}${letter}`).join(" ");
}

/** How long ago a posting was sent: `3d`; empty without a date. `now` is in milliseconds, since render never asks the clock. */
export function age(date: string | null, now: number): string {
  if (date === null) return "";
  const hours = Math.max(0, (now - Date.parse(date)) / 3_600_000);
  if (hours < 1) return "now";
  if (hours < 24) return `${Math.floor(hours)}h`;
  const days = Math.floor(hours / 24);
  if (days < 14) return `${days}d`;
  if (days < 70) return `${Math.floor(days / 7)}w`;
  return days < 730 ? `${Math.floor(days / 30.44)}mo` : `${Math.floor(days / 365)}y`;
}

/** The most sections of MAINTAINERS in the tooltip of a group. */
const mostSections = 4;

/** `mm`, and below it the sections of MAINTAINERS that its series are in, most frequent first. */
export function groupText(name: string, sections: readonly string[]): string {
  if (sections.length === 0) return visibleText(name);
  const more = sections.length > mostSections ? ` and ${sections.length - mostSections} more` : "";
  return visibleText(`${name}\nMAINTAINERS: ${sections.slice(0, mostSections).join(", ")}${more}`);
}

/** A title with control characters made visible. */
export function titleText(title: string): string {
  return visibleText(title) || "(no subject)";
}

/**
 * `v3 · 16 patches · 2R 1A · 3d`: the description beside a series.
 *
 * @param notes where it stands and whether it applies, in a word each; near the front, so that a narrow side bar shows them
 */
export function seriesDescription(series: Series, now: number, notes: readonly string[] = []): string {
  const revision = newestRevision(series);
  return [revisionName(revision), ...notes, patchCount(revision), reviewCounts(revision), age(revision.date, now)]
    .filter(Boolean)
    .join(" · ");
}

/** A series for screen readers: a sentence without symbols. */
export function seriesSpoken(series: Series, now: number): string {
  const revision = newestRevision(series);
  const old = age(revision.date, now);
  return [
    titleText(series.title),
    `version ${versionLabel(revision.version, revision.point ?? 0).slice(1)}`,
    patchCount(revision),
    `by ${authorName(revision)}`,
    statusName(series.status),
    old && `sent ${old} ago`,
  ]
    .filter(Boolean)
    .join(", ");
}

/** The person's name, else the address. */
export function authorName({ author }: Pick<Revision, "author">): string {
  return visibleText(author.name || author.email || "unknown author");
}

/** `3/16`; `–/16` when the number is unknown. */
export function patchNumber(patch: Pick<Patch, "index">, revision: Pick<Revision, "expected">): string {
  return `${patch.index ?? "–"}/${revision.expected}`;
}

/** `Reviewed-by: Name`, for lists. */
export function trailerText(trailer: Trailer): string {
  const { key, value } = trailer;
  const notes = trailerNotes(trailer);
  return visibleText(`${key}: ${value}`) + (notes.length > 0 ? ` (${notes.join(", ")})` : "");
}

/** The evidence of a link in words; "it" is the older revision. */
const evidenceNames: Record<LinkEvidence, string> = {
  "by-hand": "joined by hand",
  "change-id": "both carry the same change-id",
  "changelog-link": "the changelog links to it",
  "in-reply-to": "sent as a reply to it",
  "former-title": "the changelog names its title",
  "same-patches": "some patches are the same",
  "same-title": "same title and author",
  overlap: "patch titles or files overlap",
};

/** Why two revisions count as one series: `the changelog links to it; same title and author`. */
export function evidenceTexts({ evidence }: Pick<RevisionLink, "evidence">): string {
  return evidence.map((one) => evidenceNames[one]).join("; ");
}

// Trailers in short: `2R 1A` for two reviews and an ack.

/** One kind of trailer and the people who gave it. */
export interface TrailerMark {
  readonly letter: string;
  readonly key: string;
  /** `Reviewed`, for `Reviewed by ...`. */
  readonly word: string;
  /** Each person once. */
  readonly people: readonly MarkedPerson[];
}

interface MarkedPerson {
  /** `Name <mail>`, as in the first trailer. */
  readonly person: string;
  /** The older revision that the trailers of this kind were given to, where all are carried over. */
  readonly from: string | null;
}

const markKinds: ReadonlyArray<readonly [letter: string, word: string]> = [
  ["R", "Reviewed"],
  ["A", "Acked"],
  ["T", "Tested"],
];

/**
 * Who reviewed, acked and tested; a person with trailers on several patches counts once. `Reviewed-and-tested-by` is both. A trailer
 * that somebody else gave in a person's name is only shown, not counted.
 */
export function trailerMarks(trailers: readonly Trailer[]): TrailerMark[] {
  return markKinds.flatMap(([letter, word]) => {
    const people = new Map<string, MarkedPerson>();
    for (const { key, value, giver, revision = null } of trailers) {
      if (giver === "other" || !isOfKind(key, word)) continue;
      const person = trailerPersonKey(value);
      const known = people.get(person);
      if (!known) people.set(person, { person: value, from: revision });
      else if (known.from !== null && revision === null) people.set(person, { ...known, from: null });
    }
    return people.size > 0 ? [{ letter, key: `${word}-by`, word, people: [...people.values()] }] : [];
  });
}

const verdictWords: ReadonlySet<string> = new Set(["reviewed", "acked", "tested", "and", "by"]);

function isOfKind(key: string, word: string): boolean {
  const words = key.toLowerCase().split("-");
  // `Not-reviewed-by` does not count.
  return words.every((one) => verdictWords.has(one)) && words.at(-1) === "by" && words.includes(word.toLowerCase());
}

/**
 * People in a sentence, such as `Bea Baker, Cleo Carver (from v1) and 3 more`.
 *
 * @param most the names before the rest is counted
 */
export function markedNames(people: readonly MarkedPerson[], most: number): string {
  const names = people
    .slice(0, most)
    .map(({ person, from }) => `${visibleText(personName(person))}${from === null ? "" : ` (${carriedText(from)})`}`);
  return `${names.join(", ")}${people.length > most ? ` and ${people.length - most} more` : ""}`;
}

/** `Name` of `Name <mail>`. */
function personName(person: string): string {
  return person.slice(0, /<[^<>]*>/.exec(person)?.index).trim() || person;
}

/** The origin of a trailer that was given to the same change in an older revision. */
function carriedText(revision: string): string {
  return `from ${visibleText(revision)}`;
}

/** The place where a trailer was given, and doubts about it, such as `in a reply` and `from v1`; [] for one in the patch itself. */
export function trailerNotes(trailer: Trailer): string[] {
  const { via, revision } = trailer;
  const place = via === "patch" ? "" : via === "cover" ? "on the cover letter" : "in a reply";
  return [revision === undefined ? "" : carriedText(revision), place, doubtText(trailer)].filter(Boolean);
}

/** Reviews of what a patch was, such as `Reviewed by Bea Baker in v2; the patch changed since`, one for each kind and revision. */
export function formerTexts(former: readonly Trailer[]): string[] {
  const people = new Map<string, string[]>();
  for (const trailer of former) {
    const doubt = doubtText(trailer);
    const name = `${visibleText(personName(trailer.value))}${doubt === "" ? "" : ` (${doubt})`}`;
    const key = `${visibleText(trailer.revision ?? "")}\n${visibleText(trailer.key.charAt(0).toUpperCase() + trailer.key.slice(1).toLowerCase().replaceAll("-", " "))}`;
    const known = people.get(key);
    if (known) known.push(name);
    else people.set(key, [name]);
  }
  return [...people].map(([key, names]) => {
    const [revision = "", said = ""] = key.split("\n");
    return `${said} ${joinedNames(names)} in ${revision}; the patch changed since`;
  });
}

/** A sentence has room for so many names. */
const mostJoined = 20;

function joinedNames(names: readonly string[]): string {
  if (names.length > mostJoined) return `${names.slice(0, mostJoined).join(", ")} and ${names.length - mostJoined} more`;
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
}

/** Why a trailer of a reply is doubted, as a note behind it; empty without a doubt. */
export function doubtText({ giver }: Trailer): string {
  return giver === "sender-elsewhere" ? "from another address of the same person" : giver === "other" ? "given by someone else" : "";
}

// Files that have another name in mail than in the open tree.

/** `moved from arch/s390/kvm/kvm-s390.c`; for a series ahead of the tree, the name that it has moved the file to. */
export function movedText({ name, when }: MovedName): string {
  return when === "before" ? `moved from ${visibleText(name)}` : `moved to ${visibleText(name)} in a newer tree`;
}

/** What moved it: `by commit 1a2b3c4d5e6f`, `by a pending series`. */
export function movedBy({ by }: MovedName): string {
  return "commit" in by ? `by commit ${shortId(by.commit)}` : "by a pending series";
}

// The trailers of replies that an mbox of a series leaves out.

const leftOutReasons: Readonly<Record<LeftOutTrailer["reason"], string>> = {
  "other-address": "sent from another address of the same person",
  "other-person": "given by someone else",
  objection: "an objection",
  advice: "advice to the author",
};

/** The most trailers for which a message has room. */
const mostLeftOut = 3;

/** One for each trailer: `Patch 2: Acked-by: Di Ek <di@example.org> (sent from another address of the same person)`. */
export function leftOutTexts(leftOut: readonly LeftOutTrailer[]): string[] {
  return leftOut.map(({ patch, trailer, reason }) => {
    const where = patch.index === null ? "" : `Patch ${patch.index}: `;
    return visibleText(`${where}${trailer.key}: ${trailer.value} (${leftOutReasons[reason]})`);
  });
}

/** `Left out: Acked-by: Di Ek <di@example.org> (sent from another address of the same person).`; empty for none. */
export function leftOutSentence(leftOut: readonly LeftOutTrailer[]): string {
  if (leftOut.length === 0) return "";
  const said = [...new Set(leftOut.map((one) => leftOutTexts([{ ...one, patch: { ...one.patch, index: null } }]).join("")))];
  const more = said.length > mostLeftOut ? ` and ${plural(said.length - mostLeftOut, "more", "more")}` : "";
  return `Left out: ${said.slice(0, mostLeftOut).join(", ")}${more}.`;
}
