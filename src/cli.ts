/** The command line: the same engine as the extension, without VS Code. The contract is docs/cli.md. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { parseArgs, type ParseArgsConfig } from "node:util";
import { formatDigest } from "./core/digest";
import { HumanError, humanMessage } from "./core/humanError";
import type { NamedDigest } from "./core/posting";
import { seriesStatuses, type Problem, type Series } from "./core/series";
import { makeTouchIndex } from "./core/touches";
import { findSeries, projectOfSeries, seriesOfDigests } from "./index/library";
import { digestFormats, writeDigestReport, type DigestFormat } from "./render/digestPage";
import { digestReport } from "./render/digestReport";
import { seriesReport, showReport, touchingReport } from "./render/seriesJson";
import { problemLine, seriesListText, seriesText, touchingText } from "./render/seriesText";
import { makeDigestReader } from "./sources/digestFile";
import { openTree, type OpenTree } from "./worktree/openTree";

const usage = `Usage:
  kvm-series series   SOURCE... [--json] [--subsystem S] [--status S] [--author A] [--since DATE]
  kvm-series show     SOURCE... --id ID [--revision N] [--json]
  kvm-series touching PATH[:LINE[-LINE]] SOURCE... [--tree DIR] [--suffix] [--all] [--json]
  kvm-series digest   SOURCE... [--format ${digestFormats.join("|")}] [--title NAME]
SOURCE is a digest or a folder of digests; later ones are newer.
`;

/** A call that is worded wrongly: exit code 2 and the usage. */
class UsageError extends Error {}

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;
const commands: Record<string, { options: NonNullable<ParseArgsConfig["options"]>; run: (call: Call) => Promise<string> }> = {
  series: { options: { json: flag, subsystem: text, status: text, author: text, since: text }, run: listSeries },
  show: { options: { json: flag, id: text, revision: text }, run: showSeries },
  touching: { options: { json: flag, tree: text, suffix: flag, all: flag }, run: touching },
  digest: { options: { format: text, title: text, from: text, to: text }, run: digest },
};

interface Call {
  readonly words: readonly string[];
  option(name: string): string | undefined;
  flag(name: string): boolean;
}

interface Read {
  readonly digests: readonly NamedDigest[];
  readonly problems: readonly Problem[];
  readonly series: readonly Series[];
  readonly tree: OpenTree | null;
}

/** Reads the sources of a call; a source that cannot be read at all is a problem with what was asked. */
async function read(sources: readonly string[], treeFolder?: string): Promise<Read> {
  if (sources.length === 0) throw new UsageError("No SOURCE was given.");
  const reader = makeDigestReader();
  const digests: NamedDigest[] = [];
  const problems: Problem[] = [];
  for (const source of sources) {
    const found = await reader.read(resolve(source));
    const first = found.problems[0];
    if (found.digests.length === 0) throw new HumanError(problemLine({ source, message: first?.message ?? "There is nothing in it." }));
    digests.push(...found.digests);
    problems.push(
      ...found.problems.map((problem) => ({ ...problem, source: problem.source === resolve(source) ? source : problem.source })),
    );
  }
  const tree = treeFolder === undefined ? null : await openTree(await folder(treeFolder), { git: true });
  return { digests, problems, series: seriesOfDigests(digests, { rules: [], trees: tree ? [tree] : [] }), tree };
}

/** The absolute path of a folder that must be there: a wrong one would silently be a tree without files. */
async function folder(path: string): Promise<string> {
  const stats = await stat(path).catch(() => null);
  if (!stats?.isDirectory()) throw new HumanError(problemLine({ source: path, message: "There is no such folder; check its name." }));
  return resolve(path);
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
  const { series, problems } = await read(call.words);
  const wanted = series.filter(
    (one) =>
      (subsystem === undefined || one.subsystem.toLowerCase() === subsystem) &&
      (status === undefined || one.status === status) &&
      (author === undefined || one.revisions.some(({ author: { name, email } }) => `${name} <${email}>`.toLowerCase().includes(author))) &&
      (since === undefined || one.revisions.some(({ date }) => date === null || Date.parse(date) >= Date.parse(since))),
  );
  return output(call.flag("json"), seriesReport(wanted, problems), seriesListText(wanted), problems);
}

async function showSeries(call: Call): Promise<string> {
  const id = call.option("id");
  if (id === undefined) throw new UsageError("show needs --id ID.");
  const version = call.option("revision");
  if (version !== undefined && !/^v?\d+$/i.test(version)) throw new UsageError(`--revision takes a version number, not “${version}”.`);
  const { series, problems } = await read(call.words);
  const one = findSeries(series, id);
  if (!one) throw new HumanError(`There is no series with the id “${id}” in these sources.`);
  const number = version === undefined ? null : Number(version.replace(/^v/i, ""));
  const revision = number === null ? null : (one.revisions.findLast((candidate) => candidate.version === number) ?? null);
  if (number !== null && !revision) throw new HumanError(`The series ${one.id} has no revision ${number} in these sources.`);
  return output(call.flag("json"), showReport(one, revision, problems), seriesText(one, revision), problems);
}

async function touching(call: Call): Promise<string> {
  const [asked, ...sources] = call.words;
  if (asked === undefined) throw new UsageError("touching needs a PATH.");
  const path = asked.replace(/:\d+(?:-\d+)?$/, "").replace(/^(?:\.\/)+/, "");
  const { series, problems, tree } = await read(sources, call.option("tree"));
  const pending = call.flag("all") ? series : series.filter(({ status }) => status !== "landed" && status !== "stale");
  const index = makeTouchIndex(pending, projectOfSeries);
  const project = tree?.project ?? null;
  const touches = call.flag("suffix") ? index.touchingSuffix(path.replace(/^\/+/, ""), project) : index.touching(path, project);
  return output(call.flag("json"), touchingReport(path, touches, problems), touchingText(path, touches), problems);
}

async function digest(call: Call): Promise<string> {
  const format = call.option("format") ?? "classic";
  if (!isDigestFormat(format)) throw new UsageError(`--format is one of ${digestFormats.join(", ")}, not “${format}”.`);
  if (call.option("from") !== undefined || call.option("to") !== undefined) {
    throw new UsageError("--from and --to choose a range of an archive; a digest has its range already.");
  }
  const { digests, series, problems } = await read(call.words);
  const [only, ...more] = digests;
  if (format === "classic") {
    if (!only || more.length > 0)
      throw new UsageError("--format classic writes one digest from one digest; choose another format to merge several.");
    return output(false, {}, formatDigest(only.digest), problems);
  }
  const options = { title: call.option("title"), listName: "KVM", listUrl: "https://lore.kernel.org/kvm/" };
  return output(false, {}, writeDigestReport(digestReport(digests, series, options), format), problems);
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
    if (error instanceof HumanError) {
      await print(process.stderr, `${error.message}\n`);
      return 1;
    }
    throw error;
  }
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
