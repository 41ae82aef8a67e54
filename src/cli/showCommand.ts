/** `kvm-series show`: all that is known of one series. */
import { readMail } from "../core/mail/mail";
import { mailIdsOf, withTexts } from "../core/series/loadedRevision";
import { newestRevision } from "../core/series/series";
import { showReport } from "../render/seriesJson";
import { seriesText } from "../render/seriesText";
import type { Call } from "./call";
import { chosenRevision } from "./chosenSeries";
import { output } from "./printed";

export async function showSeries(call: Call): Promise<string> {
  const { one, revision, opened } = await chosenRevision(call);
  const { mails, problems } = opened;
  const shown = revision ?? newestRevision(one);
  const letters = new Map([...(await mails(mailIdsOf(shown)))].map(([messageId, bytes]) => [messageId, readMail(bytes)]));
  const read = withTexts(shown, letters);
  const whole = { ...one, revisions: one.revisions.map((each) => (each === shown ? read : each)) };
  return output(call.flag("json"), showReport(one, revision, problems), seriesText(whole, revision && read), problems);
}
