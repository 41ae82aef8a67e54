/** What a call prints, and where. */
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

/** One line on standard error. */
export function warn(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Writes all of it before the process may end. A reader that left (`| head -1`) has what it wanted: that is no error. */
export function print(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null): void => {
      if (error && !("code" in error && error.code === "EPIPE")) reject(error);
      else resolve();
    };
    stream.on("error", done);
    stream.write(text, done);
  });
}
