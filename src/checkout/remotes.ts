/** The remotes of a repository, and what was looked at of each: one that was never fetched, or is of another project, has nothing to find. */
import { createHash } from "node:crypto";
import type { RemoteBranches } from "../core/series/landed";
import { type Project, projectMarks, projectOfTree } from "../core/subsystem/project";
import type { GitOptions } from "../git/git";
import { objectInfos } from "../git/objects";
import type { LoggedRef } from "./commitLog";
import { gitIn } from "./commits";

/** Further remotes are not told apart by the files they have. */
const mostProjects = 24;

/** @param refs those that were looked at */
export async function readRemotes(top: string, refs: readonly LoggedRef[], options: GitOptions = {}): Promise<RemoteBranches[]> {
  const ask = gitIn(top, options);
  const [named, listed] = [await ask(["remote"]), await ask(["for-each-ref", "--format=%(refname) %(symref)", "refs/remotes"])];
  const lines = (text: Buffer): string[] => text.toString("utf8").split("\n").filter(Boolean);
  const remotes = new Map(lines(named.stdout).map((name) => [name, { branches: 0, refs: [] as LoggedRef[] }]));
  const remoteOf = (branch: string): { branches: number; readonly refs: LoggedRef[] } => {
    // The name of a remote may have slashes in it, and a branch may be left over from one that is gone.
    const parts = branch.split("/");
    const known = parts.map((_, at) => remotes.get(parts.slice(0, parts.length - at).join("/"))).find((one) => one !== undefined);
    const made = known ?? { branches: 0, refs: [] };
    if (!known) remotes.set(parts[0] ?? branch, made);
    return made;
  };
  for (const line of lines(listed.stdout)) {
    const [full = "", symref = ""] = line.split(" ");
    if (symref === "") remoteOf(full.slice("refs/remotes/".length)).branches++;
  }
  for (const ref of refs) if (ref.remote) remoteOf(ref.name).refs.push(ref);
  const head = refs.find((ref) => ref.name === "HEAD")?.commit ?? "";
  const projects = await projectsOf(top, [head, ...[...remotes.values()].map((remote) => remote.refs[0]?.commit ?? "")], options);
  const ours = projects.get(head) ?? null;
  return Array.from(remotes, ([name, { branches, refs: own }]) => {
    const project = projects.get(own[0]?.commit ?? "") ?? null;
    const dates = own.map(({ committed }) => committed).filter((date) => date !== null);
    return {
      name,
      refs: own.map((ref) => ref.name),
      branches,
      newest: dates.length === 0 ? null : dates.reduce((newest, date) => Math.max(newest, date)),
      project,
      isOther: project !== null && ours !== null && project !== ours,
    };
  });
}

/** The projects that commits are of, by the files that mark one. */
async function projectsOf(top: string, commits: readonly string[], options: GitOptions): Promise<Map<string, Project | null>> {
  const asked = [...new Set(commits)].filter((commit) => commit !== "").slice(0, mostProjects);
  const names = asked.flatMap((commit) => projectMarks.map((path) => `${commit}:${path}`));
  const infos = await objectInfos(gitIn(top, options), names);
  const there = new Set(names.filter((_, at) => infos[at]?.kind === "blob"));
  return new Map(asked.map((commit) => [commit, projectOfTree((path) => there.has(`${commit}:${path}`))]));
}

/** A text that changes when HEAD, its branch, a remote or one of its branches does; "" where there is no repository. */
export async function refsStamp(top: string, options: GitOptions = {}): Promise<string> {
  const ask = gitIn(top, options);
  const parts = [
    await ask(["rev-parse", "--git-common-dir", "HEAD", "HEAD@{upstream}"]),
    await ask(["for-each-ref", "--format=%(objectname) %(refname) %(symref)", "refs/remotes"]),
    await ask(["remote"]),
    await ask(["config", "--get", "user.email"]),
  ];
  const [head] = parts;
  if (!head || head.stdout.length === 0) return "";
  const stamp = createHash("sha1");
  for (const { stdout } of parts) stamp.update(stdout).update("\0");
  return stamp.digest("hex");
}
