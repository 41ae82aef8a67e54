/** `kvm-series untaken`: the mails whose diffs are in no series, so that none vanishes unseen. */
import { untakenReport, untakenText } from "../render/untakenList";
import type { Call } from "./call";
import { output } from "./printed";
import { openSources } from "./sources";

export async function listUntaken(call: Call): Promise<string> {
  const { untaken, problems } = await openSources(call.words);
  const found = untaken();
  return output(call.flag("json"), untakenReport(found, problems), untakenText(found), problems);
}
