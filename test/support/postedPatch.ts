/** Patches that change one line of a text each, made without git, and the mails they are sent in. */
import type { Series } from "../../src/core/series/series";
import { rawMail } from "./rawMail";

export interface PostedPatch {
  /** Of the Message-ID, before the `@`. */
  readonly id: string;
  readonly path: string;
  /** The file it is made on, each line with its end. */
  readonly text: string;
  /** One-based; at least three lines from the beginning and the end. */
  readonly line: number;
  readonly to: string;
  readonly title?: string;
  /** The words of the brackets. */
  readonly words?: string;
  /** What it answers. */
  readonly answers?: string;
  readonly at?: number;
  /** The blob it says that it was made on. */
  readonly blob?: string;
}

/** The bytes of the mail. */
export function postedPatch({ id, path, text, line, to, title, words = "PATCH", answers, at, blob = "1111111" }: PostedPatch): Buffer {
  const lines = text.split("\n");
  const context = (from: number, end: number): string => lines.slice(from, end).reduce((all, one) => `${all} ${one}\n`, "");
  const hunk = `@@ -${line - 3},7 +${line - 3},7 @@\n${context(line - 4, line - 1)}-${lines[line - 1] ?? ""}\n+${to}\n${context(line, line + 3)}`;
  const diff = `diff --git a/${path} b/${path}\nindex ${blob}..2222222 100644\n--- a/${path}\n+++ b/${path}\n${hunk}`;
  const body = `Because.\n\nSigned-off-by: Alex Archer <alex@example.org>\n---\n ${path} | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n\n${diff}-- \n2.39.5\n`;
  return rawMail({
    id: `${id}@example.org`,
    subject: `[${words}] ${title ?? `KVM: Change ${id}`}`,
    body,
    ...(answers === undefined ? {} : { to: `${answers}@example.org` }),
    ...(at === undefined ? {} : { at }),
  });
}

/** The series whose newest revision holds a mail. */
export function seriesWithMail(all: readonly Series[], id: string): Series {
  const found = all.find(({ revisions }) => revisions.at(-1)?.patches.some(({ messageId }) => messageId === `${id}@example.org`));
  if (!found) throw new Error(`No series has the mail ${id}.`);
  return found;
}
