/** `kvm-series applies`: whether pending series apply to a checkout. */
import { hash } from "node:crypto";
import { resolve } from "node:path";
import { movedIn } from "../core/paths/moves";
import { isPending, newestDate } from "../core/series/pending";
import { newestRevision, type Series } from "../core/series/series";
import { applySentence } from "../render/applyText";
import { neededPatchIds, patchOwners } from "../core/series/patchOwners";
import { readMail, type Mail } from "../core/mail/mail";
import { dependencyIndex, type Dependency } from "../core/series/dependencies";
import { absentSentence, type AbsentNeed } from "../render/absentNeeds";
import { appliesReport, type CheckedSeries } from "../render/seriesJson";
import { revisionName } from "../render/labels";
import { visibleText } from "../render/escape";
import { checkApplies } from "../worktree/applies";
import type { Call } from "./call";
import { chosenSeries } from "./chosenSeries";
import { movedInTree } from "./movedInTree";
import { output } from "./printed";
import { openSources, type OpenedSources } from "./sources";

export async function checkSeries(call: Call): Promise<string> {
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
  const moved = await movedInTree(all, opened.tree, { revision: onto });
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
    return answer ? [{ series: one, answer, absent: needs.of(one).flatMap(nowhere) }] : [];
  });
  const plain = checked.map((one) => lineOf(one, onto)).join("");
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
function nowhere({ kind, value, series, present }: Dependency): AbsentNeed[] {
  return series || present || kind === "base-commit" || kind === "text" ? [] : [{ kind, value }];
}

function lineOf({ series, answer, absent }: CheckedSeries, onto: string): string {
  const sentence = `${applySentence(answer, onto)}${absentSentence(absent)}`;
  return `${series.id}  ${answer.state.padEnd(16)}  ${visibleText(series.title)}  ${revisionName(newestRevision(series))} · ${sentence}\n`;
}
