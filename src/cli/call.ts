/** Reads and checks the words and options of a call, and suggests what was probably meant by a wrong one. */
import { parseArgs, type ParseArgsConfig } from "node:util";
import type { InputStreams } from "./keptFiles";

/** A wrong call: exit code 2 and the usage of the command. */
export class UsageError extends Error {}

export interface Option {
  /** The name of its value (`DATE`); absent for an option without a value. */
  readonly takes?: string;
  /** The only values that it takes. */
  readonly words?: readonly string[];
  /** Whether the command needs it. */
  readonly needed?: boolean;
  readonly short?: string;
  readonly help: string;
}

export type Options = Readonly<Record<string, Option>>;

/** The value of an option in a call: its text, or whether it was given. */
type OptionValue<O extends Option> = O extends { readonly takes: string }
  ? (O extends { readonly words: ReadonlyArray<infer Word> } ? Word : string) | (O extends { readonly needed: true } ? never : undefined)
  : boolean;

export type OptionValues<O extends Options> = { readonly [Name in keyof O]: OptionValue<O[Name]> };

export interface Command<O extends Options = Options> {
  /** What the command does, as the end of a sentence: `lists the series`. */
  readonly summary: string;
  /** The arguments besides the options. */
  readonly takes: string;
  /** The options by name, in the order of the help. */
  readonly options: O;
  /** An example call, and what it does. */
  readonly example: readonly [call: string, does: string];
  /** Whether its output is for another program, byte for byte; see `print`. */
  readonly exact?: (options: OptionValues<O>) => boolean;
  /** Runs the command and returns what is printed. */
  readonly run: (call: Call<OptionValues<O>>) => Promise<string>;
}

/** A command with its options typed by its table. */
export type AnyCommand = Pick<Command, "summary" | "takes" | "options" | "example"> & {
  /** Reads the words behind the name, runs the command and returns what is printed. */
  readonly call: (name: string, args: readonly string[], environment: Environment) => Promise<Printed>;
};

export interface Printed {
  readonly text: string;
  readonly exact: boolean;
}

/** The commands by name. */
export type Commands = Readonly<Record<string, AnyCommand>>;

/** The environment of a call. */
export interface Environment {
  /** Another git than the one on `PATH`. */
  readonly git: string | undefined;
  readonly streams: InputStreams;
}

export interface Call<O> {
  readonly words: readonly string[];
  readonly options: O;
  readonly environment: Environment;
}

/** Makes a command from its table and the function that runs it. */
export function command<const O extends Options>({ run, exact, ...table }: Command<O>): AnyCommand {
  return {
    ...table,
    async call(name, args, environment) {
      const { words, options } = parseCall(name, table.options, args);
      const text = await run({ words, options, environment });
      return { text, exact: exact?.(options) ?? false };
    },
  };
}

/** An option as Node's parser returns it. */
interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

/**
 * Reads the words behind a command's name. Throws a `UsageError` for an unknown option, for a wrong value of an option, and when a
 * required option is missing.
 */
function parseCall<O extends Options>(name: string, table: O, args: readonly string[]): { words: string[]; options: OptionValues<O> } {
  const config: NonNullable<ParseArgsConfig["options"]> = {};
  for (const [option, { takes, short }] of Object.entries(table))
    config[option] = { type: takes === undefined ? "boolean" : "string", ...(short === undefined ? {} : { short }) };
  // Not strict, so that errors have our own words.
  const { tokens } = parseArgs({ args: [...args], options: config, allowPositionals: true, strict: false, tokens: true });
  const values = new Map<string, string>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    else if (token.kind === "option") values.set(token.name, checkedValue(token, table));
  }
  const options = Object.entries(table).map(([option, { takes, needed }]) => {
    const value = values.get(option);
    if (needed === true && value === undefined) throw new UsageError(`${name} needs --${option} ${takes ?? ""}.`);
    return [option, takes === undefined ? value !== undefined : value] as const;
  });
  return { words, options: Object.fromEntries(options) as OptionValues<O> };
}

function checkedValue(token: OptionToken, options: Options): string {
  const { rawName, name, value, inlineValue } = token;
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (!option) {
    const near = didYouMean(
      rawName,
      Object.keys(options).map((known) => `--${known}`),
    );
    throw new UsageError(`Unknown option “${rawName}”${near}.`);
  }
  if (option.takes === undefined) {
    if (inlineValue === true) throw new UsageError(`--${name} takes no value; leave out “${value ?? ""}”.`);
    return "";
  }
  // The next option is not a value, unless it is written as one: “--title=--json”.
  const isNextOption = inlineValue !== true && value !== undefined && /^-[^\d]/.test(value);
  if (value === undefined || value === "" || isNextOption) throw new UsageError(`--${name} needs a value: ${option.takes}.`);
  if (!option.words) return value;
  const word = value.toLowerCase();
  if (option.words.includes(word)) return word;
  throw new UsageError(`--${name} is one of ${option.words.join(", ")}, not “${value}”${didYouMean(word, option.words)}.`);
}

// Suggestions for an unknown word.

/** Longer words are not typing errors. */
const longestWord = 64;
const mostOffered = 3;

/** `; perhaps “series” is meant`, for the end of a sentence; "" when nothing is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearestWords(word, known).map((one) => `“${one}”`);
  return near.length === 0 ? "" : `; perhaps ${near.join(" or ")} is meant`;
}

/** The known words nearest to a wrong one, nearest first; [] when all are too far. */
export function nearestWords(word: string, known: readonly string[]): string[] {
  const wrong = word.toLowerCase();
  if (wrong === "" || wrong.length > longestWord) return [];
  const rated = known.flatMap((one) => {
    const right = one.toLowerCase();
    const rating = right.startsWith(wrong) || (right.length > 2 && wrong.startsWith(right)) ? 0.5 : distance(wrong, right);
    return rating <= Math.max(1, Math.max(wrong.length, right.length) * 0.4) ? [{ one, rating }] : [];
  });
  const best = Math.min(...rated.map(({ rating }) => rating));
  return rated
    .filter(({ rating }) => rating <= best)
    .map(({ one }) => one)
    .slice(0, mostOffered);
}

/** The number of letters to add, remove, change or swap with their neighbours to turn one word into another. */
function distance(a: string, b: string): number {
  let [before, last]: number[][] = [[], Array.from({ length: b.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((last?.[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last?.[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, (before?.[j - 2] ?? 0) + 1);
      row.push(least);
    }
    [before, last] = [last ?? [], row];
  }
  return last?.[b.length] ?? 0;
}
