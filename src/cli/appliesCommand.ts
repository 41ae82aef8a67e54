/** `kvm-series applies`: whether pending series apply to a checkout. */
import { hash } from "node:crypto";
import { resolve } from "node:path";
import type { ApplyAnswer } from "../core/series/applyAnswer";
import { isPending, newestDate } from "../core/series/pending";
import { newestRevision, type Series } from "../core/series/series";
import { applySentence } from "../render/applyText";
import { neededPatchIds, patchOwners } from "../core/series/patchOwners";
import { readMail } from "../core/mail/mail";
import { appliesReport, type CheckedSeries } from "../render/seriesJson";
import { revisionName } from "../render/labels";
import { visibleText } from "../render/escape";
import { checkApplies } from "../worktree/applies";
import type { Call } from "./call";
import { chosenSeries } from "./chosenSeries";
import { output } from "./printed";
import { openSources } from "./sources";

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
  const plain = checked.map((one) => lineOf(one, onto)).join("");
  return output(call.flag("json"), appliesReport({ tree, onto, commit }, checked, problems), plain || "No series is pending.\n", problems);
}

function lineOf({ series, answer }: { readonly series: Series; readonly answer: ApplyAnswer }, onto: string): string {
  const { title } = series;
  return `${series.id}  ${answer.state.padEnd(16)}  ${visibleText(title)}  ${revisionName(newestRevision(series))} · ${applySentence(answer, onto)}\n`;
}
