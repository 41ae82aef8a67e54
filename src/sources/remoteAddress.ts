/** The address of an archive on a server, and the folder its mirror has on this machine. */
import { join } from "node:path";
import { HumanError } from "../core/humanError";

export interface RemoteAddress {
  /** Of the whole archive, without a slash at its end: `https://lore.kernel.org/kvm`. */
  readonly archive: URL;
  /** The one epoch that was named (`https://lore.kernel.org/kvm/0`); null for all of them. */
  readonly epoch: number | null;
  /** As it was given, without a slash at its end. */
  readonly given: string;
}

/** Whether a source is the address of an archive on a server, and no path. */
export function isRemote(source: string): boolean {
  return /^https?:\/\//i.test(source);
}

/** Folders of one name have to fit everywhere; no list has a name like this. */
const longestName = 100;
/** `/0`, `/0.git` and `/git/0.git`, as public-inbox serves epochs. */
const epochEnd = /^(?<archive>.*?)(?:\/git)?\/(?<epoch>0|[1-9]\d{0,4})(?:\.git)?$/;

/** Takes an address apart. Throws a `HumanError` where it is none that can be fetched from. */
export function parseRemote(source: string): RemoteAddress {
  const url = URL.canParse(source.trim()) ? new URL(source.trim()) : null;
  if (!url || !isRemote(url.href)) {
    throw new HumanError(`“${source}” is no address of an archive; give one like https://lore.kernel.org/kvm/.`);
  }
  // Addresses stand in settings and in messages, which is no place for a password.
  if (url.username || url.password)
    throw new HumanError("The address of an archive must not hold a user name or a password; leave them out.");
  url.search = "";
  url.hash = "";
  url.pathname = url.pathname.replace(/\/{2,}/g, "/").replace(/\/$/, "");
  const given = url.href.replace(/\/$/, "");
  const { archive = "", epoch } = epochEnd.exec(url.pathname)?.groups ?? {};
  // A server whose root is an epoch serves one repository and no list.
  if (epoch === undefined || archive === "") return { archive: url, epoch: null, given };
  const whole = new URL(url);
  whole.pathname = archive;
  return { archive: whole, epoch: Number(epoch), given };
}

/**
 * The folder in which the archive of an address lies: `<storage>/<host>/<list>`, with `git/0.git`, `git/1.git`... in it. The
 * address of one epoch has the folder of its archive, so that nothing is fetched twice.
 */
export function remoteFolder(storage: string, url: string): string {
  const { archive } = parseRemote(url);
  const defaultPort = archive.protocol === "https:" ? "" : "+80";
  const host = archive.hostname.replace(/[[\]]/g, "").replaceAll(":", "_");
  const names = archive.pathname.split("/").filter(Boolean);
  return join(storage, `${host}${archive.port ? `+${archive.port}` : defaultPort}`, ...names.map(folderName));
}

/** A part of an address as the name of a folder: what is special to a file system is written as in addresses. */
function folderName(part: string): string {
  const name = part.replace(/[^A-Za-z0-9._+@~%-]|^\.|\.$/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  if (name.length > longestName) throw new HumanError("The address of this archive is too long; check it.");
  return name;
}
