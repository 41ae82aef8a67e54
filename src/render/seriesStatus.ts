/** The status of series with its evidence, as text and as the JSON of `kvm-series status`. */
import { formatAuthor } from "../core/mail/author";
import { visibleText } from "../core/mail/hiddenCharacters";
import { versionLabel } from "../core/mail/subject";
import type { CommitSign, JudgedCommit, PatchLanding, TreeRef } from "../core/series/landed";
import { newestRevision, type Problem, type Series } from "../core/series/series";
import type { StatusEvidence, StatusWithEvidence } from "../core/series/status";
import { plural, revisionName, statusName } from "./labels";

export interface StatedSeries extends StatusWithEvidence {
  readonly series: Series;
  readonly patches: readonly PatchLanding[];
}

interface StatusFacts {
  readonly tree: string;
  readonly refs: readonly TreeRef[];
  readonly since: string | null;
}

/** The object `status --json` prints. */
export function statusReport({ tree, refs, since }: StatusFacts, states: readonly StatedSeries[], problems: readonly Problem[]): object {
  const series = states.map(({ series: one, status, evidence, patches }) => ({
    id: one.id,
    title: one.title,
    version: newestRevision(one).version,
    label: versionLabel(newestRevision(one).version, newestRevision(one).point ?? 0),
    status,
    evidence: evidence.map((said) => ({ kind: said.kind, words: evidenceWords(said), ...evidenceFacts(said) })),
    patches: patches.map(({ index, title, state, commits }) => ({ index, title, state, commits: commits.map(commitJson) })),
  }));
  return { schema: 1, tree, refs: refs.map(({ name, main }) => ({ name, main })), since, series, problems };
}

function commitJson({ commit, relation, signs }: JudgedCommit): object {
  const { id, title, refs, pickedFrom, reverted, local } = commit;
  return { commit: id, title, relation, signs, refs, pickedFrom, reverted, local };
}

/** The fields of evidence for programs, beside its kind and words. */
function evidenceFacts(said: StatusEvidence): object {
  switch (said.kind) {
    case "reported-applied": {
      const { messageId, from, date } = said.report;
      return { messageId, from, date: date === "" ? null : date, patches: said.patches, commits: said.commits };
    }
    case "answered":
      return { replies: said.replies };
    case "silent":
      return { days: said.days };
    case "landed":
    case "queued":
    case "partly-landed":
    case "partly-queued":
      return { ref: said.ref, patches: said.patches, changed: said.changed };
    default:
      return { patches: said.patches };
  }
}

/** How many people are named before the rest is counted. */
const mostNames = 3;

/** A sentence for a piece of evidence. */
export function evidenceWords(said: StatusEvidence): string {
  switch (said.kind) {
    case "landed":
    case "queued":
      return `All of it is in ${said.ref}${changedWords(said.changed)}.`;
    case "partly-landed":
    case "partly-queued":
      return `${patchesWords(said.patches)} in ${said.ref}${changedWords(said.changed)}.`;
    case "in-tree":
      return `The tree has what ${numbersWords(said.patches)} ${said.patches.length === 1 ? "changes" : "change"}; its history does not reach back to the posting.`;
    case "reverted":
      return `${numbersWords(said.patches, true)} ${said.patches.length === 1 ? "was" : "were"} reverted.`;
    case "older-landed":
      return `Of ${numbersWords(said.patches)} an older revision is in the tree, not this one.`;
    case "local":
      return `${patchesWords(said.patches)} on your own branch alone.`;
    case "unproven":
      return `For ${numbersWords(said.patches)} there is a commit with the same title or link, which does not prove that it is the patch.`;
    case "reported-applied":
      return `${said.report.from.name || said.report.from.email} reports it as applied: “${said.report.quote}”`;
    case "reviewed":
      return `${numbersWords(said.patches, true)} ${said.patches.length === 1 ? "was" : "were"} reviewed by ${namesWords(said.by)}.`;
    case "answered":
      return `${plural(said.replies, "answer")} from ${namesWords(said.by)}.`;
    case "silent":
      return `Nothing was sent for ${plural(said.days, "day")}.`;
  }
}

function changedWords(changed: readonly number[]): string {
  return changed.length === 0 ? "" : `, ${numbersWords(changed)} with changes`;
}

