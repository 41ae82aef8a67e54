/** The kind of a mail, as far as it tells by itself: only its thread tells whether a mail without a diff is a cover letter. */
import { parseDiffstat } from "../diff/diffstat";
import type { Author } from "./author";
import { holdsForwarded, isAnswerText, opensWithQuote, quotesAbove, speaksToSomebody } from "./quoting";
import { robotOf } from "./robots";
import type { Subject } from "./subject";

/**
 * `cover` is mail 0/n, and a mail that says PATCH, has no number and no diff ("naked" cover, if patches hang under it).
 * `pull` is a pull request without a diff; patches below one are `patch`.
 */
export type MailKind = "cover" | "patch" | "reply" | "pull" | "bot" | "other";

/** The properties that decide the kind of a mail. */
interface KindSigns {
  readonly subject: Subject;
  readonly from: Author;
  /** Answers another mail: has In-Reply-To or References. */
  readonly answers: boolean;
  readonly hasDiff: boolean;
  /** The text above the diff. */
  readonly text: string;
}

const pullText = /\bare available in the git repository at\b/i;
/** `6.6`, `6.18-6.12`, `5.10.y`, `6.6-stable`: the trees of the stable team. */
const stableWord =
  /^(?:\d+\.\d+(?:\.y|-stable)?(?:-\d+\.\d+(?:\.y)?)?|v\d+\.\d+\.y|stable-\d+\.\d+(?:\.y)?|linux-\d+\.\d+\.y|autosel|manualsel)$/i;

/** `RHEL8.1`, `SLE15-SP3`, `OLK-5.10`, `SRU`: the kernel of a distribution, which like a stable tree takes patches posted elsewhere. */
const distributionWord = /^(?:(?:rhel|centos|sles?|olk|uek|openeuler|anolis|ubuntu|debian)[-_.]?\d[\w.-]{0,20}|sru)$/i;

/** Whether the brackets name a stable tree, of the stable team or of a distribution. */
export function isStable({ prefixes }: Subject): boolean {
  // `FIXUP FOR STABLE` is up for review like any other patch; `PATCH stable` is not.
  return prefixes.some(
    (word) =>
      word !== "PATCH" &&
      (stableWord.test(word) || distributionWord.test(word) || (prefixes.length === 2 && word.toLowerCase() === "stable")),
  );
}

const pullWord = /^(?:git-)?pull$/i;

/** Whether the brackets say PULL. */
export function isPull({ prefixes }: Subject): boolean {
  return prefixes.some((word) => word !== "PATCH" && pullWord.test(word));
}

/** The kind of a mail by itself. */
export function mailKindOf(signs: KindSigns): MailKind {
  const { subject, hasDiff, answers, text } = signs;
  if (robotOf(signs.from) !== null || isNotice(signs)) return "bot";
  if (subject.reply) return "reply";
  const isNumbered = subject.index !== null && subject.prefixes.length > 0;
  const isNamed = subject.patch || (isNumbered && (hasDiff || subject.index === 0));
  if (!hasDiff && (isPull(subject) || isPullRequest(signs))) return "pull";
  if (hasDiff && !isOwnPatch(signs, isNamed)) return "reply";
  if (isNamed || hasDiff || isPull(subject)) {
    if (subject.index === 0) return !hasDiff && opensWithQuote(text) ? "reply" : "cover";
    if (hasDiff) return "patch";
    if (isAnswerText(text) || (answers && isReview(signs))) return "reply";
    return subject.index === null ? "cover" : "patch";
  }
  return answers ? "reply" : "other";
}

/**
 * Whether a maintainer's script reports a patch, and quotes all of it: it was added to a tree, or does not fit a stable tree. The
 * patch itself is posted elsewhere, or will be.
 */
function isNotice({ subject: { title, reply }, hasDiff }: KindSigns): boolean {
  return !reply && ((hasDiff && (addedNotice.test(title) || fileNotice.test(title))) || failedNotice.test(title));
}

/** `FAILED: patch "[PATCH] Title" failed to apply to 6.1-stable tree`. */
const failedNotice = /^(?:failed|wtf): patch ["“]/i;
/** `Patch "Title" has been added to the 6.6-stable tree`, `patch "Title" added to usb-next`. */
const addedNotice =
  /^(?:note: )?patch ["“][^\n]{1,400}["”] (?:has been |was )?(?:added|queued|applied|merged|backported|dropped|removed) (?:up )?(?:to|into|for|from) /i;
/** `+ kvm-add-it.patch added to mm-unstable branch`. */
const fileNotice = /^(?:\+ )?[\w.+-]{1,200}\.patch (?:has been |was )?(?:added to|removed from|dropped from|folded into|merged into) /i;

/**
 * Whether a diff is a patch of its sender, whatever the brackets say. In a thread, a mail without brackets may also be an answer
 * that explains itself by a few lines of code: then it quotes, or addresses somebody, and is not formatted as a patch.
 */
function isOwnPatch(signs: KindSigns, isNamed: boolean): boolean {
  const { subject, text, answers } = signs;
  if (isNamed || isPull(subject)) return !holdsForwarded(text);
  const isBracketed = subject.prefixes.length > 0 || subject.version > 1 || subject.point !== 0;
  if (isSigned(text) && (isBracketed || !answers)) return true;
  return !quotesAbove(text) && (!answers || isFormatted(text) || !speaksToSomebody(text));
}

function isPullRequest({ subject, text }: KindSigns): boolean {
  return /^\s*git pull\b|^\s*pull request\b/i.test(subject.title) || (!subject.patch && pullText.test(text));
}

function isSigned(text: string): boolean {
  return /^Signed-off-by: /m.test(text);
}

/** Whether a mail is formatted as git does it: signed off, with a diffstat below `---`, or below a line that names the author. */
function isFormatted(text: string): boolean {
  const below = text.lastIndexOf("\n---\n");
  return isSigned(text) || (below >= 0 && parseDiffstat(text.slice(below)) !== null) || /^\s*From: [^\n]*@/.test(text.slice(0, 300));
}

/** Whether an answer lost its `Re:`: it gives a review tag, and nobody signs it off. */
function isReview({ text }: KindSigns): boolean {
  return /^(?:Reviewed|Acked|Tested|Nacked)-by: /im.test(text) && !/^Signed-off-by: /im.test(text);
}
