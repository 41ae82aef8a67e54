/**
 * The parts that only archives need, put together as extension.ts does it for the rest. It is a bundle of its own, loaded with the
 * first archive: reading its code takes most of the time in which an extension starts.
 */
import type { RangeEnds, ReadRange } from "../core/digest/digestOfMails";
import { type Indexer, startIndexer } from "../index/indexer";
import { startSearcher } from "../index/searcher";
import type { ArchiveSeries, ArchiveSeriesOptions } from "../library/archiveSeries";
import { makeSlicer } from "../library/slices";
import { detectSource, isArchiveKind } from "../sources/detect";
import { readRange as readMailRange } from "../sources/mailRange";
import { fetchArchive } from "../sources/mirror";
import { findEpochs } from "../sources/publicInbox";
import type { ArchiveEngine, FetchOptions } from "./archives";

/**
 * Opens an index, in a host that has SQLite.
 *
 * @param script the bundled index/searchWorker.ts
 */
export async function openSeries(options: Omit<ArchiveSeriesOptions, "searcher">, script: string): Promise<ArchiveSeries> {
  const { ArchiveSeries } = await import("../library/archiveSeries.js");
  return new ArchiveSeries({ ...options, searcher: startSearcher(script) });
}

/**
 * @param script the bundled index/worker.ts
 * @param rested called when the full text has been filled after a sync
 */
export function startIndexing(script: string, rested: () => void): Indexer {
  return startIndexer(script, { rested });
}

/** The mails that came to an archive between two moments. */
export function readRange(folder: string, ends: RangeEnds, git: string | undefined): Promise<ReadRange> {
  const kind = detectSource(folder);
  // A folder that is no longer an archive is reported as one without mail.
  return readMailRange(folder, isArchiveKind(kind) ? kind : "public-inbox", ends, { git, breathe: makeSlicer(() => false) });
}

/** Mirrors a remote archive; see `ArchiveEngine.fetch`. */
export async function fetchMirror(url: string, options: FetchOptions): ReturnType<ArchiveEngine["fetch"]> {
  const { git, storage, months, signal, progress } = options;
  const { folder, problems } = await fetchArchive(url, {
    storage,
    months,
    git,
    signal,
    progress: ({ sentence, percent }) => progress(percent === null ? sentence : `${sentence} (${percent} %)`),
  });
  return { folder: findEpochs(folder).length > 0 ? folder : null, problems };
}