function patchesWords(indexes: readonly number[]): string {
  return `${numbersWords(indexes, true)} ${indexes.length === 1 ? "is" : "are"}`;
}

/** `patch 3`, `patches 1-3, 5`. */
function numbersWords(indexes: readonly number[], isFirst = false): string {
  const ranges: Array<[first: number, last: number]> = [];
  for (const index of indexes) {
    const last = ranges.at(-1);
    if (last && index === last[1] + 1) last[1] = index;
    else ranges.push([index, index]);
  }
  const numbers = ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(", ");
  return `${isFirst ? "P" : "p"}${indexes.length === 1 ? "atch" : "atches"} ${numbers}`;
}

function namesWords(people: readonly string[]): string {
  const names = people.map((one) => one.split(" <", 1)[0]);
  const more = names.length - mostNames;
  return more > 0 ? `${names.slice(0, mostNames).join(", ")} and ${plural(more, "other")}` : names.join(", ");
}

/** Where a series stands, for its row: nothing where it is new or talked about, `2/5 landed` where a part of it is in the tree. */
export function statusNote({ status, evidence }: StatusWithEvidence, expected: number): string {
  const part = evidence.find(
    ({ kind }) => kind === "partly-landed" || kind === "partly-queued" || kind === "in-tree" || kind === "reverted",
  );
  if (status !== "landed" && status !== "queued" && part && "patches" in part && part.patches)
    return `${part.patches.length}/${expected} ${partWords[part.kind] ?? ""}`;
  return status === "new" || status === "in-review" ? "" : statusName(status);
}

const partWords: Partial<Record<StatusEvidence["kind"], string>> = {
  "partly-landed": "landed",
  "partly-queued": "queued",
  "in-tree": "in the tree",
  reverted: "reverted",
};

/** What says where a series stands, a sentence each; `name` is that of the tree, where several are open. */
export function evidenceSentences(evidence: readonly StatusEvidence[], name = ""): string[] {
  return evidence.map((said) => visibleText(`${name !== "" && isOfTree(said) ? `${name}: ` : ""}${evidenceWords(said)}`));
}

function isOfTree({ kind }: StatusEvidence): boolean {
  return kind !== "reported-applied" && kind !== "reviewed" && kind !== "answered" && kind !== "silent";
}

const signWords: Readonly<Record<CommitSign, string>> = {
  "patch-id": "same patch id",
  "same-lines": "same lines",
  "similar-lines": "most lines the same",
  link: "names this mail",
  "series-link": "names another mail of the series",
  "older-link": "names an older revision",
  "other-link": "names another mail",
  title: "same title",
  author: "same author",
};

/** Why a commit is held to be a patch: `same: same patch id, same author`. */
export function signsWords({ relation, signs }: JudgedCommit): string {
  return `${relation}: ${signs.map((sign) => signWords[sign]).join(", ")}`;
}

/**
 * The text that `status` prints.
 *
 * @param isWhole with each patch and its commits
 */
export function statusText(states: readonly StatedSeries[], isWhole: boolean): string {
  if (states.length === 0) return "No series.\n";
  const lines = states.flatMap(({ series, status, evidence, patches }) => [
    `${series.id}  ${status.padEnd(10)}  ${series.title}  ${revisionName(newestRevision(series))}`,
    ...evidence.map((said) => `    ${evidenceWords(said)}`),
    ...(isWhole ? patches.flatMap(patchLines) : []),
  ]);
  return lines.map((line) => `${visibleText(line)}\n`).join("");
}

function patchLines({ index, title, state, commits }: PatchLanding): string[] {
  return [`  ${index}  ${state}  ${title ?? "(missing)"}`, ...commits.map(commitLine)];
}

function commitLine(judged: JudgedCommit): string {
  const { commit } = judged;
  const { id, title, author, refs, reverted, pickedFrom, local } = commit;
  const facts = [
    signsWords(judged),
    refs.length > 0 ? `in ${refs.join(", ")}` : "on no ref",
    ...(local ? ["your own"] : []),
    ...(pickedFrom === null ? [] : [`picked from ${pickedFrom.slice(0, 12)}`]),
    ...[...new Set(reverted.map(({ commit: by }) => by))].map((by) => `reverted by ${by.slice(0, 12)}`),
  ];
  return `     ${id.slice(0, 12)} ${title} (${formatAuthor(author)}) · ${facts.join(" · ")}`;
}
