/** `kvm-series index`: builds the index of archives, or brings it up to date. */
import { resolve } from "node:path";
import { HumanError } from "../core/humanError";
import { singleProblems } from "../core/series/problems";
import { problemLine } from "../render/seriesText";
import { isArchiveKind, type SourceKind } from "../sources/detect";
import { bareDiffSentence } from "../sources/fileKind";
import type { Call } from "./call";
import { needSqlite } from "./node24";
import { refusal, warn } from "./output";
import { findSources } from "./sources";

export interface IndexOptions {
  readonly db: string;
  readonly json: boolean;
}

export async function writeIndex({ words, options: { db: file, json }, environment }: Call<IndexOptions>): Promise<string> {
  const found = await findSources(words, environment);
  for (const { name, path, kind } of found) {
    if (environment.streams.folderFor([path]) !== null)
      throw refusal(name, "An index finds mails where they lie, and a pipe is gone; write it to a file first.");
    if (!isArchiveKind(kind)) throw refusal(name, notIndexed(kind));
  }
  needSqlite(environment.streams);
  const { updateIndex } = await import("./indexed.js");
  const {
    mails,
    patches,
    revisions,
    series,
    seconds,
    problems: told,
    repaired,
  } = await updateIndex(
    found.map(({ path }) => path),
    resolve(file),
    environment.git,
  );
  const counts = { mails, patches, revisions, series, seconds: Math.round(seconds * 1000) / 1000 };
  const plain = `${mails} mails, ${patches} patches, ${revisions} revisions, ${series} series in ${counts.seconds} s\n`;
  const problems = singleProblems(told);
  const [first] = problems;
  if (mails === 0 && first) throw new HumanError(problemLine(first));
  if (repaired) warn(problemLine({ source: file, message: "The index was damaged and has been built again." }));
  // The object has only a few numbers, so problems go to standard error.
  for (const problem of problems) warn(problemLine(problem));
  return json ? `${JSON.stringify(counts, null, 2)}\n` : plain;
}

function notIndexed(kind: SourceKind): string {
  if (kind === "absent") return "There is no such file or folder; check its name.";
  if (kind === "diff") return bareDiffSentence([]);
  if (kind === "digest") return "This is a digest, which needs no index.";
  if (kind === "index") return "This is already an index; give the archive.";
  return "This is not a mail archive: neither a public-inbox repository nor an mbox, a maildir or a folder of mails.";
}
