/**
 * The comments on the patches of a revision, read from its mails: the lines under which they stand, and the questions without an
 * answer.
 */
import { isSameAuthor } from "../mail/author";
import { answerText, type Mail } from "../mail/mail";
import { ownSentences } from "../mail/quoting";
import { robotOf } from "../mail/robots";
import { textOfPatch } from "../series/revisionTexts";
import { repliesUnder, type Reply, type Revision } from "../series/series";
import { type Comment, placeReplies } from "./placeReplies";
import { type LinePlace, quotableLines } from "./quotableLines";

export interface PatchComment {
  /** The place of its reply among all replies of the revision. */
  readonly reply: number;
  readonly text: string;
  /** The quoted lines above it. */
  readonly quote: readonly string[];
  /** The line of the diff; null for a comment on the whole patch, or on an uncertain line. */
  readonly place: LinePlace | null;
  /** The number of the comment that it answers, among those of the patch; null if it answers none. */
  readonly parent: number | null;
  /** The name of the program that wrote it; null for a person. */
  readonly robot: string | null;
  /** It asks something that the author of the patch has not answered. */
  readonly isOpen: boolean;
}

/** The Message-IDs of the mails with the comments on a patch: its own and those below it. */
export function commentMailIds({ patches, posted }: Revision, at: number): string[] {
  const patch = patches[at];
  if (patch?.messageId == null || patch.index === null) return [];
  const replies = (posted?.replies ?? []).filter((reply) => reply.patch === patch.index);
  return replies.length === 0 ? [] : [patch.messageId, ...replies.map(({ messageId }) => messageId)];
}

/**
 * The comments on a patch, those of each reply in its order, and each reply below the one that it answers.
 *
 * @param at the place of the patch in the revision
 * @param mails missing ones have no comments
 */
export function patchComments(revision: Revision, at: number, mails: ReadonlyMap<string, Mail>): PatchComment[] {
  const patch = revision.patches[at];
  if (patch?.index == null) return [];
  const thread = repliesUnder(revision.posted?.replies ?? [], patch.index);
  const texts = thread.map(({ reply }) => {
    const mail = mails.get(reply.messageId);
    return mail ? answerText(mail).text : "";
  });
  const answers = thread.map(({ reply }, which) => ({ ...reply, text: texts[which] ?? "", isRobot: isRobot(reply) }));
  const comments = placeReplies(quotableLines(textOfPatch(revision, at, mails) ?? ""), answers);
  const isAuthor = ({ author }: Reply): boolean => isSameAuthor(author, patch.author) || isSameAuthor(author, revision.author);
  const open = openQuestions(
    comments,
    thread.map(({ reply }) => ({ reply, isAuthor: isAuthor(reply), asks: !isRobot(reply) && !isAuthor(reply) })),
  );
  return comments.map(({ answer, ...comment }, number) => {
    const one = thread[answer];
    return {
      ...comment,
      reply: one?.at ?? 0,
      robot: one && isRobot(one.reply) ? (robotOf(one.reply.author) ?? "bot") : null,
      isOpen: open.has(number),
    };
  });
}

/** How many comments a patch has. */
export interface CommentCounts {
  /** Comments of people on lines. */
  readonly placed: number;
  /** Comments with a question that the author has not answered. */
  readonly open: number;
  /** Mails of robots. */
  readonly robots: number;
}

/** Counts the comments on a patch. */
export function countComments(comments: readonly PatchComment[]): CommentCounts {
  return {
    placed: comments.filter(({ robot, place }) => robot === null && place !== null).length,
    open: comments.filter(({ isOpen }) => isOpen).length,
    robots: new Set(comments.flatMap(({ robot, reply }) => (robot === null ? [] : reply))).size,
  };
}

function isRobot({ kind, author }: Reply): boolean {
  return kind === "bot" || robotOf(author) !== null;
}

interface Answerer {
  readonly reply: Reply;
  readonly isAuthor: boolean;
  /** Whether its questions wait for the author. */
  readonly asks: boolean;
}

/**
 * The numbers of the comments that ask something and have no answer of the author below them. If the author answers a mail without
 * naming one of its comments, all of them count as answered.
 */
function openQuestions(comments: readonly Comment[], answers: readonly Answerer[]): Set<number> {
  const places = new Map(answers.map(({ reply }, at) => [reply.messageId, at]));
  const [attached, isAnswered] = [new Set<number>(), new Set<number>()];
  // A comment comes after the one it answers, and a mail after the one above it.
  for (const [number, { answer, parent }] of [...comments.entries()].reverse()) {
    if (parent !== null && (isAnswered.has(number) || answers[answer]?.isAuthor)) isAnswered.add(parent);
  }
  const isLoose = new Set<number>(comments.flatMap(({ answer, parent }) => (parent === null ? answer : [])));
  for (const { answer } of comments) attached.add(answer);
  const below = new Set<number>();
  for (const [at, { reply, isAuthor }] of [...answers.entries()].reverse()) {
    const above = places.get(reply.inReplyTo ?? "");
    if (above === undefined || above >= at) continue;
    if (below.has(at) || (isAuthor && (isLoose.has(at) || !attached.has(at)))) below.add(above);
  }
  const isOpen = ({ answer, text }: Comment, number: number): boolean =>
    answers[answer]?.asks === true && !isAnswered.has(number) && !below.has(answer) && asksSomething(text);
  return new Set([...comments.keys()].filter((number) => comments[number] && isOpen(comments[number], number)));
}

function asksSomething(text: string): boolean {
  return text.includes("?") && ownSentences(text).some((sentence) => /\?["')\]!?]{0,4}$/.test(sentence.text));
}
