/** The command line: the same engine as the extension, without VS Code. The contract is docs/cli.md. */
import { resolve } from "node:path";
import { parseArgs, type ParseArgsConfig } from "node:util";
import { digestOfSources, UsageError } from "./cli/digestCommand";
import { needSqlite } from "./cli/node24";
import { findSources, isArchive, openSources, type OpenedSources } from "./cli/sources";
import { HumanError, humanMessage } from "./core/humanError";
import { mailIdsOf, withTexts } from "./core/series/loadedRevision";
import { readMail } from "./core/mail/mail";
import { newestRevision, seriesStatuses, type Problem, type Revision, type Series } from "./core/series/series";
import { seriesMbox } from "./core/series/seriesMbox";
import { digestFormats, type DigestFormat } from "./render/digestPage";
import { seriesReport, showReport, touchingReport } from "./render/seriesJson";
import { problemLine, seriesListText, seriesText, touchingText } from "./render/seriesText";
import type { SourceKind } from "./sources/detect";

const usage = `Usage:
  kvm-series series   SOURCE... [--json] [--subsystem S] [--status S] [--author A] [--since DATE]
  kvm-series show     SOURCE... --id ID [--revision N] [--json]
  kvm-series touching PATH[:LINE[-LINE]] SOURCE... [--tree DIR] [--suffix] [--all] [--json]
  kvm-series mbox     SOURCE... --id ID [--revision N] [--no-trailers]
  kvm-series collides SOURCE... --tree DIR [--range A..B | --upstream] [--prove] [--json]
  kvm-series applies  SOURCE... --tree DIR [--onto REV] [--id ID] [--json]
  kvm-series digest   SOURCE... [--from REV|DATE] [--to REV|DATE] [--format ${digestFormats.join("|")}] [--title NAME]
  kvm-series index    SOURCE... --db FILE [--json]
SOURCE is a digest or a folder of digests (later ones are newer), a public-inbox archive, an mbox (.gz too), a maildir,
a mail or a folder of mails, or an index.
`;

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;
const commands: Record<string, { options: NonNullable<ParseArgsConfig["options"]>; run: (call: Call) => Promise<string> }> = {
  series: { options: { json: flag, subsystem: text, status: text, author: text, since: text }, run: listSeries },
  show: { options: { json: flag, id: text, revision: text }, run: showSeries },
  touching: { options: { json: flag, tree: text, suffix: flag, all: flag }, run: touching },
  mbox: { options: { id: text, revision: text, "no-trailers": flag }, run: mbox },
  collides: { options: { json: flag, tree: text, range: text, upstream: flag, prove: flag }, run: collides },
  applies: { options: { json: flag, tree: text, onto: text, id: text }, run: applies },
  digest: { options: { format: text, title: text, from: text, to: text }, run: digest },
  index: { options: { db: text, json: flag }, run: index },
};

interface Call {
  readonly words: readonly string[];
  option(name: string): string | undefined;
  flag(name: string): boolean;
}

/** Opens the sources of a call. */
async function open(sources: readonly string[], treeFolder?: string): Promise<OpenedSources> {
  if (sources.length === 0) throw new UsageError("No SOURCE was given.");
  return openSources(sources, treeFolder, __filename);
}

/** Problems that did not keep the rest from being read: in the JSON, else on stderr. */
function output(json: boolean, report: object, plain: string, problems: readonly Problem[]): string {
  if (json) return `${JSON.stringify(report, null, 2)}\n`;
  for (const problem of problems) process.stderr.write(`${problemLine(problem)}\n`);
  return plain;
}

async function listSeries(call: Call): Promise<string> {
  const [subsystem, status, author, since] = ["subsystem", "status", "author", "since"].map((name) => call.option(name)?.toLowerCase());
  if (since !== undefined && Number.isNaN(Date.parse(since)))
    throw new UsageError(`--since takes a date such as 2026-10-01, not “${since}”.`);
  if (status !== undefined && !seriesStatuses.some((known) => known === status))
    throw new UsageError(`--status is one of ${seriesStatuses.join(", ")}, not “${status}”.`);
  const { series, problems } = await open(call.words);
  const wanted = series().filter(
    (one) =>
      (subsystem === undefined || one.subsystem.toLowerCase() === subsystem) &&
      (status === undefined || one.status === status) &&
      (author === undefined || one.revisions.some(({ author: { name, email } }) => `${name} <${email}>`.toLowerCase().includes(author))) &&
      (since === undefined || one.revisions.some(({ date }) => date === null || Date.parse(date) >= Date.parse(since))),
  );
  return output(call.flag("json"), seriesReport(wanted, problems), seriesListText(wanted), problems);
}

