/** Trailers of a patch: `Reviewed-by: Name <mail>` and its like, in the paragraphs that end the message. */
import { findDiff } from "./diffStart";
import { readPatchText } from "./mailText";
import type { Trailer } from "./series";

const trailerLine = /^([A-Za-z][A-Za-z0-9-]*): +(\S.*)$/;
/** Keys that are no sentence although they have no hyphen. */
const plainKeys = new Set(["fixes", "closes", "link", "cc", "references", "bugzilla", "buglink"]);
/** A note of whoever applied the patch: `[sean: tweak comment]`, `[ bp: Massage. ]`; it may go on over several lines. */
const note = /^\[\s*\S/;
/** What git itself appends to a patch that was taken from elsewhere. */
const origin = /^\((?:cherry picked|backported) from commit [0-9a-f]/;
/** As git does it, a paragraph that is signed off may hold other lines too, up to three for each trailer. */
const othersPerTrailer = 3;

/** The part of a mail body above the diff: the commit message and, below `---`, what is for the list alone. */
export function textAboveDiff(body: string): string {
  const start = findDiff(body, 0);
  return (start < 0 ? body : body.slice(0, start)).replace(/^\n+/, "").trimEnd();
}

/** What git keeps of a mail body as the commit message: the part above `---`, the diffstat and the diff. */
export function commitMessage(body: string): string {
  return readPatchText(body).message;
}

/**
 * Reads the trailers of a commit message, top to bottom. Only whole paragraphs of trailers at its end count, several where
 * blank lines part them; a paragraph that is signed off may hold prose too, for want of a blank line. A quoted trailer
 * (`> `) never counts. A folded line (`Fixes: ...` going on indented) is joined.
 */
export function parseTrailers(message: string, via: Trailer["via"]): Trailer[] {
  const found: Trailer[][] = [];
  const paragraphs = message.trimEnd().split(/\n\s*\n/);
  for (const paragraph of paragraphs.reverse()) {
    const trailers = trailersOfParagraph(paragraph, via);
    if (!trailers) break;
    found.push(trailers);
  }
  return found.reverse().flat();
}

/** The trailers of a paragraph that holds nothing else, or is signed off; [] for one of notes alone; null for prose. */
function trailersOfParagraph(paragraph: string, via: Trailer["via"]): Trailer[] | null {
  const trailers: Trailer[] = [];
  let inNote = false;
  let others = 0;
  for (const line of paragraph.split("\n")) {
    const match = trailerLine.exec(line);
    const last = trailers.at(-1);
    if (match && isTrailerKey(match[1] ?? "")) {
      inNote = false;
      trailers.push({ key: match[1] ?? "", value: (match[2] ?? "").trim(), via });
    } else if (inNote || note.test(line)) inNote = !line.trimEnd().endsWith("]");
    else if (/^\s+\S/.test(line) && last) trailers[trailers.length - 1] = { ...last, value: `${last.value} ${line.trim()}` };
    else if (!origin.test(line)) others++;
  }
  if (others === 0) return trailers;
  const signedOff = trailers.some(({ key }) => key.toLowerCase() === "signed-off-by");
  return signedOff && others <= trailers.length * othersPerTrailer ? trailers : null;
}

function isTrailerKey(key: string): boolean {
  return key.includes("-") || plainKeys.has(key.toLowerCase());
}
