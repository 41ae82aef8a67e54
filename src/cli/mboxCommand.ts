/** `kvm-series mbox`: the patches of a revision, for `git am`. */
import { mailIdsOf } from "../core/series/loadedRevision";
import { newestRevision } from "../core/series/series";
import { seriesMbox } from "../core/series/seriesMbox";
import { leftOutTexts } from "../render/leftOutTrailers";
import type { Call } from "./call";
import { chosenRevision } from "./chosenSeries";
import { output, warn } from "./printed";

export async function writeMbox(call: Call): Promise<string> {
  const { one, revision, opened } = await chosenRevision(call);
  const wanted = revision ?? newestRevision(one);
  const options = { trailers: !call.flag("no-trailers"), elsewhere: call.flag("sloppy-trailers") };
  const { text, leftOut } = seriesMbox(wanted, await opened.mails(mailIdsOf(wanted)), options);
  for (const said of leftOutTexts(leftOut)) warn(`Left out: ${said}`);
  return output(false, {}, text, opened.problems);
}
