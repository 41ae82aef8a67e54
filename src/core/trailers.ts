/** Trailers of a patch: `Reviewed-by: Name <mail>` and its like, in the paragraphs that end the message. */
import type { Trailer } from "./series";

const trailerLine = /^([A-Za-z][A-Za-z0-9-]*): +(\S.*)$/;
/** Keys that are no sentence although they have no hyphen. */
const plainKeys = new Set(["fixes", "closes", "link", "cc", "references", "message-id", "bugzilla", "debugged-by", "reported-by"]);
/** A note of whoever applied the patch: `[sean: tweak comment]`. */
const note = /^\[\S+:? .*\]?$/;

/** The part of a mail body above `---`, the diffstat and the diff: what git keeps as the commit message. */
export function commitMessage(body: string): string {
  const cut = /^---\s*$|^diff --git |^Index: \S|^--- \S.*\n\+\+\+ /m.exec(body);
  return (cut ? body.slice(0, cut.index) : body).replace(/^\n+/, "").trimEnd();
}

/**
 * Reads the trailers of a commit message, top to bottom. Only whole paragraphs of trailers at its end count, several where
 * blank lines part them; a quoted one (`> `) never does. A folded line (`Fixes: ...` going on indented) is joined.
 */
export function parseTrailers(message: string, via: Trailer["via"]): Trailer[] {
  const found: Trailer[][] = [];
  for (const paragraph of message
    .trimEnd()
    .split(/\n\s*\n/)
    .reverse()) {
    const trailers = trailersOfParagraph(paragraph, via);
    if (!trailers) break;
    found.unshift(trailers);
  }
  return found.flat();
}

/** The trailers of a paragraph that holds nothing else; null for prose. */
function trailersOfParagraph(paragraph: string, via: Trailer["via"]): Trailer[] | null {
  const trailers: Trailer[] = [];
  let inNote = false;
  for (const line of paragraph.split("\n")) {
    const match = trailerLine.exec(line);
    const last = trailers.at(-1);
    if (match && isTrailerKey(match[1] ?? "")) trailers.push({ key: match[1] ?? "", value: (match[2] ?? "").trim(), via });
    else if (/^\s+\S/.test(line) && last) trailers.splice(-1, 1, { ...last, value: `${last.value} ${line.trim()}` });
    else if (note.test(line) || inNote) inNote = !line.trimEnd().endsWith("]");
    else return null;
  }
  return trailers.length > 0 ? trailers : null;
}

function isTrailerKey(key: string): boolean {
  return key.includes("-") || plainKeys.has(key.toLowerCase());
}
