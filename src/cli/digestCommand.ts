/** `kvm-series digest`: a digest written out of digests, or out of the mails that came to an archive in a range. */
import { formatDigest, type Digest } from "../core/digest";
import { digestOfMails } from "../core/digestOfMails";
import { HumanError } from "../core/humanError";
import { withTexts } from "../core/loadedRevision";
import { readMail } from "../core/mail";
import type { Problem, Series } from "../core/series";
import { seriesInRange } from "../core/seriesInRange";
import { writeDigestReport, type DigestFormat } from "../render/digestPage";
import { digestReport } from "../render/digestReport";
import { problemLine } from "../render/seriesText";
import { archiveGit } from "../sources/archiveGit";
import { rangeOfArchive, rangeOfMailFile, type MailRange, type RangeEnds } from "../sources/mailRange";
import { findSources, isArchive, isMailFile, openSources, type FoundSource, type OpenedSources } from "./sources";

/** A call that is worded wrongly: exit code 2 and the usage. */
export class UsageError extends Error {}

export interface DigestCall {
  readonly sources: readonly string[];
  readonly format: DigestFormat;
  readonly ends: RangeEnds;
  readonly title: string | undefined;
  /** This program's file. */
  readonly script: string;
}

const listName = "KVM";
const listUrl = "https://lore.kernel.org/kvm/";
const classicIsOne = "--format classic writes one digest from one source; choose another format to merge several.";

/** Writes the digest a call asks for. */
export async function digestOfSources(call: DigestCall): Promise<{ readonly text: string; readonly problems: readonly Problem[] }> {
  const found = findSources(call.sources);
  const archives = found.filter(({ kind }) => isArchive(kind));
  if (found.some(({ kind }) => kind === "index"))
    throw new HumanError("An index holds no mail to write a digest of; name the archive it was made of.");
  const isRange = call.ends.from !== null || call.ends.to !== null;
  if (archives.length < found.length && isRange) {
    throw new UsageError("--from and --to choose a range of an archive; a digest has its range already.");
  }
  if (call.format === "classic") {
    const [only, ...more] = found;
    if (!only || more.length > 0) throw new UsageError(classicIsOne);
    if (isArchive(only.kind)) {
      const { mails, from, to } = await rangeOf(only, call.ends);
      return { text: formatDigest(digestOfMails(mails, { from, to, list: listName })), problems: [] };
    }
  }
  const ranges = await Promise.all(archives.map((archive) => rangeOf(archive, call.ends)));
  const opened = await openSources(call.sources, undefined, call.script);
  if (call.format === "classic") {
    const [only, ...more] = opened.digests;
    if (!only || more.length > 0) throw new UsageError(classicIsOne);
    return { text: formatDigest(only.digest), problems: opened.problems };
  }
  const series = archives.length === 0 ? opened.series() : await seriesOfRanges(opened, ranges);
  const range = rangeOfAll([...opened.digests.map(({ digest }) => digest), ...ranges]);
  const list = opened.digests.find(({ digest }) => digest.list)?.digest.list ?? listName;
  return {
    text: writeDigestReport(digestReport({ ...range, list }, series, { title: call.title, listUrl }), call.format),
    problems: opened.problems,
  };
}

async function rangeOf({ name, path, kind }: FoundSource, ends: RangeEnds): Promise<MailRange> {
  try {
    if (isMailFile(kind)) return await rangeOfMailFile(kind, path, ends);
    return await rangeOfArchive(path, ends, { run: archiveGit(process.env["KVM_SERIES_GIT"]), binary: process.env["KVM_SERIES_GIT"] });
  } catch (error) {
    if (error instanceof HumanError) throw new HumanError(problemLine({ source: name, message: error.message }));
    throw error;
  }
}

/** The range all sources make together: as the first begins and the last ends. */
function rangeOfAll(ranges: ReadonlyArray<Pick<Digest, "from" | "to">>): Pick<Digest, "from" | "to"> {
  return { from: ranges[0]?.from ?? "", to: ranges.at(-1)?.to ?? "" };
}

/** The series of which mails came in the ranges, with the letters whose changelogs the digest quotes; those of digests too. */
async function seriesOfRanges(opened: OpenedSources, ranges: readonly MailRange[]): Promise<Series[]> {
  const ids = new Set(ranges.flatMap(({ mails }) => mails.flatMap(({ messageId }) => (messageId === null ? [] : [messageId]))));
  const all = opened.series();
  const posted = seriesInRange(all, ids);
  const fromDigests = all.filter(({ revisions }) => revisions.every(({ posted: facts }) => !facts));
  const firstIds = posted.flatMap(({ revisions }) => revisions.at(-1)?.messageId ?? []);
  const letters = new Map([...(await opened.mails(firstIds))].map(([id, bytes]) => [id, readMail(bytes)]));
  return [
    ...posted.map((series) => ({ ...series, revisions: series.revisions.map((revision) => withTexts(revision, letters)) })),
    ...fromDigests,
  ];
}
