/** Whether a series conflicts with another one on the same lines: found out with git's merge when a page asks for it. */
import * as vscode from "vscode";
import { HumanError, humanMessage } from "../../core/humanError";
import { newestRevision, type Series } from "../../core/series/series";
import { loadPatchTexts } from "../../core/lines/seriesChange";
import { exactPatchTexts } from "../../core/mail/mailPatches";
import { projectOfSeries, type Library } from "../../index/library";
import { relatedDocument } from "../../render/collisionText";
import { revisionName, titleText } from "../../render/labels";
import { relatedProof, type RelatedProof } from "../../render/relatedList";
import type { MergeProof } from "../../worktree/mergeProof";
import type { resolveBase } from "../../worktree/baseTree";
import type { CollisionEngine } from "../lines/collisions";
import type { LoadedMails } from "../sources/loadedMails";
import type { OpenTrees } from "../openTrees";
import type { ProofDocuments } from "../lines/proofDocuments";
import { readSettings } from "../settings";

export interface RelatedProofParts {
  readonly library: Library;
  readonly trees: OpenTrees;
  readonly mails: LoadedMails;
  readonly engine: () => Promise<Pick<CollisionEngine, "proveMerge"> & { readonly resolveBase: typeof resolveBase }>;
  readonly proofs: ProofDocuments;
  readonly log: vscode.LogOutputChannel;
}

/** The proofs one page has asked for. */
export class RelatedProofs {
  readonly #found = new Map<string, { readonly series: Series; readonly proof: MergeProof }>();

  constructor(private readonly parts: RelatedProofParts) {}

  /** Merges the two on the commit that is checked out; what stands in the way is the answer too. */
  async prove(series: Series, id: string): Promise<RelatedProof> {
    try {
      const other = this.parts.library.find(id);
      if (!other) throw new HumanError("The other series is in no source any more; sync and ask again.");
      const proof = await this.#merge(series, other);
      this.#found.set(id, { series: other, proof });
      return relatedProof(proof);
    } catch (error) {
      this.parts.log.warn(error instanceof Error ? (error.stack ?? error.message) : String(error));
      return { kind: "problem", text: humanMessage(error), place: null };
    }
  }

  /** Shows the conflict in a document of its own. */
  async open(series: Series, id: string): Promise<void> {
    const known = this.#found.get(id);
    if (!known) throw new HumanError("This conflict is no longer known; ask once more whether the two conflict.");
    const text = relatedDocument(series, known.series, known.proof);
    const line = text.split("\n").findIndex((one) => one.startsWith("<<<<<<< "));
    await this.parts.proofs.open(titleText(known.series.title), text, Math.max(0, line));
  }

  async #merge(series: Series, other: Series): Promise<MergeProof> {
    const { trees, mails, engine } = this.parts;
    if (!vscode.workspace.isTrusted)
      throw new HumanError("git is not run in this workspace until it is trusted; trust it to see whether the two conflict.");
    const project = projectOfSeries(series);
    const top = trees.topFor(project);
    if (top === null) throw new HumanError("None of the open folders is a tree these series are for; open one to merge them on.");
    const options = { binary: readSettings().gitPath };
    const { proveMerge, resolveBase: resolve } = await engine();
    const { commit } = await resolve(top, "HEAD", options);
    const patchesOf = (one: Series) => loadPatchTexts(newestRevision(one), null, (ids) => mails.mails(ids), exactPatchTexts);
    // Where a series does not apply elsewhere, the files in which the two meet tell enough.
    const only = new Set(sharedPaths(series, other));
    const side = async (one: Series) => ({ kind: "patches", patches: await patchesOf(one), only }) as const;
    const names = { ours: nameOf(series), theirs: nameOf(other) };
    const [ours, theirs] = [await side(series), await side(other)];
    if (ours.patches.length === 0 || theirs.patches.length === 0)
      throw new HumanError("The archive no longer has the mails of both; sync and ask again.");
    return proveMerge(top, { base: commit, ours, theirs, names }, options);
  }
}

function nameOf(series: Series): string {
  return `${titleText(series.title)} ${revisionName(newestRevision(series))}`;
}

/** Files that both change, under any of their names. */
function sharedPaths(series: Series, other: Series): string[] {
  const theirs = new Set(newestRevision(other).files);
  return newestRevision(series).files.filter((path) => theirs.has(path));
}
