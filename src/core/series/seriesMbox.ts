/** A revision as one mbox that `git am` takes: its patches in order, with the trailers that replies gave them. */
import { readDiff } from "../diff/diff";
import { HumanError } from "../humanError";
import { openPatchMail, type PatchMail, patchMbox } from "../mail/patchMail";
import type { Trailer } from "../mail/trailers";
import { placesInMails } from "./revisionTexts";
import type { Patch, Revision } from "./series";

export interface SeriesMbox {
  readonly text: string;
  /** The titles of its patches, in the order they are applied. */
  readonly titles: readonly string[];
  /** How many trailers of replies were added. */
  readonly trailers: number;
  /** The trailers of replies that were not added, in the order of the patches; [] where none were wanted. */
  readonly leftOut: readonly LeftOutTrailer[];
  /** Sentences about patches that are missing. */
  readonly absent: readonly string[];
}

/** A trailer of a reply that is not added to the patch. */
export interface LeftOutTrailer {
  readonly patch: Patch;
  readonly trailer: Trailer;
  /** It is an objection, was written in another's name, was sent from another address, or names no person (`Fixes:`). */
  readonly reason: "objection" | "other-person" | "other-address" | "advice";
}

interface SeriesMboxOptions {
  /** Whether trailers of replies are added; the patches' own trailers stay in any case. */
  readonly trailers: boolean;
  /** Whether those that were given to the same change in an older revision are added too; they are unless it is false. */
  readonly carried?: boolean;
  /** Whether a trailer counts that its giver wrote from another address of the same person. */
  readonly elsewhere?: boolean;
  /** The numbers of the wanted patches; all where it is absent. */
  readonly wanted?: (index: number) => boolean;
  /** Whether to go on where some of the wanted patches are missing or damaged. */
  readonly incomplete?: boolean;
}

/**
 * Assembles the mbox of a revision. Trailers of replies go below those of the patch, so below its sender's Signed-off-by: whoever
 * applies the patch collected them and signs off below them. Trailers that name somebody else than their writer are left out and
 * reported.
 *
 * @param mails those of the patches, unchanged ones of older revisions included; see `mailIdsOf`
 * @throws HumanError where a wanted patch is missing, or arrived damaged; with `incomplete` where none is left
 */
export function seriesMbox(revision: Revision, mails: ReadonlyMap<string, Uint8Array>, options: SeriesMboxOptions): SeriesMbox {
  const places = placesInMails(revision);
  const opened = openMails(revision, mails);
  const wanted = revision.patches.filter((patch, at) => options.wanted?.(patch.index ?? at + 1) ?? true);
  const faults = faultsOf(revision, wanted, options.wanted, { opened, places });
  const faulty = new Set(faults.flatMap(({ patches }) => patches));
  const left = wanted.filter((patch) => !faulty.has(patch));
  const [fault] = faults;
  if (fault && (options.incomplete !== true || left.length === 0)) throw new HumanError(fault.sentence);
  let count = 0;
  const leftOut: LeftOutTrailer[] = [];
  const texts = left.map((patch) => {
    const given: Trailer[] = [];
    for (const trailer of options.trailers ? patch.trailers.filter(isOfReply) : []) {
      if (trailer.revision !== undefined && options.carried === false) continue;
      const reason = whyLeftOut(trailer, options);
      if (reason === null) given.push(trailer);
      else leftOut.push({ patch, trailer, reason });
    }
    count += given.length;
    const mail = opened.get(patch.messageId ?? "");
    const lines = given.map(({ key, value }) => `${key}: ${value}`);
    const place = places[revision.patches.indexOf(patch)] ?? 0;
    return (mail && patchMbox(mail, place, { trailers: lines, author: patch.author, date: revision.date })) ?? "";
  });
  return {
    text: texts.join("\n"),
    titles: left.map(({ title }) => title),
    trailers: count,
    leftOut,
    absent: faults.map(({ sentence }) => sentence),
  };
}

/** The mails of the patches, each opened once, since a mail may have a thousand patches. */
function openMails({ patches }: Revision, mails: ReadonlyMap<string, Uint8Array>): Map<string, PatchMail> {
  const opened = new Map<string, PatchMail>();
  for (const { messageId } of patches) {
    const bytes = messageId === null || opened.has(messageId) ? undefined : mails.get(messageId);
    if (messageId !== null && bytes) opened.set(messageId, openPatchMail(bytes));
  }
  return opened;
}

function isOfReply({ via, messageId }: Trailer): boolean {
  return via !== "patch" && messageId !== undefined;
}

/** The numbers of the patches whose titles are known but not their order. */
function unnumberedPlaces({ patches, missing, expected }: Revision): number[] {
  if (patches.every(({ index }) => index !== null)) return [];
  const known = new Set([...missing, ...patches.map(({ index }) => index)]);
  return Array.from({ length: expected }, (_, at) => at + 1).filter((index) => !known.has(index));
}

/** Why a trailer is left out; null for one that a person gave in their own name: `Reviewed-by:` and the like. */
function whyLeftOut({ key, giver }: Trailer, { elsewhere }: SeriesMboxOptions): LeftOutTrailer["reason"] | null {
  if (!/-by$/i.test(key)) return "advice";
  if (/^n(?:ac|a)ked-by$/i.test(key)) return "objection";
  if (giver === "other") return "other-person";
  return giver === "sender-elsewhere" && elsewhere !== true ? "other-address" : null;
}

