/** All series known now, in memory, and the questions the editor asks of them. */
import { createHash } from "node:crypto";
import { assembleSeries } from "../core/lineage";
import type { MaintainersMatcher } from "../core/maintainers";
import { postingsOfDigests, type NamedDigest } from "../core/posting";
import { projectOfPatches, type Project } from "../core/project";
import { newestRevision, type Problem, type Series } from "../core/series";
import { subsystemOf, type SubsystemRule } from "../core/subsystem";
import { makeTouchIndex, type Touch, type TouchIndex } from "../core/touches";
import { resolvePaths, type Tree } from "../core/tree";

/** A place series are read from; what the library needs to know of it. */
export interface Source {
  /** As the person named it. */
  readonly name: string;
  /** Reads it; never fails, what goes wrong is in `problems`. */
  read(signal: AbortSignal): Promise<{ readonly digests: readonly NamedDigest[]; readonly problems: readonly Problem[] }>;
}

/** What assembling depends on beside the sources. */
export interface Surroundings {
  readonly rules: readonly SubsystemRule[];
  readonly trees: ReadonlyArray<Tree & { readonly maintainers: MaintainersMatcher | null }>;
}

/** Joins digests, in order of age, into series. */
export function seriesOfDigests(digests: readonly NamedDigest[], { rules, trees }: Surroundings): Series[] {
  const kernel = trees.find(({ project, maintainers }) => project === "kernel" && maintainers) ?? null;
  const series = assembleSeries(postingsOfDigests(digests), sha256, (revision) => {
    const files = revision.diffstat.length > 0 ? revision.diffstat : revision.patches.flatMap((patch) => patch.files);
    const maintainers = kernel?.maintainers;
    return subsystemOf(
      { title: revision.title, prefixes: revision.prefixes, files },
      { userRules: rules, ...(maintainers ? { maintainers } : {}) },
    );
  });
  return trees.length === 0 ? series : series.map((one) => resolvePaths(one, trees));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The project the newest revision of a series is for. */
export function projectOfSeries(series: Series): Project {
  const { prefixes, files, title } = newestRevision(series);
  return projectOfPatches({ prefixes, paths: files, title });
}

/** The series a person means by an id, a former id, or any Message-ID in it. */
export function findSeries(series: readonly Series[], wanted: string): Series | undefined {
  const id = wanted.trim().replace(/^<|>$/g, "");
  return series.find((one) => one.id === id) ?? series.find(({ aliases }) => aliases.includes(id));
}

/** The state of the extension: what the last sync read. */
export class Library {
  #digests: readonly NamedDigest[] = [];
  #surroundings: Surroundings = { rules: [], trees: [] };
  #series: readonly Series[] = [];
  #touches: TouchIndex = makeTouchIndex([], projectOfSeries);
  #problems: readonly Problem[] = [];
  #synced = false;
  #sync: AbortController | null = null;
  readonly #listeners = new Set<() => void>();

  get series(): readonly Series[] {
    return this.#series;
  }
  get problems(): readonly Problem[] {
    return this.#problems;
  }
  get digests(): readonly NamedDigest[] {
    return this.#digests;
  }
  /** False until the sources were read once. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Reads all sources again, in order of age. A later call replaces one under way. */
  async sync(sources: readonly Source[]): Promise<void> {
    this.#sync?.abort();
    const sync = new AbortController();
    this.#sync = sync;
    const read = await Promise.all(sources.map((source) => source.read(sync.signal)));
    if (sync.signal.aborted) return;
    this.#digests = read.flatMap(({ digests }) => digests);
    this.#problems = read.flatMap(({ problems }) => problems);
    this.#synced = true;
    this.#assemble();
  }

  /** Tells it of the open trees and the user's rules; series are joined again with them. */
  surround(surroundings: Surroundings): void {
    this.#surroundings = surroundings;
    if (this.#synced) this.#assemble();
  }

  #assemble(): void {
    this.#series = seriesOfDigests(this.#digests, this.#surroundings);
    this.#touches = makeTouchIndex(this.#series, projectOfSeries);
    for (const listener of this.#listeners) listener();
  }

  find(idOrMessageId: string): Series | undefined {
    return findSeries(this.#series, idOrMessageId);
  }

  /** The pending series that touch a path of a tree, from memory; see `TouchIndex.touching`. */
  touching(path: string, project: Project | null): readonly Touch[] {
    return this.#touches.touching(path, project);
  }

  /** Calls back after each change of what is known. */
  onDidChange(listener: () => void): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  dispose(): void {
    this.#sync?.abort();
    this.#listeners.clear();
  }
}