async function showSeries(call: Call): Promise<string> {
  const { one, revision, opened } = await findRevision("show", call);
  const { mails, problems } = opened;
  const shown = revision ?? newestRevision(one);
  const letters = new Map([...(await mails(mailIdsOf(shown)))].map(([messageId, bytes]) => [messageId, readMail(bytes)]));
  const read = withTexts(shown, letters);
  const whole = { ...one, revisions: one.revisions.map((each) => (each === shown ? read : each)) };
  return output(call.flag("json"), showReport(one, revision, problems), seriesText(whole, revision && read), problems);
}

interface FoundRevision {
  readonly one: Series;
  /** Null where none was asked for. */
  readonly revision: Revision | null;
  readonly opened: OpenedSources;
}

/** The series of `--id` and the revision of `--revision`. */
async function findRevision(command: string, call: Call): Promise<FoundRevision> {
  const id = call.option("id");
  if (id === undefined) throw new UsageError(`${command} needs --id ID.`);
  const version = call.option("revision");
  if (version !== undefined && !/^v?\d+$/i.test(version)) throw new UsageError(`--revision takes a version number, not “${version}”.`);
  const opened = await open(call.words);
  const one = opened.find(id);
  if (!one) throw new HumanError(`There is no series with the id “${id}” in these sources.`);
  const number = version === undefined ? null : Number(version.replace(/^v/i, ""));
  const revision = number === null ? null : (one.revisions.findLast((candidate) => candidate.version === number) ?? null);
  if (number !== null && !revision) throw new HumanError(`The series ${one.id} has no revision ${number} in these sources.`);
  return { one, revision, opened };
}

async function mbox(call: Call): Promise<string> {
  const { one, revision, opened } = await findRevision("mbox", call);
  const wanted = revision ?? newestRevision(one);
  const { text } = seriesMbox(wanted, await opened.mails(mailIdsOf(wanted)), { trailers: !call.flag("no-trailers") });
  return output(false, {}, text, opened.problems);
}

async function touching(call: Call): Promise<string> {
  const [asked, ...sources] = call.words;
  if (asked === undefined) throw new UsageError("touching needs a PATH.");
  const [, named = asked, first, last = first] = /^(.*?)(?::(\d+)(?:-(\d+))?)?$/s.exec(asked) ?? [];
  const path = named.replace(/^(?:\.\/)+/, "");
  const lines = first === undefined ? null : ([Number(first), Number(last)] as const);
  if (lines && (lines[0] < 1 || lines[1] < lines[0]))
    throw new UsageError(`“${asked}” names no lines; write PATH:LINE or PATH:FIRST-LAST.`);
  const opened = await open(sources, call.option("tree"));
  const touches = opened.touching({ path, lines, suffix: call.flag("suffix"), all: call.flag("all") });
  return output(call.flag("json"), touchingReport(path, touches, opened.problems), touchingText(path, touches), opened.problems);
}

async function collides(call: Call): Promise<string> {
  const tree = call.option("tree");
  if (tree === undefined) throw new UsageError("collides needs --tree DIR.");
  const opened = await open(call.words, tree);
  // It loads git, which most commands do without.
  const { findCollides } = await import("./cli/collidesCommand.js");
  const question = { tree, range: call.option("range"), upstream: call.flag("upstream"), prove: call.flag("prove") };
  const { report, text: plain } = await findCollides(opened, question);
  return output(call.flag("json"), report, plain, opened.problems);
}

async function applies(call: Call): Promise<string> {
  const tree = call.option("tree");
  if (tree === undefined) throw new UsageError("applies needs --tree DIR.");
  const opened = await open(call.words, tree);
  const { appliesOfSources } = await import("./cli/appliesCommand.js");
  const question = { tree: resolve(tree), onto: call.option("onto") ?? "HEAD", id: call.option("id") };
  const { report, plain } = await appliesOfSources(opened, question);
  return output(call.flag("json"), report, plain === "" ? "No series is pending.\n" : plain, opened.problems);
}

