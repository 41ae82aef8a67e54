/** `kvm-series digest`: a digest written out of digests, or out of the mails that came to an archive in a range. */
import { type Digest, formatDigest } from "../core/digest/digest";
import { digestOfMails, type RangeEnds, rangeInWords, type ReadRange } from "../core/digest/digestOfMails";
import { HumanError } from "../core/humanError";
import type { Problem, Series } from "../core/series/series";
import { readWrittenDate } from "../core/series/writtenDate";
import { seriesOfRanges } from "../library/library";
import { type DigestFormat, digestFormats, digestReport, writeDigestReport } from "../render/digestReport";
import { problemLine } from "../render/seriesText";
import { type ArchiveKind, isArchiveKind } from "../sources/detect";
import { newestMail, readRange } from "../sources/mailRange";
import { type Call, UsageError } from "./call";
import { output } from "./output";
import { findSources, type FoundSource, openFound } from "./sources";

const listName = "KVM";
const listUrl = "https://lore.kernel.org/kvm/";
const classicIsOne = "--format classic writes one digest from one source; choose another format to merge several.";

export async function printDigest(call: Call): Promise<string> {
  const format = digestFormats.find((one) => one === call.option("format")) ?? "classic";
  const ends = { from: call.option("from") ?? null, to: call.option("to") ?? null };
  const { text, problems } = await digestOf(call.words, { format, ends, title: call.option("title") });
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
): Promise<{ readonly text: string; readonly problems: readonly Problem[] }> {
  const found = await findSources(sources);
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
      const range = await rangeOf(only, ends);
      await refuseEmpty([only], [range]);
      const { mails, from, to, problems } = range;
      return { text: formatDigest(digestOfMails(mails, { from, to, list: listName })), problems: problems.map(problemOf(only)) };
    }
  }
  const counted = archives.length > 1 ? await countedFromNewest(archives, ends) : ends;
  const ranges = await Promise.all(archives.map((archive) => rangeOf(archive, counted)));
  if (archives.length === found.length) await refuseEmpty(archives, ranges);
  const opened = await openFound(found);
  if (format === "classic") {
    const [only, ...more] = opened.digests;
    if (!only || more.length > 0) throw new UsageError(classicIsOne);
    return { text: formatDigest(only.digest), problems: opened.problems };
  }
  const ofDigests = opened.digests.length === 0 ? [] : opened.series().filter(isOfDigests);
  const series = [...(await seriesOfRanges(ranges, opened)), ...ofDigests];
  const range = rangeOfAll([...opened.digests.map(({ digest }) => digest), ...ranges]);
  const list = opened.digests.find(({ digest }) => digest.list)?.digest.list ?? listName;
  return {
    text: writeDigestReport(digestReport({ ...range, list }, series, { title, listUrl: () => listUrl }), format),
    problems: opened.problems,
  };
}

function problemOf({ name }: FoundSource): (message: string) => Problem {
  return (message) => ({ source: name, message });
}

/** Of several archives all relative dates count from the newest mail of all. */
async function countedFromNewest(archives: readonly FoundSource[], ends: RangeEnds): Promise<RangeEnds> {
  if (![ends.from, ends.to].some((end) => end !== null && readWrittenDate(end)?.relative === true)) return ends;
  return { ...ends, now: Math.max(...(await Promise.all(archives.map(newestMailOf)))) };
}

/** A range without any mail is a mistake in its ends, or an archive that was not fetched. */
async function refuseEmpty(archives: readonly FoundSource[], ranges: readonly ReadRange[]): Promise<void> {
  const [empty] = ranges;
  if (!empty || ranges.some(({ count }) => count > 0)) return;
  if (empty.from > empty.to && [empty.from, empty.to].every((end) => /^\d{4}-/.test(end)))
    throw new UsageError(`--from ${empty.from} is later than --to ${empty.to}.`);
  const newest = Math.max(...(await Promise.all(archives.map(newestMailOf))));
  const until = newest > 0 ? `the newest is of ${new Date(newest).toISOString().slice(0, 10)}` : "none in it has a date";
  const source = archives.map(({ name }) => name).join(", ");
  throw new HumanError(
    problemLine({
      source,
      message: `There is no mail ${rangeInWords(empty)}; ${until}, so choose other ends or fetch the archive.`,
    }),
  );
}

async function rangeOf(source: FoundSource, ends: RangeEnds): Promise<ReadRange> {
  return naming(source, (kind) => readRange(source.path, kind, ends, { git: process.env["KVM_SERIES_GIT"] }));
}

async function newestMailOf(source: FoundSource): Promise<number> {
  return naming(source, (kind) => newestMail(source.path, kind, { git: process.env["KVM_SERIES_GIT"] }));
}

/** Asks an archive; what is wrong with it is told with its name. */
async function naming<T>({ name, kind }: FoundSource, read: (kind: ArchiveKind) => Promise<T>): Promise<T> {
  try {
    if (!isArchiveKind(kind)) throw new Error("only archives have ranges");
    return await read(kind);
  } catch (error) {
    if (error instanceof HumanError) throw new HumanError(problemLine({ source: name, message: error.message }));
    throw error;
  }
}

/** The range all sources make together: as the first begins and the last ends. */
function rangeOfAll(ranges: ReadonlyArray<Pick<Digest, "from" | "to">>): Pick<Digest, "from" | "to"> {
  return { from: ranges[0]?.from ?? "", to: ranges.at(-1)?.to ?? "" };
}

/** Whether a series is known from digests alone. */
function isOfDigests({ revisions }: Series): boolean {
  return revisions.every(({ posted }) => !posted);
}
