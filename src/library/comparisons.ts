/** The revisions of a series compared, from their mails. */
import { compareEach } from "../core/compare/compareRevisions";
import { type PatchMatrix, patchMatrix } from "../core/compare/patchMatrix";
import { mailIdsOf } from "../core/series/revisionTexts";
import type { Series } from "../core/series/series";
import type { LoadedMails } from "./loadedMails";
import { inSlices } from "./slices";

/** What became of each patch over all revisions. */
export async function loadMatrix({ revisions }: Pick<Series, "revisions">, mails: Pick<LoadedMails, "mails">): Promise<PatchMatrix> {
  const read = await mails.mails(revisions.flatMap(mailIdsOf));
  return patchMatrix((await inSlices(compareEach(revisions, read))) ?? []);
}
