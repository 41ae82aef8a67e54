/**
 * What reviewers said of a line, as threads that can only be read: in the diff of a patch, and on the file being edited where the line
 * is now. A bundle of its own, loaded with the first file or patch that may have any.
 */
import * as vscode from "vscode";
import { patchFiles, sideLine } from "../core/diff/patchFiles";
import { visibleText } from "../core/mail/hiddenCharacters";
import { patchTexts } from "../core/mail/patchMail";
import { newestRevision, type Series } from "../core/series/series";
import { FileComments } from "../engines/fileComments";
import type { OpenTrees } from "../engines/openTrees";
import type { PendingChanges } from "../engines/pendingChanges";
import { inBackground, systemClock } from "../engines/ports";
import type { Library } from "../library/library";
import type { LoadedMails } from "../library/loadedMails";
import { type FileThread, threadsOfPatch, threadsOnFile } from "../library/revisionComments";
import { authorName, plural, revisionName } from "../render/labels";
import { openText } from "../render/threads";
import { parsePatchUri } from "./patchDocuments";
import { onDidChangeSettings, readSettings } from "./settings";
import { windowDocuments } from "./workspace";

export interface LineCommentsParts {
  readonly library: Library;
  readonly trees: OpenTrees;
  readonly pending: PendingChanges;
  readonly mails: LoadedMails;
  readonly log: vscode.LogOutputChannel;
}

export function registerLineComments({ library, trees, pending, mails, log }: LineCommentsParts): vscode.Disposable {
  const controller = vscode.comments.createCommentController("kvmSeries.replies", "KVM Series");
  const shown = new Map<string, vscode.CommentThread[]>();
  const hide = (uri: vscode.Uri): void => {
    for (const thread of shown.get(uri.toString()) ?? []) thread.dispose();
    shown.delete(uri.toString());
  };
  const show = (
    uri: vscode.Uri,
    threads: ReadonlyArray<{ readonly line: number; readonly thread: FileThread; readonly label: string }>,
  ): void => {
    hide(uri);
    const made = threads.map(({ line, thread, label }) => {
      const one = controller.createCommentThread(uri, new vscode.Range(line, 0, line, 0), commentsOf(thread));
      one.canReply = false;
      one.label = label;
      one.contextValue = "reply";
      one.collapsibleState = vscode.CommentThreadCollapsibleState.Collapsed;
      return one;
    });
    if (made.length > 0) shown.set(uri.toString(), made);
  };
  const isWanted = (): boolean => readSettings().lineComments;
  const files = new FileComments({
    documents: windowDocuments,
    pending,
    pathOf: (uri) => trees.locate(uri)?.path ?? null,
    threadsOf: (series, path) => threadsOnFile(newestRevision(series), path, mails),
    isWanted,
    clock: systemClock,
    log,
  });
  const showPatch = (document: vscode.TextDocument): void => {
    const side = parsePatchUri(document.uri);
    if (!side || !isWanted()) return;
    inBackground(log, async () => {
      const found = revisionOfPatch(library.find(side.messageId), side);
      if (!found) return;
      const threads = await threadsOfPatch(found.revision, found.patch, mails);
      const mail = (await mails.mails([side.messageId])).get(side.messageId);
      const file = mail && patchFiles(patchTexts(mail)[side.place] ?? "")[side.file];
      if (!file || document.isClosed) return;
      const wanted = side.side === "before" ? "old" : "new";
      const here = threads.filter(({ place }) => place.file === side.file && place.side === wanted);
      show(
        document.uri,
        here.flatMap((thread) => {
          const line = sideLine(file.text, thread.place.hunk, thread.place.line, side.side);
          return line === null ? [] : [{ line, thread, label: labelOf(thread) }];
        }),
      );
    });
  };
  const showPatches = (): void => vscode.workspace.textDocuments.forEach(showPatch);
  showPatches();
  return vscode.Disposable.from(
    controller,
    files,
    files.onDidChange((document) =>
      show(
        vscode.Uri.parse(document.uri.toString(), true),
        files
          .threads(document)
          .map(({ line, thread, series }) => ({ line, thread, label: `${labelOf(thread)} · ${nameOf(series, thread)}` })),
      ),
    ),
    vscode.workspace.onDidOpenTextDocument(showPatch),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => hide(uri)),
    onDidChangeSettings((changed) => {
      if (!changed("lineComments")) return;
      for (const document of vscode.workspace.textDocuments) if (parsePatchUri(document.uri)) hide(document.uri);
      showPatches();
      files.again();
    }),
  );
}

/** The revision and the patch that a document is a side of. */
function revisionOfPatch(series: Series | undefined, { messageId, place }: { messageId: string; place: number }) {
  for (const revision of series?.revisions ?? []) {
    const ofMail = [...revision.patches.keys()].filter((at) => revision.patches[at]?.messageId === messageId);
    const patch = ofMail[place];
    if (patch !== undefined) return { revision, patch };
  }
  return null;
}

function labelOf({ comments }: FileThread): string {
  const open = comments.filter(({ isOpen }) => isOpen).length;
  return [plural(comments.length, "comment"), ...(open > 0 ? [openText(open)] : [])].join(" · ");
}

function nameOf(series: Series, { patch }: FileThread): string {
  const revision = newestRevision(series);
  return visibleText(`${revisionName(revision)} ${patch}/${revision.expected} ${series.title}`);
}

function commentsOf({ comments, replies }: FileThread): vscode.Comment[] {
  return comments.map(({ text, robot, isOpen }, at) => {
    const reply = replies[at];
    const label = [robot === null ? "" : "robot", isOpen ? "question without an answer" : ""].filter(Boolean).join(", ");
    return {
      author: { name: visibleText(robot ?? (reply ? authorName(reply) : "")) },
      body: textBody(text),
      mode: vscode.CommentMode.Preview,
      ...(reply ? { timestamp: new Date(reply.date) } : {}),
      ...(label === "" ? {} : { label }),
    };
  });
}

/** A stranger's words as text: mail is set in columns, and nothing in it is markup. */
function textBody(text: string): vscode.MarkdownString {
  const body = new vscode.MarkdownString();
  body.appendCodeblock(visibleText(text), "text");
  return body;
}
