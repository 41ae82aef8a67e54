/** `kvm-series collides`: which pending series change the lines that I change in a checkout. */
import { resolve } from "node:path";
import { findCollisions } from "../core/lines/collisions";
import { HumanError } from "../core/humanError";
import { readMail, type Mail } from "../core/mail/mail";
import { newestRevision } from "../core/series/series";
import type { MovedNames } from "../core/paths/moves";
import { loadPatchTexts, renamedPatches } from "../core/lines/seriesChange";
import { exactPatchTexts } from "../core/mail/mailPatches";
import { bySeries, collidesList, collidesReport, type ProofFacts, type SeriesCollisions } from "../render/collisionText";
import { titleText } from "../render/labels";
import { problemLine } from "../render/seriesText";
import { readBlobs } from "../worktree/blobs";
import { proveMerge, type MergeSide } from "../worktree/mergeProof";
import { readFilesAt, readMyChanges, type MyChanges, type MyScope } from "../worktree/myChanges";
import { topOfTree } from "../worktree/openTree";
import { UsageError, type Call } from "./call";
import { movedInTree } from "./movedInTree";
import { output } from "./printed";
import { openSources, type OpenedSources } from "./sources";

export async function findCollides(call: Call): Promise<string> {
  const tree = call.needed("tree");
  const range = call.option("range");
  const upstream = call.flag("upstream");
  if (range !== undefined && upstream) throw new UsageError("--range and --upstream are two answers to one question; give one of them.");
  const opened = await openSources(call.words, tree);
  const options = { binary: process.env["KVM_SERIES_GIT"] };
  const top = await topOfTree(resolve(tree));
  const scope: MyScope = range !== undefined ? { kind: "range", range } : { kind: upstream ? "branch" : "uncommitted" };
  const changes = await readMyChanges(top, scope, options).catch((error: unknown) => {
    if (error instanceof HumanError) throw new HumanError(problemLine({ source: tree, message: error.message }));
    throw error;
  });
  const paths = changes.files.map(({ path }) => path);
  const texts = await readFilesAt(top, changes.base, paths, options);
  const mails = mailReader(opened);
  const moved = await movedInTree(opened.series(), opened.tree, { revision: changes.base });
  const found = bySeries(
    await findCollisions(changes.files, {
      touching: (path) => opened.touching({ path, lines: null, suffix: false, all: false, moved }),
      mails,
      base: (path) => {
        const bytes = texts.get(path);
        return Promise.resolve(bytes ? Buffer.from(bytes).toString("utf8") : null);
      },
      blobs: (ids) => readBlobs(top, ids, options),
    }),
  );
  const proofs = new Map<string, ProofFacts>();
  if (call.flag("prove")) for (const one of found) proofs.set(one.series.id, await proof(top, changes, one, mails, moved, options));
  const report = collidesReport(changes, found, proofs, opened.problems);
  return output(call.flag("json"), report, collidesList(found, proofs), opened.problems);
}

type ReadMails = (messageIds: readonly string[]) => Promise<ReadonlyMap<string, Mail>>;

/** The mails of several files' series are the same few. */
function mailReader(opened: OpenedSources): ReadMails {
  const known = new Map<string, Mail>();
  return async (messageIds) => {
    const missing = messageIds.filter((id) => !known.has(id));
    if (missing.length > 0) for (const [id, bytes] of await opened.mails(missing)) known.set(id, readMail(bytes));
    return known;
  };
}

async function proof(
  top: string,
  changes: MyChanges,
  { series }: SeriesCollisions,
  mails: ReadMails,
  moved: MovedNames,
  options: { readonly binary: string | undefined },
): Promise<ProofFacts> {
  const patches = await loadPatchTexts(newestRevision(series), null, mails, exactPatchTexts);
  const paths = changes.files.flatMap(({ path, newPath }) => (newPath === undefined ? [path] : [path, newPath]));
  const ours: MergeSide =
    changes.commit === null ? { kind: "worktree", paths, buffers: new Map() } : { kind: "commit", commit: changes.commit };
  const theirs: MergeSide = { kind: "patches", patches: renamedPatches(patches, newestRevision(series), moved), only: new Set(paths) };
  const names = { ours: "your changes", theirs: titleText(series.title) };
  return proveMerge(top, { base: changes.base, ours, theirs, names }, options);
}
