/** What a series says it needs, and which of the known series that is. */
import type { Prerequisite, Series } from "./series";
import { newestRevision } from "./series";

export interface Dependency {
  readonly kind: Prerequisite["kind"];
  /** As the posting names it. */
  readonly value: string;
  /** The known series that is meant; absent where none is, or where a commit or words are named. */
  readonly series?: Series;
  /** Whether it is known here: as a series, or as a commit of the repository. */
  readonly present: boolean;
}

/** What only some callers know. */
export interface DependencyKnowledge {
  /** The series that hold a patch with an id, as `git patch-id --stable` makes it; nothing where patch ids were not computed. */
  readonly ofPatchId?: (patchId: string) => Series | undefined;
  /** The series of a mail that is in none of those that are looked through, as one that has landed. */
  readonly ofMessageId?: (messageId: string) => Series | undefined;
  /** Whether the repository has a commit. */
  readonly hasCommit?: (commit: string) => boolean;
}

/** By what series are found that others name. */
export interface DependencyIndex {
  of(series: Series): Dependency[];
}

/** Deeper chains are nobody's; a longer one is a circle or a trap. */
const mostBelow = 8;

/** Makes ready what is asked once for each of many series. */
export function dependencyIndex(all: readonly Series[], { ofPatchId, ofMessageId, hasCommit }: DependencyKnowledge = {}): DependencyIndex {
  const byChangeId = new Map<string, Series>();
  const byMessageId = new Map<string, Series>();
  for (const series of all) {
    for (const { posted, messageId, cover, patches } of series.revisions) {
      if (posted?.changeId != null) byChangeId.set(posted.changeId, series);
      for (const id of [messageId, cover?.messageId, ...patches.map((patch) => patch.messageId)]) {
        if (id != null) byMessageId.set(id, series);
      }
    }
  }
  const find = ({ kind, value }: Prerequisite): Series | undefined => {
    // b4 writes the version of the other series behind its change-id.
    if (kind === "change-id") return byChangeId.get(value) ?? byChangeId.get(value.replace(/:v\d+$/, ""));
    if (kind === "message-id") return byMessageId.get(value) ?? ofMessageId?.(value);
    if (kind === "patch-id") return ofPatchId?.(value);
    return undefined;
  };
  return {
    of(series) {
      const found = (newestRevision(series).posted?.prerequisites ?? []).map(({ kind, value }): Dependency => {
        const needed = find({ kind, value });
        // A series that names a mail of its own earlier revision does not wait for itself.
        if (needed) return { kind, value, ...(needed.id === series.id ? {} : { series: needed }), present: true };
        return { kind, value, present: kind === "base-commit" && hasCommit?.(value) === true };
      });
      return found;
    },
  };
}

/** What one series needs; see `dependencyIndex` for many. */
export function dependenciesOf(series: Series, all: readonly Series[], knowledge: DependencyKnowledge = {}): Dependency[] {
  return dependencyIndex(all, knowledge).of(series);
}

/**
 * The series one is to be put on top of, in the order in which they go in: what they need themselves comes first. Each is
 * named once, also where they need each other.
 */
export function seriesBelow(series: Series, index: DependencyIndex): Series[] {
  const below: Series[] = [];
  const seen = new Set([series.id]);
  const visit = (one: Series, depth: number): void => {
    for (const { series: needed } of index.of(one)) {
      if (!needed || seen.has(needed.id)) continue;
      seen.add(needed.id);
      if (depth < mostBelow) visit(needed, depth + 1);
      below.push(needed);
    }
  };
  visit(series, 0);
  return below;
}
