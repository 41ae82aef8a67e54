/** `kvm-series applies` and `collides`: the pending series against a checkout, and against the person's changes in it. */
import { resolve } from "node:path";
import { checkApplies } from "../checkout/applies";
import { proveCollision, readCollisions } from "../checkout/collides";
import { type MyScope, readMyChanges } from "../checkout/myChanges";
import { topOfTree } from "../checkout/openTree";
import { readOwnDefinitions } from "../checkout/treeDefinitions";
import { HumanError } from "../core/humanError";
import { visibleText } from "../core/mail/hiddenCharacters";
import type { Mail } from "../core/mail/mail";
import type { Dependency } from "../core/series/dependencies";
import { movedIn } from "../core/series/movedFiles";
import { isPending, newestDate, newestRevision } from "../core/series/series";
import type { Touch } from "../core/series/touches";
import { LoadedMails } from "../library/loadedMails";
import { patchHolders, NeededSeries } from "../library/needs";
import { type AbsentNeed, absentNeedsSentence, applySentence } from "../render/applies";
import { ownClashesText } from "../render/clashes";
import { bySeries, collidesList, type ProofFacts } from "../render/collisions";
import { revisionName, titleText } from "../render/labels";
import { appliesReport, type CheckedSeries, collidesReport } from "../render/seriesJson";
import { type Call, UsageError } from "./call";
import { clashesOf } from "./clashesCommand";
import { lookInTree } from "./landedInTree";
import { movedFiles } from "./movedFiles";
import { output, refusal } from "./output";
import { chosenSeries, openSources } from "./sources";

export interface AppliesOptions {
  readonly tree: string;
  readonly onto: string | undefined;
  readonly id: string | undefined;
  readonly json: boolean;
}

export async function listApplies({ words, options, environment }: Call<AppliesOptions>): Promise<string> {
  const { onto = "HEAD", id } = options;
  const tree = resolve(options.tree);
  const opened = await openSources(words, environment, options.tree);
  const { library, problems } = opened;
  const now = newestDate(library.series);
  const pending = library.series.filter((one) => isPending(one, now));
  const asked = id === undefined ? pending : [chosenSeries(library, id)];
  // A series that is no longer pending is still in a source.
  const needs = new NeededSeries(library, await patchHolders(asked, pending, library));
  const moved = await movedFiles(opened, environment, { revision: onto });
  const { commit, answers } = await checkApplies(tree, { base: onto }, asked, {
    mails: (messageIds) => library.mailBytes(messageIds),
    known: pending,
    ofPatchId: needs.ofPatchId,
    binary: environment.git,
    moved: (one) => movedIn(newestRevision(one), moved),
  });
  const checked = asked.flatMap((one): CheckedSeries[] => {
    const answer = answers.get(one.id);
    return answer ? [{ series: one, answer, absent: needs.of(one).flatMap(absentNeedOf) }] : [];
  });
  const plain = checked.map((one) => appliesLine(one, onto)).join("");
  return output(options.json, appliesReport({ tree, onto, commit }, checked, problems), plain || "No series is pending.\n", problems);
}

/** What a series names and no source has; commits and words are looked up in the repository instead. */
function absentNeedOf({ kind, value, series, present }: Dependency): AbsentNeed[] {
  return series || present || kind === "base-commit" || kind === "text" ? [] : [{ kind, value }];
}

function appliesLine({ series, answer, absent }: CheckedSeries, onto: string): string {
  const sentence = `${applySentence(answer, onto)}${absentNeedsSentence(absent)}`;
  return `${series.id}  ${answer.state.padEnd(16)}  ${visibleText(series.title)}  ${revisionName(newestRevision(series))} · ${sentence}\n`;
}

// `kvm-series collides`: which pending series change the lines that the person changes in a checkout.

export interface CollidesOptions {
  readonly tree: string;
  readonly range: string | undefined;
  readonly upstream: boolean;
  readonly prove: boolean;
  readonly json: boolean;
}

export async function listCollides({ words, options, environment }: Call<CollidesOptions>): Promise<string> {
  const { tree, range, upstream } = options;
  if (range !== undefined && upstream) throw new UsageError("--range and --upstream cannot be combined; give one of them.");
  const opened = await openSources(words, environment, tree);
  const { library, problems } = opened;
  const git = { binary: environment.git };
  const top = await topOfTree(resolve(tree));
  const scope: MyScope = range !== undefined ? { kind: "range", range } : { kind: upstream ? "branch" : "uncommitted" };
  const changes = await readMyChanges(top, scope, git).catch((error: unknown) => {
    throw error instanceof HumanError ? refusal(tree, error.message) : error;
  });
  const loaded = new LoadedMails(library);
  const mails = (messageIds: readonly string[]): Promise<ReadonlyMap<string, Mail>> => loaded.mails(messageIds);
  const moved = await movedFiles(opened, environment, { revision: changes.base });
  const touching = (path: string): readonly Touch[] => library.touching({ path, moved, project: opened.tree?.project ?? null });
  const colliding = bySeries(await readCollisions(top, changes, { touching, mails }, git));
  // A commit of mine that makes the same change is no landing, and is what is asked about.
  if (scope.kind === "uncommitted")
    await lookInTree(
      opened,
      colliding.map(({ series }) => series),
      environment,
      moved,
    );
  const found = colliding.filter(({ series }) => library.find(series.id)?.status !== "landed");
  const proofs = new Map<string, ProofFacts>();
  if (options.prove)
    for (const { series } of found)
      proofs.set(series.id, await proveCollision(top, changes, series, { ...git, mails, moved, name: titleText(series.title) }));
  const own = await readOwnDefinitions(top, changes, git);
  const all = own.length === 0 ? [] : await clashesOf(opened, () => Promise.resolve({ all: own, landed: new Set() }));
  const clashes = all.filter((clash) => clash.tree !== null);
  const report = collidesReport({ ...changes, clashes }, found, proofs, problems);
  return output(options.json, report, `${collidesList(found, proofs)}${ownClashesText(clashes)}`, problems);
}
