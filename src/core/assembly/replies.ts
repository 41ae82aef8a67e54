/** What an answer says of the patches it answers: that they were applied. */
import { ownText } from "./replyTrailers";

/** A line of a mail that says what was applied. */
export interface AppliedLine {
  readonly index: number | null;
  /** Empty where it is about all of the series. */
  readonly title: string;
  readonly commit: string | null;
}

const lineLimit = 1000;
/** No reply lists more. */
const mostLines = 200;

/** What `b4 ty`, patchwork-bot and maintainers by hand write; tip-bot2 names its commit in a line of its own. */
const appliedMark = /\b(?:applied|queued|merged|pushed|picked up|taken)\b/i;
const appliedItem = /^[ \t]*(?:-[ \t]*)?\[(?:[^\]\n]{0,60}[ ,])?(\d{1,4})\/(\d{1,4})\][ \t]*(\S.*)$/;
const loneItem = /^[ \t]*- \[[^\]\n]{0,60}\][ \t]*(\S.*)$/;
const commitLine =
  /^[ \t]+(?:commit:[ \t]*([0-9a-f]{7,40})\b|\(no commit info\)|https?:\/\/\S*?(?:\/commit\/|\/c\/|[?&;]id=)([0-9a-f]{7,40})\b\S*[ \t]*$)/i;
const tipLine = /^Commit-ID:[ \t]+([0-9a-f]{7,40})$/m;
const byUrl = /^[ \t]*(?:\[\d+\][ \t]*)?https?:\/\/\S*?(?:\/commit\/|\/c\/|[?&;]id=)([0-9a-f]{7,40})\b\S*[ \t]*$/m;

/** What a mail says was applied; [] where it says nothing of the kind. Quoted lines are somebody else's. */
export function appliedLines(body: string, title: string, own = ownText(body)): AppliedLine[] {
  if (!appliedMark.test(own) && !own.includes("Commit-ID:")) return [];
  const tip = tipLine.exec(own)?.[1];
  if (tip !== undefined) return [{ index: null, title, commit: tip.toLowerCase() }];
  // `I have not applied it` is no news; `applied` opens its sentence, or follows "series was", "now", "have".
  const said =
    /^(?:[^\n]{0,80}\b(?:is|was|were|are|been|have|has|and|now|series|patch|all|i've|it|this)[ ,:]+)?(?:applied|queued|merged|pushed|picked up|taken)\b(?!\s+(?:yet|only|cleanly))/im;
  if (!said.test(own) || /\b(?:not|n't|never|cannot|once|when|if|to be) (?:be |been |yet |get )*(?:applied|queued|merged)\b/i.test(own))
    return [];
  const found: AppliedLine[] = [];
  const lines = own.split("\n");
  for (let at = 0; at < lines.length && found.length < mostLines; at++) {
    const line = (lines[at] ?? "").slice(0, lineLimit);
    const item = appliedItem.exec(line) ?? null;
    const lone = item ? null : loneItem.exec(line);
    if (!item && !lone) continue;
    let words = (item?.[3] ?? lone?.[1] ?? "").trim();
    let commit: string | null = null;
    // A title may wrap before its commit stands in a line of its own.
    for (let below = at + 1; below < lines.length && below <= at + 3; below++) {
      const next = (lines[below] ?? "").slice(0, lineLimit);
      const match = commitLine.exec(next);
      if (match) {
        commit = (match[1] ?? match[2] ?? null)?.toLowerCase() ?? null;
        break;
      }
      if (!/^[ \t]+\S/.test(next)) break;
      words = `${words} ${next.trim()}`;
    }
    found.push({ index: item ? Number(item[1]) : null, title: words, commit });
  }
  return found.length > 0 ? found : [{ index: null, title: "", commit: byUrl.exec(own)?.[1]?.toLowerCase() ?? null }];
}
