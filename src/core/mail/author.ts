/** Whom a patch or a mail is from, or goes to. */

export interface Author {
  readonly name: string;
  /** Empty where the source gave none. */
  readonly email: string;
}

/** `Name <mail>`, or what of it is known. */
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
