/** The people a mail is from or goes to, and which of their addresses are mailing lists. The page's script uses this file, so it imports nothing. */

/** Someone whom a patch or a mail is from, or goes to. */
export interface Author {
  readonly name: string;
  /** Empty where the source gave none. */
  readonly email: string;
}

/** Writes `Name <mail>`, or the half of it that is known. */
export function formatAuthor(author: Author): string {
  if (!author.email) return author.name;
  return author.name ? `${author.name} <${author.email}>` : `<${author.email}>`;
}

/** Reads `Name <mail>`, `"Name" <mail>` or a bare address. */
export function parseAuthor(text: string): Author {
  const bare = text.trim();
  const open = bare.endsWith(">") ? bare.lastIndexOf("<") : -1;
  if (open < 0) return bare.includes("@", 1) && !/\s/.test(bare) ? { name: "", email: bare } : { name: bare, email: "" };
  const printed = bare.slice(0, open).trim();
  const quoted = printed.length > 1 && printed.startsWith('"') && printed.endsWith('"');
  return { name: (quoted ? printed.slice(1, -1) : printed).replace(/\\(.)/g, "$1"), email: bare.slice(open + 1, -1) };
}

// Whether two authors are one person, who may have several addresses.

/** The address of a person, or the name where a source gave no address, as compared. */
export function personKey({ email, name }: Author): string {
  return (email || name).toLowerCase();
}

/** Many people share a name of one word. */
const fewestWords = 2;

/** A name as compared: `Lind, Ada` is `Ada Lind`. Null where it does not tell one person from others. */
export function fullNameKey(name: string): string | null {
  const words = name.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.length < fewestWords ? null : words.sort().join(" ");
}

/** Whether two authors are one person: by address, or by a full name, since people write from several addresses. */
export function isSameAuthor(a: Author, b: Author): boolean {
  if (personKey(a) === personKey(b)) return true;
  const name = fullNameKey(a.name);
  return name !== null && name === fullNameKey(b.name);
}

// Which addresses are mailing lists, and which lists a mail was sent to.

/** Hosts that have nothing but lists. A list on another host is not recognised. */
const listHost =
  /@(?:vger\.kernel\.org|kvack\.org|(?:[\w-]+\.)*lists?\d*\.[\w.-]+|googlegroups\.com|nongnu\.org|lists\.[\w.-]+|freedesktop\.org)$/i;

/** Whether mail to this address goes to a list. */
function isListAddress(address: string): boolean {
  return listHost.test(address);
}

/**
 * The lists among some addresses that are not known yet, sorted.
 *
 * @param known List-Ids: kvm@vger.kernel.org has the List-Id `kvm.vger.kernel.org`
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
