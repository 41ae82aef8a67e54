/** Where a series stands, and the evidence for it: the tree first, then what people wrote. */
import { type Author, formatAuthor, isSameAuthor, parseAuthor } from "../mail/author";
import { robotOf } from "../mail/robots";
import { cleanPeople, type Trailer } from "../mail/trailers";
import { isOn, type PatchLanding, type PatchState, type TreeRef } from "./landed";
import {
  isOld,
  isStableMail,
  lastSent,
  newestRevision,
  type Patch,
  type Reply,
  type ReportedApplied,
  type Revision,
  type Series,
  type SeriesStatus,
} from "./series";

/** Something that says where a series stands. `patches` are indexes. */
export type StatusEvidence =
  /** All patches are on a ref, or some; `changed` are those that are not the same there. */
  | {
      readonly kind: "landed" | "queued" | "partly-landed" | "partly-queued";
      readonly ref: string;
      readonly patches: readonly number[];
      readonly changed: readonly number[];
    }
  | { readonly kind: "in-tree" | "reverted" | "older-landed" | "local" | "unproven"; readonly patches: readonly number[] }
  /** `patches` null: all; `commits` as the report has them. */
  | {
      readonly kind: "reported-applied";
      readonly report: Pick<ReportedApplied, "messageId" | "from" | "date" | "quote">;
      readonly patches: readonly number[] | null;
      readonly commits: readonly string[];
    }
  | { readonly kind: "reviewed"; readonly patches: readonly number[]; readonly by: readonly string[] }
  | { readonly kind: "answered"; readonly replies: number; readonly by: readonly string[] }
  | { readonly kind: "silent"; readonly days: number };

export interface StatusWithEvidence {
  readonly status: SeriesStatus;
  /** The strongest first; the status was decided by the first of its kind. */
  readonly evidence: readonly StatusEvidence[];
}

/** What is known of a tree. */
export interface TreeKnowledge {
  readonly patches: readonly PatchLanding[];
  readonly refs: readonly TreeRef[];
}

/**
 * Decides the status of a series. `changes-requested` is never said: a remark, a question and a request are not told apart by words
 * with any certainty.
 *
 * @param tree null where none was asked
 * @param now the date of the newest mail of the sources, in milliseconds; null where none has a date
 */
export function seriesStatus(series: Series, tree: TreeKnowledge | null, now: number | null): StatusWithEvidence {
  const revision = newestRevision(series);
  const inTree = tree ? treeEvidence(tree) : [];
  const reports = reportEvidence(revision);
  const silent = silenceOf(series, now);
  const evidence = [
    ...inTree,
    ...reports,
    ...reviewEvidence(revision),
    ...answerEvidence(revision),
    ...(silent === null ? [] : [{ kind: "silent", days: silent } as const]),
  ];
  const status = ((): SeriesStatus => {
    if (tree && isAllIn(tree, revision)) return "landed";
    if (inTree.some(({ kind }) => kind === "queued")) return "queued";
    if (isReportedWhole(revision) && !inTree.some(({ kind }) => kind === "reverted")) return "queued";
    return isStale(series, now) ? "stale" : reviewStatus(revision);
  })();
  return { status, evidence: status === "stale" ? evidence : evidence.filter(({ kind }) => kind !== "silent") };
}

/** Where mails alone leave a revision, whatever the date is; nothing of a tree is known. */
export function mailStatus(revision: Revision): SeriesStatus {
  return isReportedWhole(revision) ? "queued" : reviewStatus(revision);
}

/** The status of a series by its mails at a moment: one that nobody answers any more is stale, unless it was taken. */
export function statusAt(series: Series, now: number | null): SeriesStatus {
  return series.status !== "queued" && isStale(series, now) ? "stale" : series.status;
}

/** Mail of the stable trees waits for nobody. */
function isStale(series: Series, now: number | null): boolean {
  return !isStableMail(series) && isOld(series, now);
}

/** A digest tells what was posted and not what was answered, so a series that only digests have is new. */
function reviewStatus(revision: Revision): "reviewed" | "in-review" | "new" {
  const { patches, missing, posted, author } = revision;
  if (!posted) return "new";
  const isReviewed = (patch: Patch): boolean => reviewersOf(patch).length > 0;
  if (missing.length === 0 && patches.length > 0 && patches.every(isReviewed)) return "reviewed";
  return posted.replies.some((reply) => isAnswer(reply, author)) || patches.some(isReviewed) ? "in-review" : "new";
}

/** Whether a main ref has all patches, or the tree all that they change. */
function isAllIn({ patches, refs }: TreeKnowledge, { expected }: Revision): boolean {
  if (patches.length === 0 || patches.length < expected) return false;
  return mainRefs(refs).some(({ name }) =>
    patches.every(({ commits, state }) => isOn(commits, name) || (state === "in-tree" && name === "HEAD")),
  );
}

function mainRefs(refs: readonly TreeRef[]): TreeRef[] {
  return refs.filter(({ main }) => main);
}

