/** The output of a call. */
import { HumanError } from "../core/humanError";
import { visibleJson, visibleText } from "../core/mail/hiddenCharacters";
import type { Problem } from "../core/series/series";
import { problemLine } from "../render/seriesText";

/**
 * The standard output: one object, or text. Problems that did not keep the rest from being read are in the object, else each is a
 * line on standard error.
 */
export function output(json: boolean, report: object, plain: string, problems: readonly Problem[]): string {
  if (json) return `${JSON.stringify(report, null, 2)}\n`;
  for (const problem of problems) warn(problemLine(problem));
  return plain;
}

/** The error for a source that cannot be used, with what to do. */
export function refusal(source: string, message: string): HumanError {
  return new HumanError(problemLine({ source, message }));
}

/** One line on standard error. */
export function warn(line: string): void {
  process.stderr.write(`${visibleText(line)}\n`);
}

/**
 * Prints all output, without the control characters that a stranger may have written into a mail. It returns when everything is
 * written. A reader that left (`| head -1`) has what it wanted, so that is not an error.
 *
 * @param exact whether another program gets every byte; a terminal never does
 */
export function print(stream: Pick<NodeJS.WriteStream, "isTTY" | "on" | "write">, made: string, exact = false): Promise<void> {
  const text = exact && !stream.isTTY ? made : made.startsWith("{") ? visibleJson(made) : visibleText(made);
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null): void => {
      // A failure of standard error cannot be reported to anybody.
      if (!error || ("code" in error && error.code === "EPIPE") || stream === process.stderr) resolve();
      else reject(new HumanError(`What was found could not be written (${error.message}); free some space there, or write it elsewhere.`));
    };
    stream.on("error", done);
    stream.write(text, done);
  });
}
