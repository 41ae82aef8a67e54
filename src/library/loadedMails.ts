/** The mails that were used last, so that a page that is scrolled or shown again reads nothing twice. */
import { type Mail, readMail } from "../core/mail/mail";
import { RecentMap } from "../core/recentMap";
import type { Library } from "./library";
import { makeSlicer } from "./slices";

/** Bytes of mails kept; a revision of fifty patches has about one million. */
const mostBytes = 32 * 1024 * 1024;

interface Kept {
  readonly bytes: Uint8Array;
  /** Null until it is needed. */
  mail: Mail | null;
}

export class LoadedMails {
  readonly #kept = new RecentMap<Kept>(mostBytes, ({ bytes }) => bytes.length);
  readonly #coming = new Map<string, Promise<ReadonlyMap<string, Uint8Array>>>();

  constructor(private readonly library: Pick<Library, "mailBytes">) {}

  /** Mails as they lie in the archives, by Message-ID; those that are gone are absent. */
  async bytes(messageIds: readonly string[]): Promise<Map<string, Uint8Array>> {
    const kept = await this.#load(messageIds);
    return new Map([...kept].map(([id, { bytes }]) => [id, bytes]));
  }

  /** The same, parsed; in slices, since a file that many series touch needs the mails of all of them. */
  async mails(messageIds: readonly string[]): Promise<Map<string, Mail>> {
    const pause = makeSlicer(() => false);
    const read = new Map<string, Mail>();
    for (const [id, kept] of await this.#load(messageIds)) {
      read.set(id, mailOf(kept));
      await pause();
    }
    return read;
  }

  /** The mails that are in memory; null unless all are. */
  mailsAtHand(messageIds: readonly string[]): Map<string, Mail> | null {
    const found = new Map<string, Kept>();
    for (const id of messageIds) {
      const kept = this.#kept.get(id);
      if (!kept) return null;
      found.set(id, kept);
    }
    return new Map([...found].map(([id, kept]) => [id, mailOf(kept)]));
  }

  /** Loads all missing mails at once: a question costs more than the mails it brings. */
  async #load(messageIds: readonly string[]): Promise<Map<string, Kept>> {
    const wanted = [...new Set(messageIds)];
    const missing = wanted.filter((id) => !this.#kept.has(id) && !this.#coming.has(id));
    if (missing.length > 0) {
      const answer = this.library.mailBytes(missing).finally(() => {
        for (const id of missing) this.#coming.delete(id);
      });
      // A caller may already have failed with the error of another question; then nobody is left to handle this one.
      answer.catch(() => undefined);
      for (const id of missing) this.#coming.set(id, answer);
    }
    const found = new Map<string, Kept>();
    const coming = new Map(wanted.map((id) => [id, this.#coming.get(id)]));
    for (const id of wanted) {
      // A mail that another call asked for a moment ago comes with its answer.
      const bytes = (await coming.get(id))?.get(id);
      const kept = this.#kept.get(id) ?? (bytes ? { bytes, mail: null } : undefined);
      if (!kept) continue;
      found.set(id, kept);
      this.#kept.set(id, kept);
    }
    return found;
  }
}

function mailOf(kept: Kept): Mail {
  return (kept.mail ??= readMail(kept.bytes));
}
