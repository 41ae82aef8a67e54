/** Which addresses are mailing lists, and which lists a mail was sent to. */
import type { Author } from "./author";

/** Hosts of nothing but lists; a list elsewhere is not known to be one. */
const listHost =
  /@(?:vger\.kernel\.org|kvack\.org|(?:[\w-]+\.)*lists?\d*\.[\w.-]+|googlegroups\.com|nongnu\.org|lists\.[\w.-]+|freedesktop\.org)$/i;

/** Whether mail to this address goes to a list. */
export function isListAddress(address: string): boolean {
  return listHost.test(address);
}

/**
 * The lists among some addresses that are not among the lists known, sorted.
 *
 * @param known List-Ids: `kvm.vger.kernel.org` is the list of kvm@vger.kernel.org
 */
export function listsBeyond(addresses: readonly Author[], known: readonly string[]): string[] {
  const ids = new Set(known.map((id) => id.toLowerCase()));
  const lists = new Set<string>();
  for (const { email } of addresses) {
    const address = email.toLowerCase();
    if (isListAddress(address) && !ids.has(address.replace("@", "."))) lists.add(address);
  }
  return [...lists].sort();
}
