/** What replies are said to report as applied, against labels that were given by reading each of these mails. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readMail } from "../../src/core/mail/mail";
import { assembleMails } from "../../src/core/postings/assembleMails";
import { type MailFacts, mailFactsOf } from "../../src/core/postings/mailFacts";
import type { ReportedApplied } from "../../src/core/series/series";
import { sharedData, sharedMails } from "./sharedMails";

interface Label {
  readonly archive: string;
  readonly messageId: string;
  readonly label: "yes" | "no" | "partial";
  /** Which patches, where the mail names them. */
  readonly patches: readonly number[] | null;
}

interface Archive {
  readonly facts: ReadonlyMap<string, MailFacts>;
  /** By the mail that says so; without what is not believed of its sender. */
  readonly reports: ReadonlyMap<string, readonly ReportedApplied[]>;
}

const least = { precision: 0.98, recall: 0.95 };

function archiveOf(name: string): Archive {
  const facts = new Map<string, MailFacts>();
  for (const mail of sharedMails()) {
    if (!mail.name.startsWith(`${name} `)) continue;
    const one = mailFactsOf(readMail(mail.bytes), { place: mail.name, committed: null, source: name, patchId: null });
    if (!facts.has(one.messageId)) facts.set(one.messageId, one);
  }
  const reports = new Map<string, ReportedApplied[]>();
  const hung = new Set<string>();
  for (const { revision } of assembleMails([...facts.values()]).postings) {
    for (const { messageId } of revision.posted?.replies ?? []) hung.add(messageId);
    for (const one of revision.posted?.applied ?? []) reports.set(one.messageId, [...(reports.get(one.messageId) ?? []), one]);
  }
  // What it answers may be on another list; what it says is judged all the same.
  for (const { messageId, sender, applied } of facts.values()) {
    if (applied.length === 0 || hung.has(messageId)) continue;
    reports.set(
      messageId,
      applied.map(({ quote, commit }) => ({ messageId, from: sender, date: "", patches: null, commit, quote })),
    );
  }
  return { facts, reports };
}

suite("what replies report as applied against labels given by reading", function () {
  if (!sharedData) {
    console.log("    skipped: KVM_SERIES_SHARED names no folder with data");
    return;
  }
  const labels = readFileSync(join(sharedData, "applied-replies.jsonl"), "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Label);
  const archives = new Map([...new Set(labels.map(({ archive }) => archive))].map((name) => [name, archiveOf(name)]));

  test("precision and recall", () => {
    const differing: string[] = [];
    let [right, wrong, missed] = [0, 0, 0];
    for (const [name, { facts, reports }] of archives) {
      const known = new Map(labels.filter(({ archive }) => archive === name).map((one) => [one.messageId, one]));
      const count = { right: 0, wrong: 0, missed: 0 };
      for (const id of new Set([...known.keys(), ...reports.keys()])) {
        const isSaid = known.has(id) && known.get(id)?.label !== "no";
        const isFound = reports.has(id);
        if (isSaid && isFound) count.right++;
        else if (isFound) count.wrong++;
        else if (isSaid) count.missed++;
        if (isSaid === isFound) continue;
        const what = isSaid ? "missed" : known.has(id) ? "not said" : "not labelled";
        const quotes = reports.get(id)?.map(({ quote }) => quote) ?? [];
        differing.push(`    ${name} ${what}: <${id}> ${facts.get(id)?.line ?? ""} ${quotes.map((quote) => `“${quote}”`).join(" ")}`);
      }
      console.log(`    ${name}: ${count.right} right, ${count.wrong} wrong, ${count.missed} missed`);
      [right, wrong, missed] = [right + count.right, wrong + count.wrong, missed + count.missed];
    }
    const [precision, recall] = [right / (right + wrong), right / (right + missed)];
    console.log(`    precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}; mails that differ:`);
    for (const one of differing) console.log(one);
    assert(precision >= least.precision, `precision ${precision.toFixed(3)} is below ${least.precision}`);
    assert(recall >= least.recall, `recall ${recall.toFixed(3)} is below ${least.recall}`);
  });

  test("which patches, where the mail names them", () => {
    const differing: string[] = [];
    let named = 0;
    for (const { archive, messageId, patches } of labels) {
      const found = archives.get(archive)?.reports.get(messageId);
      if (patches === null || !found || found[0]?.date === "") continue;
      named++;
      const said = new Set(found.flatMap((one) => one.patches ?? []));
      const isAll = found.some((one) => one.patches === null);
      if (!isAll && said.size === patches.length && patches.every((one) => said.has(one))) continue;
      differing.push(`${archive} <${messageId}> says ${patches.join(", ")}; read as ${isAll ? "all" : [...said].join(", ")}`);
    }
    console.log(`    ${named - differing.length} of ${named} name the same patches`);
    for (const one of differing) console.log(`    ${one}`);
    // One label counts the titles that its mail quotes, which are not the first ones of their posting.
    assert(differing.length <= 1, "more than one names other patches");
  });
});
