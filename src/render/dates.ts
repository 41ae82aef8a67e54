/** Days and times of mails, always UTC and always with the month in letters. */
import { visibleAttribute, visibleHtml } from "./escape";

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `12 Jan 2026`; null for what is no date. */
export function dayText(date: string): string | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})T/.exec(date);
  if (!match) return null;
  const [, year = "", month = "", day = ""] = match;
  return `${Number(day)} ${months[Number(month) - 1] ?? month} ${year}`;
}

/**
 * A day, its time on pointing at it; empty for what is no date.
 *
 * @param more what else is said on pointing at it
 */
export function timeHtml(date: string, more = ""): string {
  const day = dayText(date);
  const time = /T(\d{2}:\d{2})/.exec(date)?.[1] ?? "";
  if (day === null) return "";
  return `<time datetime="${visibleAttribute(date)}" title="${visibleAttribute(`${day}, ${time} UTC${more}`)}">${visibleHtml(day)}</time>`;
}
