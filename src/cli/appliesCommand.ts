/** `kvm-series applies`: whether pending series apply to a checkout. */
import { hash } from "node:crypto";
import type { ApplyAnswer } from "../core/series/applyAnswer";
import { HumanError } from "../core/humanError";
import { isPending, newestDate } from "../core/series/pending";
import { newestRevision, type Series } from "../core/series/series";
import { applySentence } from "../render/applyText";
import { neededPatchIds, patchOwners } from "../core/series/patchOwners";
import { readMail } from "../core/mail/mail";
import { appliesReport, type CheckedSeries } from "../render/seriesJson";
import { revisionName } from "../render/labels";
import { visibleText } from "../render/escape";
import { checkApplies } from "../worktree/applies";
import type { OpenedSources } from "./sources";

export interface AppliesQuestion {
  /** Folder of the checkout. */
  readonly tree: string;
  /** What is checked against. */
  readonly onto: string;
  /** Of the one series that is asked about; undefined for all that are pending. */
  readonly id: string | undefined;
}

/** Answers in JSON and in lines. */
export async function appliesOfSources(
  { series, find, mails, problems }: OpenedSources,
  { tree, onto, id }: AppliesQuestion,
): Promise<{ readonly report: object; readonly plain: string }> {
  const all = series();
  const now = newestDate(all);
  const pending = all.filter((one) => isPending(one, now));
  const asked = id === undefined ? pending : [named(find(id), id)];
  const wanted = neededPatchIds(asked);
  const owners = await patchOwners(
    wanted,
    wanted.size === 0 ? [] : pending,
    async (ids) => new Map([...(await mails(ids))].map(([one, bytes]) => [one, readMail(bytes)])),
    (bytes) => hash("sha1", bytes, "buffer"),
  );
  const { commit, answers } = await checkApplies(tree, { base: onto }, asked, {
    mails,
    known: pending,
    ofPatchId: (patchId) => owners.get(patchId),
    binary: process.env["KVM_SERIES_GIT"],
  });
  const checked = asked.flatMap((one): CheckedSeries[] => {
    const answer = answers.get(one.id);
    return answer ? [{ series: one, answer }] : [];
  });
  return { report: appliesReport({ tree, onto, commit }, checked, problems), plain: checked.map((one) => lineOf(one, onto)).join("") };
}

function named(series: Series | undefined, id: string): Series {
  if (!series) throw new HumanError(`There is no series with the id “${id}” in these sources.`);
  return series;
}

function lineOf({ series, answer }: { readonly series: Series; readonly answer: ApplyAnswer }, onto: string): string {
  const { title } = series;
  return `${series.id}  ${answer.state.padEnd(16)}  ${visibleText(title)}  ${revisionName(newestRevision(series))} · ${applySentence(answer, onto)}\n`;
}
