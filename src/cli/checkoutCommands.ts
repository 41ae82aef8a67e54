/** `kvm-series applies` and `collides`: the pending series against a checkout, and against what I changed in it. */
import { hash } from "node:crypto";
import { resolve } from "node:path";
import { checkApplies } from "../checkout/applies";
import { proveCollision, readCollisions } from "../checkout/collides";
import { type MyScope, readMyChanges } from "../checkout/myChanges";
import { topOfTree } from "../checkout/openTree";
import { HumanError } from "../core/humanError";
import { visibleText } from "../core/mail/hiddenCharacters";
import { type Mail, readMail } from "../core/mail/mail";
import { type Dependency, dependencyIndex, neededPatchIds, patchOwners } from "../core/series/dependencies";
import { movedIn } from "../core/series/movedFiles";
import { isPending, newestDate, newestRevision, type Series } from "../core/series/series";
import { movedInTree } from "../library/movedInTree";
import { type AbsentNeed, absentNeedsSentence, applySentence } from "../render/applies";
import { bySeries, collidesList, type ProofFacts } from "../render/collisions";
import { revisionName, titleText } from "../render/labels";
import { appliesReport, type CheckedSeries, collidesReport } from "../render/seriesJson";
import { problemLine } from "../render/seriesText";
import { moveOptions } from "./cacheFolder";
import { type Call, UsageError } from "./call";
import { chosenSeries } from "./chosenSeries";
import { output } from "./output";
import { type OpenedSources, openSources } from "./sources";

export async function listApplies(call: Call): Promise<string> {
  const folder = call.needed("tree");
  const tree = resolve(folder);
  const onto = call.option("onto") ?? "HEAD";
  const id = call.option("id");
  const opened = await openSources(call.words, folder);
  const { series, mails, problems } = opened;
  const all = series();
  const now = newestDate(all);
  const pending = all.filter((one) => isPending(one, now));
  const asked = id === undefined ? pending : [chosenSeries(opened, id)];
  const owners = await ownersOf(neededPatchIds(asked), pending, all, mails);
  const moved = await movedInTree(all, opened.tree, { revision: onto, ...moveOptions() });
  const { commit, answers } = await checkApplies(tree, { base: onto }, asked, {
    mails,
    known: pending,
    ofPatchId: (patchId) => owners.get(patchId),
    binary: process.env["KVM_SERIES_GIT"],
    moved: (one) => movedIn(newestRevision(one), moved),
  });
  // What is no longer pending is in a source all the same.
  const needs = dependencyIndex(all, { ofPatchId: (patchId) => owners.get(patchId), ofMessageId: (messageId) => opened.find(messageId) });
  const checked = asked.flatMap((one): CheckedSeries[] => {
    const answer = answers.get(one.id);
    return answer ? [{ series: one, answer, absent: needs.of(one).flatMap(absentNeedOf) }] : [];
  });
  const plain = checked.map((one) => appliesLine(one, onto)).join("");
  return output(call.flag("json"), appliesReport({ tree, onto, commit }, checked, problems), plain || "No series is pending.\n", problems);
}

/** Who holds patches: the pending series, and only for what none of them has the others, whose mails are many. */
async function ownersOf(
  wanted: ReadonlySet<string>,
  pending: readonly Series[],
  all: readonly Series[],
  mails: OpenedSources["mails"],
): Promise<ReadonlyMap<string, Series>> {
  const read = async (ids: readonly string[]): Promise<ReadonlyMap<string, Mail>> =>
    new Map([...(await mails(ids))].map(([one, bytes]) => [one, readMail(bytes)]));
  const sha1 = (bytes: Uint8Array): Uint8Array => hash("sha1", bytes, "buffer");
  if (wanted.size === 0) return new Map();
  const owners = await patchOwners(wanted, pending, read, sha1);
  const left = new Set([...wanted].filter((patchId) => !owners.has(patchId)));
  if (left.size === 0) return owners;
  const known = new Set(pending);
  const others = await patchOwners(
    left,
    all.filter((one) => !known.has(one)),
    read,
    sha1,
  );
  return new Map([...owners, ...others]);
}

/** What a series names and no source has; commits and words are the repository's business. */
function absentNeedOf({ kind, value, series, present }: Dependency): AbsentNeed[] {
  return series || present || kind === "base-commit" || kind === "text" ? [] : [{ kind, value }];
}

function appliesLine({ series, answer, absent }: CheckedSeries, onto: string): string {
  const sentence = `${applySentence(answer, onto)}${absentNeedsSentence(absent)}`;
  return `${series.id}  ${answer.state.padEnd(16)}  ${visibleText(series.title)}  ${revisionName(newestRevision(series))} · ${sentence}\n`;
}

// `kvm-series collides`: which pending series change the lines that I change in a checkout.

export async function listCollides(call: Call): Promise<string> {
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
  const mails = mailReader(opened);
  const moved = await movedInTree(opened.series(), opened.tree, { revision: changes.base, ...moveOptions() });
  const touching = (path: string) => opened.touching({ path, lines: null, suffix: false, all: false, moved });
  const found = bySeries(await readCollisions(top, changes, { touching, mails }, options));
  const proofs = new Map<string, ProofFacts>();
  if (call.flag("prove"))
    for (const { series } of found)
      proofs.set(series.id, await proveCollision(top, changes, series, { ...options, mails, moved, name: titleText(series.title) }));
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
