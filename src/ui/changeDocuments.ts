/** What changed in patches or in the cover letter between two revisions, in VS Code's own diff editor: two read-only documents. */
import * as vscode from "vscode";
import { HumanError } from "../core/humanError";
import { formatAuthor } from "../core/mail/author";
import { patchTexts } from "../core/mail/patchMail";
import { letterText, placeInMail } from "../core/series/revisionTexts";
import type { Revision } from "../core/series/series";
import type { LoadedMails } from "../library/loadedMails";
import { patchNumber, revisionName, titleText } from "../render/labels";

/** Documents of this scheme name mails, so they can be restored after the window was closed. */
const changeScheme = "kvm-series-change";

/** A patch of one of the two revisions. */
interface NamedPatch {
  readonly messageId: string;
  /** The place of the patch in its mail. */
  readonly place: number;
  readonly title: string;
  readonly author: string;
}

/** What a document is one side of: patches that became others, or two cover letters by their Message-IDs. */
type Change =
  | { readonly patches: readonly [from: readonly NamedPatch[], to: readonly NamedPatch[]] }
  | { readonly letters: readonly [from: string, to: string] };

type Side = "before" | "after";

const goneText = "The mail is no longer in the archive. Sync, or compare the revisions again.\n";

/** Provides the documents. */
export function registerChangeDocuments(mails: LoadedMails): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(changeScheme, {
    async provideTextDocumentContent({ query }) {
      const asked = parseQuery(query);
      return asked ? ((await textOf(asked.change, asked.side, mails)) ?? goneText) : "";
    },
  });
}

/** Patches of a revision, by their places. */
export interface RevisionPatches {
  readonly revision: Revision;
  readonly patches: readonly number[];
}

/** Opens what changed in patches, several of one revision if they were split or squashed. */
export async function openChange(from: RevisionPatches, to: RevisionPatches): Promise<void> {
  const patches = [namedPatches(from), namedPatches(to)] as const;
  const title = titleText(patches[1][0]?.title ?? patches[0][0]?.title ?? "");
  await openSides({ patches }, [numberedName(from), numberedName(to)], title, "diff");
}

/** Opens what changed in the cover letter, without shortlog and diffstat. */
export async function openLetterChange(from: Revision, to: Revision): Promise<void> {
  const [old, now] = [from.cover?.messageId, to.cover?.messageId];
  if (old == null || now == null) throw new HumanError("The cover letters are not in your sources; add an archive that holds them.");
  await openSides({ letters: [old, now] }, [revisionName(from), revisionName(to)], `cover letter of ${titleText(to.title)}`, "txt");
}

async function openSides(change: Change, names: readonly [from: string, to: string], title: string, extension: string): Promise<void> {
  const uri = (side: Side, name: string): vscode.Uri =>
    vscode.Uri.from({
      scheme: changeScheme,
      path: `/${name.replaceAll("/", " of ")}.${extension}`,
      query: JSON.stringify({ change, side }),
    });
  await vscode.commands.executeCommand(
    "vscode.diff",
    uri("before", names[0]),
    uri("after", names[1]),
    `${names[0]} ↔ ${names[1]}: ${title}`,
  );
}

/** `v2 2/5, 3/5`. */
function numberedName({ revision, patches }: RevisionPatches): string {
  const numbers = patches.flatMap((at) => (revision.patches[at] ? [patchNumber(revision.patches[at], revision)] : []));
  return `${revisionName(revision)} ${numbers.join(", ")}`;
}

function namedPatches({ revision, patches }: RevisionPatches): NamedPatch[] {
  return patches.map((at) => {
    const patch = revision.patches[at];
    if (patch?.messageId == null)
      throw new HumanError(`A patch of ${revisionName(revision)} is not in your sources; add an archive that holds it.`);
    return { messageId: patch.messageId, place: placeInMail(revision, at), title: patch.title, author: formatAuthor(patch.author) };
  });
}

async function textOf(change: Change, side: Side, mails: LoadedMails): Promise<string | null> {
  const { bareLetter, changeSides } = await import("./comparing.js");
  if ("letters" in change) {
    const id = change.letters[side === "before" ? 0 : 1];
    const mail = (await mails.mails([id])).get(id);
    return mail ? `${bareLetter(letterText(mail.body)).trim()}\n` : null;
  }
  const read = await mails.mails(change.patches.flat().map(({ messageId }) => messageId));
  const posted = change.patches.map((patches) =>
    patches.flatMap(({ messageId, place, title, author }) => {
      const mail = read.get(messageId);
      const text = mail && patchTexts(mail)[place];
      return text === undefined ? [] : [{ title, author, text }];
    }),
  );
  const [from = [], to = []] = posted;
  return from.length < change.patches[0].length || to.length < change.patches[1].length ? null : changeSides(from, to)[side];
}

/** Reads what a document was named by; null for anything else. */
function parseQuery(query: string): { readonly change: Change; readonly side: Side } | null {
  let value: unknown;
  try {
    value = JSON.parse(query);
  } catch {
    return null;
  }
  if (!isRecord(value) || !isRecord(value["change"]) || (value["side"] !== "before" && value["side"] !== "after")) return null;
  const { patches, letters } = value["change"];
  if (isPairOf(letters, isText)) return { change: { letters }, side: value["side"] };
  return isPairOf(patches, isNamedPatches) ? { change: { patches }, side: value["side"] } : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isPairOf<One>(value: unknown, isOne: (one: unknown) => one is One): value is readonly [One, One] {
  return Array.isArray(value) && value.length === 2 && value.every(isOne);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isNamedPatches(value: unknown): value is readonly NamedPatch[] {
  return Array.isArray(value) && value.every(isNamedPatch);
}

function isNamedPatch(value: unknown): value is NamedPatch {
  return (
    isRecord(value) &&
    typeof value["messageId"] === "string" &&
    typeof value["place"] === "number" &&
    typeof value["title"] === "string" &&
    typeof value["author"] === "string"
  );
}
