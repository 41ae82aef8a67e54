/**
 * The contract between the series page and the extension, in both directions. Revisions, patches and replies are named by their
 * zero-based places, because a digest tells neither Message-IDs nor all patch numbers. A place is valid in one state of the series
 * only, so both sides send the state with it; a question about an older state, or an answer to it, is dropped.
 */
import type { PatchMatrix } from "../core/compare/patchMatrix";
import type { PatchFile } from "../core/diff/patchFiles";
import type { RelationKind } from "../core/lines/relations";
import { hasHiddenCharacters } from "../core/mail/hiddenCharacters";
import type { ReplyText } from "../core/mail/mail";
import type { CommentCounts, PatchComment } from "../core/replies/patchComments";
import type { RevisionTexts } from "../core/series/revisionTexts";
import { isSafePath } from "../core/series/treePaths";
import type { PageSeries, PatchReviews } from "./pageSeries";

/** Actions of the page that keys, toolbar buttons and VS Code commands can start. */
export const pageActions = [
  "nextPatch",
  "previousPatch",
  "nextRevision",
  "previousRevision",
  "togglePatch",
  "toggleAll",
  "toggleReplies",
  "toggleLayout",
  "find",
  "showKeys",
] as const;

export type PageAction = (typeof pageActions)[number];

/** A reply and its text; null if its mail is gone. */
export interface LoadedReply {
  readonly reply: number;
  readonly text: ReplyText | null;
}

/** From the extension to the page. */
export type HostMessage =
  /**
   * The series to show; sent after `ready` and again whenever its sources were read, with a new state only if it changed. The page
   * stays at its place, unless `revision` or `patch` names another.
   */
  | {
      readonly type: "series";
      readonly state: number;
      readonly series: PageSeries;
      readonly revision: number | null;
      readonly patch: number | null;
    }
  /** Answers `requestTexts`; `problem` says why they could not be read. */
  | {
      readonly type: "texts";
      readonly state: number;
      readonly revision: number;
      readonly texts: RevisionTexts;
      readonly problem: string | null;
    }
  /** Answers `requestDiff`; `problem` is a sentence for the person when there is no diff to give. */
  | {
      readonly type: "diff";
      readonly state: number;
      readonly revision: number;
      readonly patch: number;
      readonly files: readonly PatchFile[];
      readonly problem: string | null;
    }
  /** Answers `requestReviews`: those of each patch. */
  | { readonly type: "reviews"; readonly state: number; readonly revision: number; readonly patches: readonly PatchReviews[] }
  /** Answers `requestComparison`. */
  | { readonly type: "comparison"; readonly state: number; readonly matrix: PatchMatrix; readonly problem: string | null }
  /** Answers `requestReplies`. */
  | {
      readonly type: "replies";
      readonly state: number;
      readonly revision: number;
      readonly replies: readonly LoadedReply[];
      readonly problem: string | null;
    }
  /** Answers `requestComments`. */
  | {
      readonly type: "comments";
      readonly state: number;
      readonly revision: number;
      readonly patch: number;
      readonly comments: readonly PatchComment[];
      readonly problem: string | null;
    }
  /** Answers `requestCommentCounts`; patches without comments are left out. */
  | { readonly type: "commentCounts"; readonly state: number; readonly revision: number; readonly counts: readonly PatchCounts[] }
  /** Which touched paths the open trees have; sent after `series`, and when a tree is opened or closed. Unlisted paths stay as they are. */
  | { readonly type: "files"; readonly present: Readonly<Record<string, boolean>> }
  /** Whether the newest revision applies to the open tree, and where it stands, as far as is known now; sent after `series` and when it changes. */
  | { readonly type: "applies"; readonly applies: PageApplies; readonly landing: PageLanding }
  /** Other pending series on the same lines; sent after `series`, and again when more is known of them. */
  | { readonly type: "related"; readonly state: number; readonly related: readonly RelatedSeries[] }
  /** Numbers and names that it claims and others too; sent after `series` where there are any, and when they change. */
  | { readonly type: "clashes"; readonly clashes: readonly PageClash[] }
  /** Answers `proveConflict`. */
  | { readonly type: "proof"; readonly state: number; readonly id: string; readonly proof: RelatedProof }
  /** Shown instead of a series that is in no source any more, or could not be read. */
  | { readonly type: "problem"; readonly message: string }
  /** A VS Code command of the same name was run while this page was active. */
  | { readonly type: "run"; readonly action: PageAction };

/** How many comments a patch has, as the page is given it. */
export interface PatchCounts extends CommentCounts {
  /** The place of the patch. */
  readonly patch: number;
}

const textLimit = 4_000_000;
/** How many texts of replies are asked for at once; the page asks again for more. */
export const mostReplies = 200;

/** Reads a value of a message; undefined if it is not of the kind. */
type Reader<Value> = (value: unknown) => Value | undefined;

