/** Which series hold the patches that others name by `prerequisite-patch-id`, where no index knows patch ids. */
import { mailIdsOf, textsOfPatches } from "./loadedRevision";
import type { Mail } from "../mail/mail";
import { exactPatchTexts } from "../mail/mailPatches";
import { patchId } from "../diff/patchId";
import { newestRevision, type Series } from "./series";

/**
 * Finds the owners of patches by reading the newest revisions of series one after the other, until all are found.
 *
 * @param sha1 the hash function, which core has none of
 */
export async function patchOwners(
  wanted: ReadonlySet<string>,
  series: readonly Series[],
  mails: (messageIds: readonly string[]) => Promise<ReadonlyMap<string, Mail>>,
  sha1: (bytes: Uint8Array) => Uint8Array,
): Promise<Map<string, Series>> {
  const owners = new Map<string, Series>();
  for (const one of series) {
    if (owners.size === wanted.size) break;
    const revision = newestRevision(one);
    for (const text of textsOfPatches(revision, await mails(mailIdsOf(revision)), exactPatchTexts)) {
      const id = text === null ? null : patchId(text, sha1);
      if (id !== null && wanted.has(id) && !owners.has(id)) owners.set(id, one);
    }
  }
  return owners;
}

/** The patch ids that series say they need. */
export function neededPatchIds(series: readonly Series[]): Set<string> {
  const prerequisites = series.flatMap((one) => newestRevision(one).posted?.prerequisites ?? []);
  return new Set(prerequisites.flatMap(({ kind, value }) => (kind === "patch-id" ? [value] : [])));
}
