/** `kvm-series touching`: the pending series that change a file, lines of it, or a folder. */
import { touchingReport } from "../render/seriesJson";
import { touchingText } from "../render/seriesText";
import { UsageError, type Call } from "./call";
import { movedInTree } from "./movedInTree";
import { output } from "./printed";
import { openSources } from "./sources";

export async function listTouching(call: Call): Promise<string> {
  const [asked, ...sources] = call.words;
  if (asked === undefined) throw new UsageError("touching needs a PATH.");
  const [, named = asked, first, last = first] = /^(.*?)(?::(\d+)(?:-(\d+))?)?$/s.exec(asked) ?? [];
  const path = named.replace(/^(?:\.\/)+/, "");
  const lines = first === undefined ? null : ([Number(first), Number(last)] as const);
  if (lines && (lines[0] < 1 || lines[1] < lines[0]))
    throw new UsageError(`“${asked}” names no lines; write PATH:LINE or PATH:FIRST-LAST.`);
  const opened = await openSources(sources, call.option("tree"));
  const all = call.flag("all");
  const moved = await movedInTree(opened.series(), opened.tree, { all });
  const touches = opened.touching({ path, lines, suffix: call.flag("suffix"), all, moved });
  const now = moved.ofName(path);
  const { problems } = opened;
  return output(call.flag("json"), touchingReport(path, touches, problems, now), touchingText(path, touches, now), problems);
}