const place: Reader<number> = (value) => (isPlace(value) ? value : undefined);
const text: Reader<string> = (value) => (typeof value === "string" && value.length <= textLimit ? value : undefined);
const path: Reader<string> = (value) => (typeof value === "string" && value.length <= 4096 && isSafePath(value) ? value : undefined);
const id: Reader<string> = (value) => (typeof value === "string" && /^[0-9a-f]{12}$/.test(value) ? value : undefined);
const commit: Reader<string> = (value) => (typeof value === "string" && /^[0-9a-f]{40,64}$/.test(value) ? value : undefined);
const link: Reader<string> = (value) => (typeof value === "string" ? (webUrl(value) ?? undefined) : undefined);
const places: Reader<readonly number[]> = (value) =>
  Array.isArray(value) && value.length <= mostReplies && value.every(isPlace) ? value : undefined;

function orNull<Value>(read: Reader<Value>): Reader<Value | null> {
  return (value) => (value === null ? null : read(value));
}

function oneOf<const Word extends string>(...words: readonly Word[]): Reader<Word> {
  return (value) => words.find((word) => word === value);
}

/**
 * The page's requests to the extension, by type; some types have several forms. Each is sent with the `state` of its series, see
 * `parseState`.
 */
const pageMessages = {
  /** The script runs and listens; the first message of all. */
  ready: [{}],
  /** The revision shown came without its texts. */
  requestTexts: [{ revision: place }],
  /** A revision is shown whose older ones have reviews, see `awaitsReviews`. */
  requestReviews: [{ revision: place }],
  /** The section of the compared revisions is unfolded. */
  requestComparison: [{}],
  /** Open what changed in patches between two revisions: those of the older one, and what they became. */
  openChange: [{ from: place, to: place, before: places, after: places }],
  /** Open what changed in the cover letter. */
  openLetterChange: [{ from: place, to: place }],
  /** The diff of a patch comes near the screen. */
  requestDiff: [{ revision: place, patch: place }],
  /** The diff of a patch that has replies comes near the screen. */
  requestComments: [{ revision: place, patch: place }],
  /** A revision is shown that has replies. */
  requestCommentCounts: [{ revision: place }],
  /** Replies are unfolded: asks for their texts, and for those of replies beside them. */
  requestReplies: [{ revision: place, replies: places }],
  /** Open a file of the tree; `line` counts in the file as the patch leaves it. `path` may be shortened (`.../x.c`). */
  openFile: [{ path, line: orNull(place) }],
  openLink: [{ url: link }],
  /** Open the page of another series. */
  openSeries: [{ id }],
  /** Merge the series with another one and say whether they conflict. */
  proveConflict: [{ id }],
  /** Show the conflict that a proof found. */
  openConflict: [{ id }],
  /** Open a revision (its first mail) or a patch in the list archive. */
  openArchive: [{ revision: place, patch: orNull(place) }],
  /** Open a reply in the list archive. */
  openReply: [{ revision: place, reply: place }],
  /** Open a patch, or one file of it, in VS Code's diff editor. */
  openDiff: [{ revision: place, patch: place, path: orNull(path) }],
  /** Put something on the clipboard. */
  copy: [
    /** About the revision's first mail if `patch` is null. */
    { what: oneOf("link", "b4", "messageId"), revision: place, patch: orNull(place) },
    /** The patch as a mail that `git am` takes. */
    { what: oneOf("patch"), revision: place, patch: place },
    { what: oneOf("hunk"), text },
  ],
  /** The person now looks at this revision; also sent after `series`. It sets the title of the panel and the paths to look for. */
  selectRevision: [{ revision: place }],
  /** Show a commit of the matrix. */
  showCommit: [{ commit }],
  /** Open VS Code's find box of the webview. */
  find: [{}],
} as const;

type ValuesOf<Form> = { readonly [Name in keyof Form]: Form[Name] extends Reader<infer Value> ? Value : never };

/** From the page to the extension. */
export type PageMessage = {
  [Type in keyof typeof pageMessages]: { readonly type: Type } & ValuesOf<(typeof pageMessages)[Type][number]>;
}[keyof typeof pageMessages];

/** The state that the page keeps over a reload (`vscode.setState`). The panel's serializer gets it and needs only `seriesId`. */
export interface PageState {
  readonly seriesId: string;
  /** The Message-ID of the revision shown, else its version and title. */
  readonly revision: string;
  readonly layout: "line" | "side";
  /** Places of the unfolded patches. */
  readonly open: readonly number[];
  /** Message-IDs of the unfolded replies. */
  readonly replies: readonly string[];
  /** Names of the folded sections. */
  readonly folded: readonly string[];
  /** The reader's place: the distance below the top of a patch, or of the page if it is null. */
  readonly patch: number | null;
  readonly offset: number;
}

