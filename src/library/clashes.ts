/** The clashes among pending series, and between them and a tree. Only patches that touch files with numbers and names are read. */
import { type Claim, claimsOfSeries, mayClaim, type PatchDefinitions, patchDefinitions, type SeriesClaims } from "../core/clashes/claims";
import { type Clash, clashSteps, type TreeDefinitions } from "../core/clashes/clashes";
import { composeChanges } from "../core/lines/fileChange";
import { readMail } from "../core/mail/mail";
import { patchTexts } from "../core/mail/patchMail";
import { RecentMap } from "../core/recentMap";
import { loadPatchTexts, placesInMails } from "../core/series/revisionTexts";
import { newestRevision, type Series } from "../core/series/series";
import type { Project } from "../core/subsystem/project";
import type { Library } from "./library";
import { inSlices, type makeSlicer } from "./slices";

/** What was read from mails, by Message-ID: the definitions of each patch. */
export type ReadDefinitions = RecentMap<readonly PatchDefinitions[]>;

/** How many definitions are kept; a kernel's pending series have some thousands. */
const mostKept = 50_000;
/** How many mails are read at once. */
const chunk = 64;

export function readDefinitions(): ReadDefinitions {
  return new RecentMap(mostKept, (patches) => patches.reduce((sum, { added, removed }) => sum + added.length + removed.length, 1));
}

export interface ClashSources {
  readonly library: Pick<Library, "mailBytes">;
  readonly projectOf: (series: Series) => Project;
  /** The series that one is made on top of. */
  readonly below: (series: Series) => readonly Series[];
  /**
   * The definitions in the tree of a project where series claim something; null if none is open.
   *
   * @param addedLines the lines of a file that a series adds
   */
  readonly tree: (
    project: Project,
    claims: readonly SeriesClaims[],
    addedLines: (claim: Claim) => Promise<readonly string[]>,
  ) => Promise<TreeDefinitions | null>;
  /** The results of earlier readings; new ones are added. */
  readonly known: ReadDefinitions;
  /** Lets other work run; true if the answer is no longer wanted. */
  readonly pause: ReturnType<typeof makeSlicer>;
}

/**
 * Finds the clashes of series, those with the most series first.
 *
 * @param pending the series that count
 * @returns null if the answer is no longer wanted
 */
export async function readClashes(pending: readonly Series[], sources: ClashSources): Promise<Clash[] | null> {
  const { library, projectOf, below, tree, pause } = sources;
  const read = await readPatches(pending, sources);
  if (!read) return null;
  const byProject = new Map<Project, SeriesClaims[]>();
  for (const series of pending) {
    const revision = newestRevision(series);
    const places = placesInMails(revision);
    const claims = claimsOfSeries(series, (at) => read.get(revision.patches[at]?.messageId ?? "")?.[places[at] ?? 0] ?? null);
    if (await pause()) return null;
    if (claims.claims.length === 0) continue;
    const project = projectOf(series);
    const known = byProject.get(project);
    if (known) known.push(claims);
    else byProject.set(project, [claims]);
  }
  const found: Clash[] = [];
  for (const [project, claims] of byProject) {
    const there = await tree(project, claims, (claim) => addedLines(claim, library));
    const clashes = await inSlices(clashSteps(claims, { below, tree: there }), pause);
    if (!clashes) return null;
    found.push(...clashes);
  }
  return found.sort((a, b) => b.claims.length - a.claims.length);
}

/**
 * The definitions in the mails that may claim something; null if they are no longer wanted. Many mails are read at once, because each
 * question starts a git.
 */
async function readPatches(
  pending: readonly Series[],
  { library, known, pause }: ClashSources,
): Promise<ReadonlyMap<string, readonly PatchDefinitions[]> | null> {
  const wanted = new Set<string>();
  for (const series of pending) {
    for (const patch of newestRevision(series).patches) if (patch.messageId !== null && mayClaim(patch)) wanted.add(patch.messageId);
    if (await pause()) return null;
  }
  const found = new Map<string, readonly PatchDefinitions[]>();
  const missing: string[] = [];
  for (const id of wanted) {
    const read = known.get(id);
    if (read) found.set(id, read);
    else missing.push(id);
  }
  for (let from = 0; from < missing.length; from += chunk) {
    for (const [id, bytes] of await library.mailBytes(missing.slice(from, from + chunk))) {
      const read = patchTexts(readMail(bytes)).map(patchDefinitions);
      known.set(id, read);
      found.set(id, read);
      if (await pause()) return null;
    }
  }
  return found;
}

/** The lines of a file at the end of a series, as far as its patches show them. */
async function addedLines({ series, name }: Claim, library: Pick<Library, "mailBytes">): Promise<readonly string[]> {
  const patches = await loadPatchTexts(newestRevision(series), name, async (ids) => {
    const read = await library.mailBytes(ids);
    return new Map([...read].map(([id, bytes]) => [id, readMail(bytes)]));
  });
  return composeChanges(patches, name).flatMap(({ blocks }) => blocks.flatMap(({ after }) => after));
}
