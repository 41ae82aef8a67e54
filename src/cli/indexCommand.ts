/** `kvm-series index`: builds the index of archives, or brings it up to date. */
import { resolve } from "node:path";
import { HumanError } from "../core/humanError";
import { singleProblems } from "../core/series/problems";
import { problemLine } from "../render/seriesText";
import { isArchiveKind, type SourceKind } from "../sources/detect";
import { bareDiffSentence } from "../sources/fileKind";
import type { Call } from "./call";
import { needSqlite } from "./node24";
import { warn } from "./output";
import { findSources } from "./sources";
import { folderOfStreams } from "./streams";

export async function writeIndex(call: Call): Promise<string> {
  const file = call.needed("db");
  const found = await findSources(call.words);
  for (const { name, path, kind } of found) {
    if (folderOfStreams([path]) !== null)
      throw new HumanError(
        problemLine({ source: name, message: "An index finds mails where they lie, and a pipe is gone; write it to a file first." }),
      );
    if (!isArchiveKind(kind)) throw new HumanError(problemLine({ source: name, message: notIndexed(kind) }));
  }
  needSqlite();
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
  );
  const counts = { mails, patches, revisions, series, seconds: Math.round(seconds * 1000) / 1000 };
  const plain = `${mails} mails, ${patches} patches, ${revisions} revisions, ${series} series in ${counts.seconds} s\n`;
  const problems = singleProblems(told);
  const [first] = problems;
  if (mails === 0 && first) throw new HumanError(problemLine(first));
  if (repaired) warn(problemLine({ source: file, message: "The index was damaged and has been built again." }));
  // The object has its few numbers and no problems, so these stand beside it.
  for (const problem of problems) warn(problemLine(problem));
  return call.flag("json") ? `${JSON.stringify(counts, null, 2)}\n` : plain;
}

function notIndexed(kind: SourceKind): string {
  if (kind === "absent") return "There is no such file or folder; check its name.";
  if (kind === "diff") return bareDiffSentence([]);
  if (kind === "digest") return "This is a digest, which is read as it is and needs no index.";
  if (kind === "index") return "This is an index already; name the archive.";
  return "This is no mail archive: neither a public-inbox repository nor an mbox, a maildir or a folder of mails.";
}