function treeEvidence({ patches, refs }: TreeKnowledge): StatusEvidence[] {
  const found: StatusEvidence[] = [];
  const onRef = ({ name, main }: TreeRef): (StatusEvidence & { patches: readonly number[] }) | null => {
    const there = patches.filter(({ commits }) => isOn(commits, name));
    if (there.length === 0) return null;
    const isWhole = there.length === patches.length;
    const changed = there.filter(
      ({ commits }) =>
        !isOn(
          commits.filter(({ relation }) => relation === "same"),
          name,
        ),
    );
    const kind = main ? (isWhole ? "landed" : "partly-landed") : isWhole ? "queued" : "partly-queued";
    return { kind, ref: name, patches: there.map(indexOf), changed: changed.map(indexOf) };
  };
  // The main refs come first. A part on another ref is told only if it is more.
  let most = 0;
  for (const ref of [...mainRefs(refs), ...refs.filter(({ main }) => !main)]) {
    const one = onRef(ref);
    if (!one || (one.patches.length <= most && !ref.main && one.patches.length < patches.length)) continue;
    most = Math.max(most, one.patches.length);
    found.push(one);
  }
  const inState = (state: PatchState): number[] => patches.filter((one) => one.state === state).map(indexOf);
  const groups = [
    ["in-tree", inState("in-tree")],
    ["reverted", patches.filter((one) => one.state === "reverted" || isTakenBack(one)).map(indexOf)],
    ["older-landed", inState("older")],
    ["local", inState("local")],
    ["unproven", patches.filter(({ state, commits }) => state === "not-found" && commits.length > 0).map(indexOf)],
  ] as const;
  for (const [kind, indexes] of groups) if (indexes.length > 0) found.push({ kind, patches: indexes });
  return found;
}

function indexOf({ index }: PatchLanding): number {
  return index;
}

/** Whether some commit of a patch was taken back on some ref, even if another one of it stands. */
function isTakenBack({ commits }: PatchLanding): boolean {
  return commits.some(
    ({ relation, commit }) => (relation === "same" || relation === "changed") && !commit.local && commit.reverted.length > 0,
  );
}

/** What replies report, a piece of evidence for each sentence: they name a commit for each patch. */
function reportEvidence({ posted }: Revision): StatusEvidence[] {
  const sentences = new Map<string, ReportedApplied[]>();
  for (const report of posted?.applied ?? []) {
    const key = `${report.messageId}\n${report.quote}`;
    const known = sentences.get(key);
    if (known) known.push(report);
    else sentences.set(key, [report]);
  }
  return [...sentences.values()].flatMap((reports): StatusEvidence[] => {
    const [report] = reports;
    if (!report) return [];
    const patches = reports.some((one) => one.patches === null)
      ? null
      : [...new Set(reports.flatMap((one) => one.patches ?? []))].sort((a, b) => a - b);
    return [{ kind: "reported-applied", report, patches, commits: [...new Set(reports.flatMap(({ commit }) => commit ?? []))] }];
  });
}

function isReportedWhole({ posted, patches, expected }: Revision): boolean {
  const reports = posted?.applied ?? [];
  if (reports.some((report) => report.patches === null)) return true;
  const told = new Set(reports.flatMap((report) => report.patches ?? []));
  const indexes = patches.map(({ index }, at) => index ?? at + 1);
  return indexes.length >= expected && indexes.length > 0 && indexes.every((index) => told.has(index));
}

const reviews: ReadonlySet<string> = new Set(["reviewed-by", "acked-by"]);

function reviewEvidence({ patches }: Revision): StatusEvidence[] {
  const given = patches.map((patch, at) => ({ index: patch.index ?? at + 1, people: reviewersOf(patch) }));
  const reviewed = given.filter(({ people }) => people.length > 0);
  if (reviewed.length === 0) return [];
  const by = [...new Map(reviewed.flatMap(({ people }) => people).map((one) => [one.name || one.email, formatAuthor(one)])).values()];
  return [{ kind: "reviewed", patches: reviewed.map(({ index }) => index), by }];
}

/** Who reviewed a patch beside its author; what somebody wrote in another's name does not count. */
function reviewersOf({ trailers, author }: Patch): Author[] {
  const counts = ({ key, giver }: Trailer): boolean => reviews.has(key.toLowerCase()) && giver !== "other";
  const people = trailers.filter(counts).flatMap(({ value }) => cleanPeople(value).map((one) => parseAuthor(one.replace(/>[^>]*$/, ">"))));
  return people.filter((one) => !isSameAuthor(one, author));
}

function answerEvidence({ posted, author }: Revision): StatusEvidence[] {
  const answers = (posted?.replies ?? []).filter((reply) => isAnswer(reply, author));
  if (answers.length === 0) return [];
  return [{ kind: "answered", replies: answers.length, by: [...new Set(answers.map((reply) => formatAuthor(reply.author)))] }];
}

/** Whether a person other than the author wrote a reply. */
function isAnswer(reply: Reply, author: Author): boolean {
  return reply.kind !== "bot" && robotOf(reply.author) === null && !isSameAuthor(reply.author, author);
}

const dayMilliseconds = 24 * 60 * 60 * 1000;

/** For how many days nothing was sent; null where no source tells, and for mail of the stable trees, which waits for nobody. */
function silenceOf(series: Series, now: number | null): number | null {
  const date = lastSent(series);
  return date === null || now === null || isStableMail(series) ? null : Math.floor((now - Date.parse(date)) / dayMilliseconds);
}
