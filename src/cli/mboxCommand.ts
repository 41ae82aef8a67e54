/** `kvm-series mbox`: the patches of a revision, for `git am`. */
import { mailIdsOf } from "../core/series/loadedRevision";
import { newestRevision } from "../core/series/series";
import { seriesMbox } from "../core/series/seriesMbox";
import type { Call } from "./call";
import { chosenRevision } from "./chosenSeries";
import { output } from "./printed";

export async function writeMbox(call: Call): Promise<string> {
  const { one, revision, opened } = await chosenRevision(call);
  const wanted = revision ?? newestRevision(one);
  const { text } = seriesMbox(wanted, await opened.mails(mailIdsOf(wanted)), { trailers: !call.flag("no-trailers") });
  return output(false, {}, text, opened.problems);
}