/** Why patches cannot be written. */
interface Fault {
  readonly sentence: string;
  /** The patches of which a part can be written. */
  readonly patches: readonly Patch[];
}

interface OpenedMails {
  readonly opened: ReadonlyMap<string, PatchMail>;
  /** The number of each patch among those in its mail. */
  readonly places: readonly number[];
}

function faultsOf(
  revision: Revision,
  wanted: readonly Patch[],
  isWanted: SeriesMboxOptions["wanted"],
  { opened, places }: OpenedMails,
): Fault[] {
  const { patches, posted, expected } = revision;
  if (!posted) throw new HumanError("Digests do not contain patches. Add the list's archive to apply them.");
  const missing = revision.missing.filter((index) => isWanted?.(index) ?? true);
  const unsent = wanted.filter(({ messageId }) => messageId === null);
  const gone = [
    ...missing,
    ...unsent.flatMap(({ index }) => index ?? []),
    ...unnumberedPlaces(revision).filter((index) => isWanted?.(index) ?? true),
  ];
  if (patches.length === 0 && gone.length === 0) {
    const what = posted.kind === "pull" ? "This is a pull request, and its patches were not sent as mail" : "None of its patches was sent";
    throw new HumanError(`${what}, so there is nothing to apply.`);
  }
  const faults: Fault[] = [];
  if (gone.length > 0) {
    const [verb, them] = gone.length === 1 ? ["is", "it was"] : ["are", "they were"];
    const sentence = `${numbers(gone, expected)} ${verb} not in any source, so the series is incomplete. Sync, or add the list ${them} sent to.`;
    faults.push({ sentence, patches: unsent });
  }
  const unread = wanted.filter(({ messageId }) => messageId !== null && !opened.has(messageId));
  if (unread.length > 0) {
    const sentence = `The mail of ${lowerFirst(numbersOf(unread, expected))} is no longer in the archive. Sync, then try again.`;
    faults.push({ sentence, patches: unread });
  }
  const there = wanted.filter(({ messageId }) => messageId !== null && opened.has(messageId));
  for (const patch of there.filter(({ mangled }) => mangled !== undefined)) {
    const damage = lowerFirst(patch.mangled?.[0] ?? "Its diff is cut").replace(/\.$/, "");
    const sentence = `${numbersOf([patch], expected)} was damaged in transit (${damage}) and cannot be applied; ask its author to resend it.`;
    faults.push({ sentence, patches: [patch] });
  }
  const empty = there.filter(
    (patch) => patch.mangled === undefined && !hasDiff(opened.get(patch.messageId ?? ""), places[patches.indexOf(patch)] ?? 0),
  );
  if (empty.length > 0) {
    const verb = empty.length === 1 ? "has" : "have";
    const sentence = `${numbersOf(empty, expected)} ${verb} no diff, so git cannot apply the series; look at the mail.`;
    faults.push({ sentence, patches: empty });
  }
  return faults;
}

function hasDiff(mail: PatchMail | undefined, place: number): boolean {
  return readDiff(mail?.texts[place] ?? "").files.length > 0;
}

function numbersOf(patches: readonly Patch[], expected: number): string {
  return numbers(
    patches.map(({ index }) => index ?? 0),
    expected,
  );
}

/** Writes `Patches 3 and 7 of 16`, with the first five where there are more. */
function numbers(indexes: readonly number[], expected: number): string {
  const shown = [...indexes].sort((a, b) => a - b).map(String);
  const [first = ""] = shown;
  if (shown.length === 1) return expected > 1 ? `Patch ${first} of ${expected}` : "The patch";
  const named = shown.length > 5 ? [...shown.slice(0, 5), `${shown.length - 5} more`] : shown;
  return `Patches ${named.slice(0, -1).join(", ")} and ${named.at(-1) ?? ""} of ${expected}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** A name for the file, as b4 makes it: `v3_20261001_ada_kvm_x86_reclaim_pages.mbx`. Only letters and digits are taken from mail. */
export function mboxFileName({ version, date, author, title }: Revision): string {
  const day = (date ?? "").slice(0, 10).replaceAll("-", "");
  const who = wordsForName(author.email.split("@", 1)[0] ?? "", "_", 24) || wordsForName(author.name, "_", 24);
  return `${[`v${version}`, day, who, wordsForName(title, "_", 60)].filter(Boolean).join("_")}.mbx`;
}

/** A name for a branch: `x86-tdx-reclaim-pages-v3`. */
export function branchNameOf({ version, title }: Revision): string {
  return `${wordsForName(title.replace(/^kvm: */i, ""), "-", 50) || "series"}-v${version}`;
}

/** The words of a text, as many whole ones as there is room for. */
function wordsForName(text: string, joint: string, longest: number): string {
  let joined = "";
  for (const [word] of text
    .normalize("NFKD")
    .toLowerCase()
    .matchAll(/[a-z0-9]+/g)) {
    if (joined !== "" && joined.length + joint.length + word.length > longest) break;
    joined = joined === "" ? word.slice(0, longest) : joined + joint + word;
  }
  return joined;
}
