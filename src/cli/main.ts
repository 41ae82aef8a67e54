/** The command line: the same engine as the extension, without VS Code. The contract is docs/cli.md. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HumanError } from "../core/humanError";
import { visibleText } from "../core/mail/hiddenCharacters";
import { type AnyCommand, didYouMean, UsageError } from "./call";
import { commands, helpOf, usage, usageOf } from "./commands";
import { InputStreams } from "./keptFiles";
import { print } from "./output";

async function main([name = "", ...rest]: readonly string[]): Promise<number> {
  let known: AnyCommand | undefined;
  try {
    if (name === "--version" || name === "-V") return await answer(`kvm-series ${version()}\n`);
    if (name === "--help" || name === "-h" || (name === "help" && rest.length === 0)) return await answer(usage());
    const asked = name === "help" ? (rest[0] ?? "") : name;
    known = commandOf(asked);
    if (name === "help" || asksForHelp(rest)) return await answer(helpOf(asked, known));
    const environment = { git: process.env["KVM_SERIES_GIT"], streams: new InputStreams(process.env) };
    const { text, exact } = await known.call(name, rest, environment);
    return await answer(text, exact);
  } catch (error) {
    if (error instanceof UsageError) {
      await print(process.stderr, `${error.message}\n${known ? usageOf(name, known) : usage()}`);
      return 2;
    }
    const sentence = sentenceOf(error);
    if (sentence === null) throw error;
    await print(process.stderr, `${sentence}\n`);
    return 1;
  }
}

async function answer(text: string, exact?: boolean): Promise<number> {
  await print(process.stdout, text, exact);
  return 0;
}

function commandOf(name: string): AnyCommand {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command) return command;
  if (name === "") throw new UsageError("No command was given.");
  if (name.startsWith("-")) throw new UsageError(`The command comes first, “${name}” after it.`);
  throw new UsageError(`Unknown command “${name}”${didYouMean(name, [...Object.keys(commands), "help"])}.`);
}

/** It may be anywhere among the words, as with git. */
function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  return (end < 0 ? words : words.slice(0, end)).some((word) => word === "--help" || word === "-h");
}

function version(): string {
  const { version } = JSON.parse(readFileSync(join(__dirname, "..", "package.json"), "utf8")) as { readonly version: string };
  return version;
}

/** The sentence for a person's mistake or a refusal of the system; null for a bug. */
function sentenceOf(error: unknown): string | null {
  if (error instanceof HumanError) return error.message;
  if (!(error instanceof Error && "code" in error && typeof error.code === "string" && /^E[A-Z]+$|^ERR_SQLITE/.test(error.code)))
    return null;
  const where = "path" in error && typeof error.path === "string" ? `${visibleText(error.path)}: ` : "";
  return `${where}${refusals[error.code] ?? `It could not be read or written (${error.message.split("\n", 1)[0] ?? ""}); try again, or name another place.`}`;
}

/** Errors of the system, and what to do. */
const refusals: Readonly<Record<string, string>> = {
  EACCES: "You have no permission for it; change its mode, or choose another place.",
  EPERM: "You have no permission for it; change its mode, or choose another place.",
  ENOENT: "There is no such file or folder; check its name.",
  ENOTDIR: "Part of the path is not a folder; check its name.",
  EISDIR: "This is a folder, where a file is needed; name one in it.",
  ENOSPC: "The disk is full; free some space, then run the command again.",
  EROFS: "The file system is read-only; choose another place.",
  EMFILE: "Too many files are open; close some programs, or raise “ulimit -n”.",
};

void main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  async (error: unknown) => {
    // The report of a bug, with all that helps to find it; its message may contain a stranger's words.
    await print(process.stderr, `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
