/** Commands on one series: copy something of it, follow it, compare its revisions, list those of the file at hand. */
import * as vscode from "vscode";
import { HumanError } from "../core/humanError";
import { readMail } from "../core/mail/mail";
import { mailIdsOf, withMailTexts } from "../core/series/revisionTexts";
import { leadMessageId, newestRevision, type Patch, type Revision, type Series } from "../core/series/series";
import type { Touch } from "../core/series/touches";
import type { Project } from "../core/subsystem/project";
import type { ActiveFile } from "../engines/activeFile";
import type { MovedFiles } from "../engines/movedFiles";
import type { PageInFront } from "../engines/seriesPages";
import { urlOfSeriesList } from "../engines/settings";
import type { Library } from "../library/library";
import { archiveUrl, b4Command } from "../render/archiveLinks";
import { touchCount } from "../render/hover";
import { revisionName, titleText } from "../render/labels";
import { revisionText } from "../render/seriesText";
import { registerCommand, say } from "./commands";
import { withoutIcons } from "./markdown";
import { pickSeries, seriesFor } from "./seriesPick";
import { readSettings } from "./settings";
import type { Arrivals, Followed } from "../engines/unread";

/** Read-only documents with the text of one revision, for the diff editor. */
const revisionScheme = "kvm-series-revision";

const projects: readonly Project[] = ["kernel", "qemu", "kvm-unit-tests", "kvmtool"];

export interface SeriesCommandsParts {
  readonly library: Library;
  readonly front: PageInFront;
  readonly followed: Followed;
  readonly arrivals: Arrivals;
  readonly active: ActiveFile;
  readonly moved: MovedFiles;
  readonly log: vscode.LogOutputChannel;
}

export function registerSeriesCommands(parts: SeriesCommandsParts): vscode.Disposable {
  const { library, front, followed, arrivals, log } = parts;
  const on = (
    id: string,
    title: string,
    run: (series: Series, argument: unknown) => Thenable<unknown>,
    offered?: () => readonly Series[],
  ): vscode.Disposable =>
    registerCommand(log, `kvmSeries.${id}`, async (argument) => {
      const series = await seriesFor(argument, { library, front }, `KVM Series: ${title}`, offered?.());
      if (series) await run(series, argument);
    });
  const copy = (what: "link" | "b4" | "messageId") => async (series: Series) => {
    const revision = newestRevision(series);
    await copyText(what, series, revision, null, archiveUrl(series, revision, null, urlOfSeriesList(series, readSettings().listUrls)));
  };
  return vscode.Disposable.from(
    on("copyLink", "Copy Link", copy("link")),
    on("copyMessageId", "Copy Message-ID", copy("messageId")),
    on("copyB4Command", "Copy b4 Command", copy("b4")),
    on("openLink", "Open in the List's Archive", (series, node) => vscode.env.openExternal(vscode.Uri.parse(linkOf(series, node), true))),
    on(
      "follow",
      "Follow",
      (series) => followed.follow(series),
      () => library.series.filter((series) => !followed.isFollowed(series)),
    ),
    on(
      "unfollow",
      "Unfollow",
      (series) => followed.unfollow(series),
      () => library.series.filter((series) => followed.isFollowed(series)),
    ),
    registerCommand(log, "kvmSeries.markAllRead", async () => {
      await followed.markRead(library.series);
      await arrivals.markAllRead();
    }),
    on(
      "compareRevisions",
      "Compare Revisions",
      (series, argument) => compareRevisions(series, front.revisionFor(argument)),
      () => library.series.filter(({ revisions }) => revisions.length > 1),
    ),
    registerCommand(log, "kvmSeries.showSeriesTouchingFile", (argument, project) => showTouching(argument, project, parts)),
    vscode.workspace.registerTextDocumentContentProvider(revisionScheme, {
      async provideTextDocumentContent(uri) {
        const revision = library.find(uri.authority)?.revisions[Number(uri.query)];
        if (!revision) return "This revision is no longer in any source.\n";
        const mails = [...(await library.mailBytes(mailIdsOf(revision)))].map(([id, bytes]) => [id, readMail(bytes)] as const);
        return revisionText(withMailTexts(revision, new Map(mails)));
      },
    }),
  );
}

