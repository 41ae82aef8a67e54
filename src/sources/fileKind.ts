/** What the beginning of a file says of it. */

/** What can be in a file. */
export type FileKind = "mbox" | "mail" | "index" | "digest" | "diff" | "unknown";

/** Fields a mail may begin with; behind others two of a patch's must follow. */
const headerLine =
  /^(?:from|to|subject|date|message-id|received|return-path|mime-version|delivered-to|x-[\w-]+|dkim-signature|list-id|references|in-reply-to|cc|content-type|reply-to|sender|authentication-results|arc-[\w-]+)[ \t]*:/i;
const anyField = /^[!-9;-~]{1,76}[ \t]*:/;
const ownFields = /^(?:from|subject|date|message-id)[ \t]*:/i;
/** Apple Mail puts the number of bytes above a mail. */
const byteCount = /^\d{1,9}\s*\n/;
const diffLine = /^(?:diff --git a\/|diff -\S* |Index: \S|--- \S.*\n\+\+\+ \S)/m;

/** @param text the beginning of a file, one character for each byte */
export function kindOfText(text: string): FileKind {
  const plain = text.startsWith("\xef\xbb\xbf") ? text.slice(3) : text;
  if (plain.startsWith("SQLite format 3\0")) return "index";
  if (/^From [0-9a-f]+ to [0-9a-f]+|^From \S+ to \S+\n\n?\S.* mailing list update/.test(plain)) return "digest";
  const start = plain.search(/\S/);
  if (start >= 0 && /^>?From \S+/.test(plain.slice(start, start + 200)) && isLineStart(plain, start)) return "mbox";
  const mail = byteCount.test(plain) ? plain.slice(plain.indexOf("\n") + 1) : plain;
  if (headerLine.test(mail) || hasOwnFields(mail)) return "mail";
  return diffLine.test(plain) ? "diff" : "unknown";
}

function isLineStart(text: string, at: number): boolean {
  return at === 0 || text[at - 1] === "\n";
}

/** A header that begins with a field nobody knows: two of those that a mail has stand in it. */
function hasOwnFields(text: string): boolean {
  let found = 0;
  for (const line of text.slice(0, 4096).split("\n")) {
    if (/^[ \t]+\S/.test(line)) continue;
    if (!anyField.test(line)) break;
    if (ownFields.test(line)) found++;
  }
  return found >= 2;
}
