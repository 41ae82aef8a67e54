/** What is said of the trailers of replies that an mbox of a series leaves out. */
import type { LeftOutTrailer } from "../core/series/seriesMbox";
import { visibleText } from "./escape";
import { plural } from "./labels";

const reasons: Readonly<Record<LeftOutTrailer["reason"], string>> = {
  "other-address": "sent from another address of theirs",
  "other-person": "written by somebody else",
  objection: "an objection",
  advice: "advice to the author",
};

/** A message has room for no more. */
const mostNamed = 3;

/** One for each trailer: `Patch 2: Acked-by: Di Ek <di@example.org> (sent from another address of theirs)`. */
export function leftOutTexts(leftOut: readonly LeftOutTrailer[]): string[] {
  return leftOut.map(({ patch, trailer, reason }) => {
    const where = patch.index === null ? "" : `Patch ${patch.index}: `;
    return visibleText(`${where}${trailer.key}: ${trailer.value} (${reasons[reason]})`);
  });
}

/** `Left out: Acked-by: Di Ek <di@example.org> (sent from another address of theirs).`; empty where nothing is. */
export function leftOutSentence(leftOut: readonly LeftOutTrailer[]): string {
  if (leftOut.length === 0) return "";
  const said = [...new Set(leftOut.map((one) => leftOutTexts([{ ...one, patch: { ...one.patch, index: null } }]).join("")))];
  const more = said.length > mostNamed ? ` and ${plural(said.length - mostNamed, "more", "more")}` : "";
  return `Left out: ${said.slice(0, mostNamed).join(", ")}${more}.`;
}
