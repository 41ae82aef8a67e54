/** `kvm-series digest`: writes a digest from digests, or from the mails that came to an archive in a range. */
import { type Digest, formatDigest } from "../core/digest/digest";
import { digestOfMails, type RangeEnds, rangeInWords, type ReadRange } from "../core/digest/digestOfMails";
import { HumanError } from "../core/humanError";
import type { Problem, Series } from "../core/series/series";
import { readWrittenDate } from "../core/series/writtenDate";
import { seriesOfRanges } from "../library/library";
import { type DigestFormat, digestReport, writeDigestReport } from "../render/digestReport";
import { type ArchiveKind, isArchiveKind } from "../sources/detect";
import { newestMail, readRange } from "../sources/mailRange";
import { type Call, type Environment, UsageError } from "./call";
import { output, refusal } from "./output";
import { findSources, type FoundSource, openFound } from "./sources";

const listName = "KVM";
const listUrl = "https://lore.kernel.org/kvm/";
const classicIsOne = "--format classic writes one digest from one source; choose another format to merge several.";

export interface DigestOptions {
  readonly format: DigestFormat | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly title: string | undefined;
}

export async function printDigest({ words, options, environment }: Call<DigestOptions>): Promise<string> {
  const { format = "classic", from = null, to = null, title } = options;
  const { text, problems } = await digestOf(words, { format, ends: { from, to }, title }, environment);
  return output(false, {}, text, problems);
}

interface WantedDigest {
  readonly format: DigestFormat;
  readonly ends: RangeEnds;
  readonly title: string | undefined;
}

async function digestOf(
  sources: readonly string[],
  { format, ends, title }: WantedDigest,
  environment: Environment,
): Promise<{ readonly text: string; readonly problems: readonly Problem[] }> {
  const found = await findSources(sources, environment);
  const { git } = environment;
  const archives = found.filter(({ kind }) => isArchiveKind(kind));
  if (found.some(({ kind }) => kind === "index"))
    throw new HumanError("An index holds no mail to write a digest of; name the archive it was made of.");
  const isRange = ends.from !== null || ends.to !== null;
  if (archives.length < found.length && isRange) {
    throw new UsageError("--from and --to choose a range of an archive; a digest has its range already.");
  }
  if (format === "classic") {
    const [only, ...more] = found;
    if (!only || more.length > 0) throw new UsageError(classicIsOne);
    if (isArchiveKind(only.kind)) {
      const range = await rangeOf(only, ends, git);
      await refuseEmpty([only], [range], git);
      const { mails, from, to, problems } = range;
      return { text: formatDigest(digestOfMails(mails, { from, to, list: listName })), problems: problems.map(problemOf(only)) };
    }
  }
  const counted = archives.length > 1 ? await countedFromNewest(archives, ends, git) : ends;
  const ranges = await Promise.all(archives.map((archive) => rangeOf(archive, counted, git)));
  if (archives.length === found.length) await refuseEmpty(archives, ranges, git);
  const { library, problems } = await openFound(found, environment);
  const { digests } = library;
  if (format === "classic") {
    const [only, ...more] = digests;
    if (!only || more.length > 0) throw new UsageError(classicIsOne);
    return { text: formatDigest(only.digest), problems };
  }
  const ofDigests = digests.length === 0 ? [] : library.series.filter(isOfDigests);
  const series = [...(await seriesOfRanges(ranges, library)), ...ofDigests];
  const range = rangeOfAll([...digests.map(({ digest }) => digest), ...ranges]);
  const list = digests.find(({ digest }) => digest.list)?.digest.list ?? listName;
  return {
    text: writeDigestReport(digestReport({ ...range, list }, series, { title, listUrl: () => listUrl }), format),
    problems,
  };
}

function problemOf({ name }: FoundSource): (message: string) => Problem {
  return (message) => ({ source: name, message });
}

/** With several archives, relative dates count from the newest mail of all. */
async function countedFromNewest(archives: readonly FoundSource[], ends: RangeEnds, git: string | undefined): Promise<RangeEnds> {
  if (![ends.from, ends.to].some((end) => end !== null && readWrittenDate(end)?.relative === true)) return ends;
  return { ...ends, now: Math.max(...(await Promise.all(archives.map((archive) => newestMailOf(archive, git))))) };
}

/** A range without any mail has wrong ends, or its archive was not fetched. */
async function refuseEmpty(archives: readonly FoundSource[], ranges: readonly ReadRange[], git: string | undefined): Promise<void> {
  const [empty] = ranges;
  if (!empty || ranges.some(({ count }) => count > 0)) return;
  if (empty.from > empty.to && [empty.from, empty.to].every((end) => /^\d{4}-/.test(end)))
    throw new UsageError(`--from ${empty.from} is later than --to ${empty.to}.`);
  const newest = Math.max(...(await Promise.all(archives.map((archive) => newestMailOf(archive, git)))));
  const until = newest > 0 ? `the newest is of ${new Date(newest).toISOString().slice(0, 10)}` : "none in it has a date";
  const source = archives.map(({ name }) => name).join(", ");
  throw refusal(source, `There is no mail ${rangeInWords(empty)}; ${until}, so choose other ends or fetch the archive.`);
}

async function rangeOf(source: FoundSource, ends: RangeEnds, git: string | undefined): Promise<ReadRange> {
  return naming(source, (kind) => readRange(source.path, kind, ends, { git }));
}

async function newestMailOf(source: FoundSource, git: string | undefined): Promise<number> {
  return naming(source, (kind) => newestMail(source.path, kind, { git }));
}

/** Reads an archive; its errors get its name. */
async function naming<T>({ name, kind }: FoundSource, read: (kind: ArchiveKind) => Promise<T>): Promise<T> {
  try {
    if (!isArchiveKind(kind)) throw new Error("only archives have ranges");
    return await read(kind);
  } catch (error) {
    if (error instanceof HumanError) throw refusal(name, error.message);
    throw error;
  }
}

/** The range of all sources: from the beginning of the first to the end of the last. */
function rangeOfAll(ranges: ReadonlyArray<Pick<Digest, "from" | "to">>): Pick<Digest, "from" | "to"> {
  return { from: ranges[0]?.from ?? "", to: ranges.at(-1)?.to ?? "" };
}

/** Whether a series is known only from digests. */
function isOfDigests({ revisions }: Series): boolean {
  return revisions.every(({ posted }) => !posted);
}
