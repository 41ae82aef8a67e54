/** `kvm-series mbox`: the patches of a revision, for `git am`. */
import { mailIdsOf } from "../core/series/loadedRevision";
import { newestRevision } from "../core/series/series";
import { seriesMbox } from "../core/series/seriesMbox";
import { leftOutTexts } from "../render/leftOutTrailers";
import type { Call } from "./call";
import { chosenRevision } from "./chosenSeries";
import { readPatchNumbers } from "./patchNumbers";
import { output, warn } from "./printed";

export async function writeMbox(call: Call): Promise<string> {
  const asked = call.option("patches");
  const numbers = asked === undefined ? null : readPatchNumbers(asked);
  const { one, revision, opened } = await chosenRevision(call);
  const wanted = revision ?? newestRevision(one);
  numbers?.within(Math.max(wanted.expected, ...wanted.patches.map(({ index }) => index ?? 0)));
  const { text, leftOut, absent } = seriesMbox(wanted, await opened.mails(mailIdsOf(wanted)), {
    trailers: !call.flag("no-trailers"),
    elsewhere: call.flag("sloppy-trailers"),
    incomplete: true,
    ...(numbers ? { wanted: (index: number) => numbers.has(index) } : {}),
  });
  for (const sentence of absent) warn(`Left out: ${sentence}`);
  for (const said of leftOutTexts(leftOut)) warn(`Left out: ${said}`);
  return output(false, {}, text, opened.problems);
}
