/** Narrowing a list of series by words a person types. */
import { newestRevision, type Series } from "./series";
import { formatAuthor } from "../mail/author";

/** Whether every word of a filter occurs in what people know a series by; case does not matter. */
export function matchesFilter(series: Series, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const revision = newestRevision(series);
  const titles = revision.patches.map(({ title }) => title);
  const text = [series.title, series.subsystem, formatAuthor(revision.author), ...titles, ...revision.files].join("\n").toLowerCase();
  return words.every((word) => text.includes(word));
}

/** Whether a filter asks for a field of the mails (`s:`, `f:`, `dfn:`...), as on lore.kernel.org, which only an index can answer. */
export function namesField(filter: string): boolean {
  return /(?:^|\s)-?(?:s|f|t|c|a|tc|l|b|bs|d|dt|dfn|patchid):\S/i.test(filter);
}
