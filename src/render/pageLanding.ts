/** Where the newest revision of a series stands, for its page: what says so, and its patches in HEAD and remotes. Bundled as dist/pageLanding.js. */
import { visibleText } from "../core/mail/hiddenCharacters";
import { isOn, type JudgedCommit, type PatchLanding, type RemoteBranches, type TreeRef } from "../core/series/landed";
import { newestRevision, type Series } from "../core/series/series";
import type { StatusEvidence } from "../core/series/status";
import type { LandingCell, LandingColumn, PageLanding } from "../shared/protocol";
import { dayText } from "./html";
import { plural, titleText } from "./labels";
import { evidenceSentences, signsWords } from "./seriesStatus";

/** What is known of a series in the tree it is for. */
export interface LandingFacts {
  readonly evidence: readonly StatusEvidence[];
  /** The name of the tree, where several are open. */
  readonly name: string;
  readonly patches: readonly PatchLanding[];
  readonly refs: readonly TreeRef[];
  readonly remotes: readonly RemoteBranches[];
  readonly since: string | null;
}

/** Columns beside the one of HEAD; further remotes are named below the table. */
const mostRemotes = 12;
/** Branches of a remote that are named. */
const mostBranches = 6;

/** A place where patches are looked for. */
interface Place {
  readonly column: LandingColumn;
  /** Null for HEAD. */
  readonly remote: RemoteBranches | null;
  /** Why nothing could be found there, in short and as a sentence; null where something could. */
  readonly blind: readonly [text: string, about: string] | null;
}

/** What the page is told; without a tree only what mails say. */
export function pageLanding(series: Series, facts: LandingFacts | { readonly evidence: readonly StatusEvidence[] }): PageLanding {
  if (!("patches" in facts)) return { evidence: evidenceSentences(facts.evidence), columns: [], rows: [], notes: [] };
  const { patches, remotes, refs, since, name, evidence } = facts;
  const places = placesOf(series, facts);
  const shown = shownPlaces(places, patches);
  const rows = patches.map((patch) => ({
    index: patch.index,
    title: patch.title ?? "",
    cells: shown.map((place) => cellOf(patch, place)),
  }));
  const left = places.filter((place) => !shown.includes(place)).map(({ column }) => column.name);
  const looked = remotes.reduce((sum, remote) => sum + remote.refs.length, 0);
  const all = remotes.reduce((sum, { branches }) => sum + branches, 0);
  const notes = [
    left.length === 0 ? "" : `None of it is in ${plural(left.length, "more remote")}: ${left.join(", ")}.`,
    looked < all ? `Of ${plural(all, "branch", "branches")} of remotes, ${looked} were looked at: the newest of each.` : "",
    since === null ? "" : `Commits from before ${dayText(since) ?? since} were not read.`,
    remotes.length === 0 ? "This repository has no remotes." : "Nothing is fetched for this: it is what your last fetch brought.",
  ].filter(Boolean);
  return { evidence: evidenceSentences(evidence, name), columns: refs.length === 0 ? [] : shown.map(({ column }) => column), rows, notes };
}

function placesOf(series: Series, { remotes, refs }: LandingFacts): Place[] {
  const sent = Date.parse(newestRevision(series).posted?.firstSent ?? newestRevision(series).date ?? "");
  const head = refs.some(({ name }) => name === "HEAD")
    ? [{ column: { name: "HEAD", about: "What is checked out" }, remote: null, blind: null }]
    : [];
  return [...head, ...remotes.map((remote) => remotePlace(remote, sent))];
}

function remotePlace(remote: RemoteBranches, sent: number): Place {
  const { name, refs, branches, newest, isOther, project } = remote;
  const more = branches - Math.min(refs.length, mostBranches);
  const named = `${refs.slice(0, mostBranches).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  const of = newest === null ? "" : `, newest commit of ${dayText(new Date(newest).toISOString()) ?? ""}`;
  const blind = ((): Place["blind"] => {
    if (branches === 0) return ["never fetched", "Nothing of this remote is here; fetch it to see what it has"];
    if (isOther) return ["other project", `This remote is a repository of ${project ?? "another project"}`];
    if (newest !== null && newest < sent)
      return ["not fetched since", "All that is here of this remote is older than the posting; fetch it to see what it has"];
    return refs.length === 0 ? ["not looked at", "Too many branches of other remotes are newer"] : null;
  })();
  return { column: { name, about: branches === 0 ? "Never fetched" : `${named}${of}` }, remote, blind };
}

/** The first columns, and those of further remotes that have something. */
function shownPlaces(places: readonly Place[], patches: readonly PatchLanding[]): Place[] {
  const has = (place: Place): boolean => patches.some((patch) => commitsIn(patch, place).length > 0);
  const wanted = new Set([...places.filter(has), ...places].slice(0, mostRemotes + 1));
  return places.filter((place) => wanted.has(place));
}

function commitsIn({ commits }: PatchLanding, { remote }: Place): readonly JudgedCommit[] {
  if (remote === null) return commits.filter(({ commit }) => commit.local || commit.refs.includes("HEAD"));
  return commits.filter(({ commit }) => commit.refs.some((name) => remote.refs.includes(name)));
}

function cellOf(patch: PatchLanding, place: Place): LandingCell {
  const nothing = (kind: LandingCell["kind"], text: string, about: string): LandingCell => ({ kind, text, about, commit: null });
  if (patch.title === null) return nothing("unknown", "unknown", "This patch was not found in any source");
  const found = commitsIn(patch, place)[0];
  if (!found) {
    if (place.remote === null && patch.state === "in-tree")
      return nothing("found", "contained", "The tree has what it changes; its history does not reach back to the posting");
    if (place.blind !== null) return nothing("unknown", ...place.blind);
    return patch.state === "unknown"
      ? nothing("unknown", "unknown", "This patch was not looked for")
      : nothing("none", "not found", "No commit there is this patch");
  }
  const { commit, relation } = found;
  const refs = place.remote === null ? ["HEAD"] : commit.refs.filter((name) => place.remote?.refs.includes(name));
  const isThere = commit.local || refs.some((name) => isOn([found], name));
  const isReverted = (relation === "same" || relation === "changed") && !isThere && commit.reverted.length > 0;
  const kind = isReverted ? "reverted" : relation === "same" ? "found" : relation;
  const where = commit.local ? "on your own branch alone" : `in ${refs.join(", ")}`;
  const about = `${titleText(commit.title)}\n${visibleText(where)}\n${signsWords(found)}`;
  return { kind, text: cellWords[kind], about, commit: commit.id };
}

const cellWords: Readonly<Record<Exclude<LandingCell["kind"], "none" | "unknown">, string>> = {
  found: "same",
  changed: "changed",
  older: "older revision",
  unproven: "not proven",
  reverted: "reverted",
};
