/** The problems of one source: a person sees one row for a broken archive, however many of its mails are broken. */
import type { Problem } from "./series";

/** How many problems of one source are kept; a source with more is broken as a whole. */
export const mostProblems = 100;

/**
 * The problems of one source as one: none for none, a single one unchanged, and several as a sum whose `details` are the
 * sentences.
 *
 * @param source the file, archive or mail they are about
 * @param messages one sentence each
 */
export function problemsOf(source: string, messages: readonly string[]): Problem[] {
  const [first] = messages;
  if (first === undefined) return [];
  if (messages.length === 1) return [{ source, message: first }];
  const count = messages.length < mostProblems ? `${messages.length}` : `${messages.length} or more`;
  return [{ source, message: `There are ${count} problems with it; the first: ${first}`, details: messages }];
}

/** Each problem by itself, as the command line prints them: a sum is replaced by its details. */
export function singleProblems(problems: readonly Problem[]): Problem[] {
  return problems.flatMap((problem) => problem.details?.map((message) => ({ source: problem.source, message })) ?? [problem]);
}
