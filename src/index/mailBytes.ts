/** Mails read again from where they lie, when a page is opened. */
import { createHash } from "node:crypto";
import { mailLimits } from "../core/mail/mailLimits";
import { fetchBlobs } from "../sources/bulkGit";
import { readSpot } from "../sources/mailFiles";

export interface WantedMail {
  readonly messageId: string;
  /** The repository, or the file or folder of mails. */
  readonly folder: string;
  readonly oid: string;
  /** Where in a file or folder; null in a repository. */
  readonly spot: string | null;
}

/** Reads mails, those of one repository with one git; by Message-ID, those that are gone are absent. */
export async function readMails(wanted: readonly WantedMail[], git: string | undefined): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  const byRepository = new Map<string, Map<string, string>>();
  for (const { messageId, folder, oid, spot } of wanted) {
    if (spot === null) {
      const oids = byRepository.get(folder) ?? new Map<string, string>();
      byRepository.set(folder, oids.set(oid, messageId));
    } else {
      const bytes = await readSpot(folder, spot);
      // A file that was written anew since it was indexed has another mail there, or half of one.
      if (bytes && createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex") === oid) found.set(messageId, bytes);
    }
  }
  for (const [folder, oids] of byRepository) {
    const blobs = await fetchBlobs(folder, [...oids.keys()], { binary: git, largest: mailLimits.bytes });
    for (const [oid, bytes] of blobs) found.set(oids.get(oid) ?? "", bytes);
  }
  return found;
}
