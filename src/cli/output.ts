/** What a call prints, and where. */
import { HumanError } from "../core/humanError";
import { visibleJson, visibleText } from "../core/mail/hiddenCharacters";
import type { Problem } from "../core/series/series";
import { problemLine } from "../render/seriesText";

/**
 * What stands on standard output: one object, or text. Problems that did not keep the rest from being read are in the object,
 * else each is a line on standard error.
 */
export function output(json: boolean, report: object, plain: string, problems: readonly Problem[]): string {
  if (json) return `${JSON.stringify(report, null, 2)}\n`;
  for (const problem of problems) warn(problemLine(problem));
  return plain;
}

/** The error of a source that cannot be used: one sentence that says what, and what to do. */
export function refusal(source: string, message: string): HumanError {
  return new HumanError(problemLine({ source, message }));
}

/** One line on standard error. */
export function warn(line: string): void {
  process.stderr.write(`${visibleText(line)}\n`);
}

/**
 * The door that all output goes through: no control character that a stranger wrote into a mail reaches the terminal, wherever
 * it got into the text. Writes all of it before the process may end. A reader that left (`| head -1`) has what it wanted: that
 * is no error.
 *
 * @param exact whether another program gets every byte; a person at a terminal does not
 */
export function print(stream: Pick<NodeJS.WriteStream, "isTTY" | "on" | "write">, made: string, exact = false): Promise<void> {
  const text = exact && !stream.isTTY ? made : made.startsWith("{") ? visibleJson(made) : visibleText(made);
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null): void => {
      // That standard error cannot be written to can be told to nobody.
      if (!error || ("code" in error && error.code === "EPIPE") || stream === process.stderr) resolve();
      else reject(new HumanError(`What was found could not be written (${error.message}); free some space there, or write it elsewhere.`));
    };
    stream.on("error", done);
    stream.write(text, done);
  });
}