function linkOf(series: Series, node: unknown): string {
  const elsewhere = typeof node === "object" && node !== null && "elsewhere" in node ? node.elsewhere : null;
  const url = typeof elsewhere === "object" && elsewhere !== null && "url" in elsewhere ? elsewhere.url : null;
  return typeof url === "string" && /^https?:\/\//i.test(url)
    ? url
    : archiveUrl(series, newestRevision(series), null, urlOfSeriesList(series, readSettings().listUrls));
}

/**
 * Opens two revisions side by side: cover letter, patches and files as text.
 *
 * @param shown the revision on the page; an older one is compared with the newest
 */
async function compareRevisions(series: Series, shown: Revision | null): Promise<void> {
  const { revisions } = series;
  if (revisions.length < 2)
    throw new HumanError("Only one revision of this series is in the sources, so there is nothing to compare it with.");
  const newest = revisions.length - 1;
  const looked = shown ? revisions.indexOf(shown) : -1;
  const isOlder = looked >= 0 && looked < newest;
  let older = isOlder ? looked : newest - 1;
  if (revisions.length > 2 && !isOlder) {
    const items = revisions
      .slice(0, -1)
      .map((revision, at) => ({ label: revisionName(revision), description: withoutIcons(titleText(revision.title)), at }));
    const picked = await vscode.window.showQuickPick(items.reverse(), {
      title: "KVM Series: Compare Revisions",
      placeHolder: `Compare ${revisionName(newestRevision(series))} with`,
    });
    if (!picked) return;
    older = picked.at;
  }
  const uri = (at: number): vscode.Uri => {
    const name = revisions[at] ? revisionName(revisions[at]) : "";
    return vscode.Uri.from({ scheme: revisionScheme, authority: series.id, path: `/${name}.txt`, query: String(at) });
  };
  const [from, to] = [revisions[older], revisions[newest]];
  if (!from || !to) return;
  await vscode.commands.executeCommand(
    "vscode.diff",
    uri(older),
    uri(newest),
    `${revisionName(from)} ↔ ${revisionName(to)}: ${titleText(series.title)}`,
  );
}

/** Lists the series that touch a file and opens the one picked. A hover names a path and the project of its tree. */
async function showTouching(argument: unknown, project: unknown, { moved, active, log }: SeriesCommandsParts): Promise<void> {
  const found = typeof argument === "string" ? namedPath(argument, project, moved) : fileAtHand(argument, active);
  if (!found) throw new HumanError("Open a file of a kernel tree to list the series that touch it.");
  const { path, touches } = found;
  if (touches.length === 0) {
    say(log, `No pending series touches ${path}.`);
    return;
  }
  const series = await pickSeries(
    touches.map((touch) => touch.series),
    `${touchCount(touches.length)} ${touches.length === 1 ? "touches" : "touch"} ${path}`,
  );
  if (series) await vscode.commands.executeCommand("kvmSeries.openPage", series.id);
}

interface TouchedFound {
  readonly path: string;
  readonly touches: readonly Touch[];
}

function namedPath(path: string, named: unknown, moved: MovedFiles): TouchedFound {
  const project = projects.find((one) => one === named) ?? null;
  return { path, touches: moved.touchingInProject(path, project) };
}

/** The file a menu was opened on, else the one in the active editor. */
function fileAtHand(argument: unknown, active: ActiveFile): TouchedFound | null {
  const named = argument instanceof vscode.Uri ? active.touching(argument) : active;
  return named?.place ? { path: named.place.path, touches: named.touches } : null;
}

// Puts something about a series on the clipboard.

/** Characters of a copied text that are shown for a moment. */
const shownLength = 60;

/** Puts something about a series on the clipboard, or says why it cannot. */
export async function copyText(
  what: "link" | "b4" | "messageId",
  series: Series,
  revision: Revision,
  patch: Patch | null,
  url: string,
): Promise<void> {
  const messageId = patch ? patch.messageId : leadMessageId(revision);
  const text = what === "link" ? url : what === "b4" ? b4Command(series, revision) : messageId;
  if (text === null)
    throw new HumanError("Digests do not contain Message-IDs. Copy the link instead; it finds the mail in the list's archive.");
  await putOnClipboard(text, text);
}

/** @param said what the person is told was copied */
export async function putOnClipboard(text: string, said: string): Promise<void> {
  await vscode.env.clipboard.writeText(text);
  const shown = said.length > shownLength ? `${said.slice(0, shownLength)}…` : said;
  vscode.window.setStatusBarMessage(`$(check) Copied ${withoutIcons(shown)}`, 3000);
}
