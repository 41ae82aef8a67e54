/** The name git gives to a mail's bytes. */
import { createHash } from "node:crypto";

/** The id git gives these bytes as a blob, 40 hex digits. Mails in files are named by it too. */
export function blobId(bytes: Uint8Array): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}