async function digest(call: Call): Promise<string> {
  const format = call.option("format") ?? "classic";
  if (!isDigestFormat(format)) throw new UsageError(`--format is one of ${digestFormats.join(", ")}, not “${format}”.`);
  if (call.words.length === 0) throw new UsageError("No SOURCE was given.");
  const { text, problems } = await digestOfSources({
    sources: call.words,
    format,
    ends: { from: call.option("from") ?? null, to: call.option("to") ?? null },
    title: call.option("title"),
    script: __filename,
  });
  return output(false, {}, text, problems);
}

async function index(call: Call): Promise<string> {
  const file = call.option("db");
  if (file === undefined) throw new UsageError("index needs --db FILE.");
  if (call.words.length === 0) throw new UsageError("No SOURCE was given.");
  for (const { name, kind } of findSources(call.words)) {
    if (!isArchive(kind)) throw new HumanError(problemLine({ source: name, message: notIndexed(kind) }));
  }
  needSqlite(__filename);
  const { updateIndex } = await import("./cli/indexed.js");
  const { mails, patches, revisions, series, seconds, problems } = await updateIndex(call.words, resolve(file));
  const counts = { mails, patches, revisions, series, seconds: Math.round(seconds * 1000) / 1000 };
  const plain = `${mails} mails, ${patches} patches, ${revisions} revisions, ${series} series in ${counts.seconds} s\n`;
  const [first] = problems;
  if (mails === 0 && first) throw new HumanError(problemLine(first));
  // The object has its few numbers and no problems, so these stand beside it.
  for (const problem of problems) process.stderr.write(`${problemLine(problem)}\n`);
  return call.flag("json") ? `${JSON.stringify(counts, null, 2)}\n` : plain;
}

function notIndexed(kind: SourceKind): string {
  if (kind === "absent") return "There is no such file or folder; check its name.";
  if (kind === "digest") return "This is a digest, which is read as it is and needs no index.";
  if (kind === "index") return "This is an index already; name the archive.";
  return "This is no mail archive: neither a public-inbox repository nor an mbox, a maildir or a folder of mails.";
}

function isDigestFormat(format: string): format is DigestFormat {
  return digestFormats.some((known) => known === format);
}

function parseCall(options: NonNullable<ParseArgsConfig["options"]>, args: string[]): Call {
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const value = (name: string): unknown => values[name];
    return {
      words: positionals,
      option: (name) => (typeof value(name) === "string" ? String(value(name)) : undefined),
      flag: (name) => value(name) === true,
    };
  } catch (error) {
    // Node's first sentence says which option is wrong; the others are about a way round that nobody asked for.
    throw new UsageError(`${humanMessage(error).split(/\.(?: |$)/, 1)[0] ?? ""}.`);
  }
}

async function main(args: string[]): Promise<number> {
  const [name = "", ...rest] = args;
  if (["help", "--help", "-h"].includes(name)) {
    await print(process.stdout, usage);
    return 0;
  }
  try {
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!command) throw new UsageError(name ? `There is no command “${name}”.` : "No command was given.");
    await print(process.stdout, await command.run(parseCall(command.options, rest)));
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      await print(process.stderr, `${error.message}\n${usage}`);
      return 2;
    }
    const sentence = sentenceOf(error);
    if (sentence === null) throw error;
    await print(process.stderr, `${sentence}\n`);
    return 1;
  }
}

/** What is said of an error that is none of ours: a person's mistake, or the system's refusal; null for a bug. */
function sentenceOf(error: unknown): string | null {
  if (error instanceof HumanError) return error.message;
  const isSystem = error instanceof Error && "code" in error && typeof error.code === "string" && /^E[A-Z]+$|^ERR_SQLITE/.test(error.code);
  return isSystem ? `It could not be read or written (${error.message.split("\n", 1)[0] ?? ""}).` : null;
}

/** Writes all of it before the process may end. A reader that left (`| head -1`) has what it wanted: that is no error. */
function print(stream: NodeJS.WriteStream, output: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null): void => {
      if (error && !("code" in error && error.code === "EPIPE")) reject(error);
      else resolve();
    };
    stream.on("error", done);
    stream.write(output, done);
  });
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