/** Reads a message of the page by its shape; null for anything else. The page shows mail, so nothing it sends is trusted. */
export function parsePageMessage(value: unknown): PageMessage | null {
  if (!isRecord(value) || typeof value["type"] !== "string" || !Object.hasOwn(pageMessages, value["type"])) return null;
  const type = value["type"] as PageMessage["type"];
  const forms: ReadonlyArray<Readonly<Record<string, Reader<unknown>>>> = pageMessages[type];
  for (const form of forms) {
    const read = Object.entries(form).map(([name, reader]) => [name, reader(value[name])] as const);
    if (read.every(([, found]) => found !== undefined)) return { type, ...Object.fromEntries(read) } as PageMessage;
  }
  return null;
}

/** The state of the series that a message is about; null before the page has any. */
export function parseState(value: unknown): number | null {
  return isRecord(value) && isPlace(value["state"]) ? value["state"] : null;
}

/** Reads the kept state by its shape; null for anything else, for example after an update that changed it. */
export function parsePageState(value: unknown): PageState | null {
  if (!isRecord(value)) return null;
  const { seriesId, revision, layout, open, folded, patch, offset } = value;
  // A page of an older version did not know replies.
  const replies = value["replies"] ?? [];
  if (typeof seriesId !== "string" || typeof revision !== "string" || (layout !== "line" && layout !== "side")) return null;
  if (!Array.isArray(open) || !open.every(isPlace) || !Array.isArray(folded) || !folded.every((name) => typeof name === "string"))
    return null;
  if (!Array.isArray(replies) || !replies.every((id) => typeof id === "string")) return null;
  if (!isPlaceOrNull(patch) || typeof offset !== "number" || !Number.isFinite(offset)) return null;
  return { seriesId, revision, layout, open, replies, folded, patch, offset };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPlace(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isPlaceOrNull(value: unknown): value is number | null {
  return value === null || isPlace(value);
}

/** The normalised address if it may be opened in a browser, else null: no other schemes, no user names, nothing hidden. */
export function webUrl(text: string): string | null {
  if (text.length > 2000 || !/^https?:\/\//i.test(text) || hasHiddenCharacters(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  const isWeb = url.protocol === "https:" || url.protocol === "http:";
  // A user name in an address nearly always serves to make another host look like a known one.
  return isWeb && url.username === "" && url.password === "" && url.hostname !== "" ? url.href : null;
}

/** The texts that the page gets, and the series that are needed. */
export interface PageApplies {
  readonly tone: "good" | "bad" | "past" | null;
  readonly label: string;
  /** Empty if nothing is known yet. */
  readonly sentence: string;
  /** Known series that it says it needs. */
  readonly needs: ReadonlyArray<{ readonly id: string; readonly title: string }>;
  /** Needs that nobody here knows, a phrase each. */
  readonly unknown: readonly UnknownNeed[];
  /** Its bases, a phrase each. */
  readonly bases: readonly string[];
}

/** Where the newest revision stands, as the page is given it. */
export interface PageLanding {
  /** What says so, a sentence each. */
  readonly evidence: readonly string[];
  /** HEAD and remotes; [] where no tree was looked at. */
  readonly columns: readonly LandingColumn[];
  readonly rows: ReadonlyArray<{ readonly index: number; readonly title: string; readonly cells: readonly LandingCell[] }>;
  /** What was not looked at, a sentence each. */
  readonly notes: readonly string[];
}

export interface LandingColumn {
  readonly name: string;
  readonly about: string;
}

export interface LandingCell {
  readonly kind: "found" | "changed" | "older" | "unproven" | "reverted" | "none" | "unknown";
  readonly text: string;
  readonly about: string;
  /** In full; null where there is none. */
  readonly commit: string | null;
}

export interface UnknownNeed {
  readonly text: string;
  /** Where the list's archive may have it; null if only a mail could be there. */
  readonly url: string | null;
}

/** One of them, in the form for the page. */
export interface RelatedSeries {
  readonly id: string;
  readonly title: string;
  readonly revision: string;
  readonly author: string;
  readonly kind: RelationKind;
  readonly paths: readonly string[];
}

/** The result of git's merge of two series, in the form for the page. */
export interface RelatedProof {
  readonly kind: "clean" | "conflict" | "unapplied" | "problem";
  /** The whole result; `place` is the part of it with a conflict to look at. */
  readonly text: string;
  readonly place: string | null;
}

/** A number or name that the series and others claim, as the page is given it. */
export interface PageClash {
  /** `capability 249`. */
  readonly what: string;
  /** Where it has to differ: `KVM_CAP_*`; empty where that is said already. */
  readonly space: string;
  /** What this series makes of it, and in which patch. */
  readonly mine: string;
  readonly others: ReadonlyArray<{ readonly id: string; readonly title: string; readonly author: string; readonly about: string }>;
  /** What the open tree has there; null for nothing, and where none is open. */
  readonly tree: string | null;
}
