/** Queries of the full text: words and fields, found by the prefixes of lore.kernel.org. */
import type { DatabaseSync } from "node:sqlite";

/** Columns of the table `mail_text`. */
export const columns = ["subject", "sender", "recipient", "copied", "file", "list", "body", "patchid"] as const;
type Column = (typeof columns)[number];

/** lore's prefixes and the columns they search. */
const prefixes: Readonly<Record<string, readonly Column[]>> = {
  s: ["subject"],
  f: ["sender"],
  t: ["recipient"],
  c: ["copied"],
  a: ["sender", "recipient", "copied"],
  tc: ["recipient", "copied"],
  dfn: ["file"],
  l: ["list"],
  b: ["body"],
  bs: ["subject", "body"],
  patchid: ["patchid"],
};

function hasTable(db: DatabaseSync): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'mail_text'").get() !== undefined;
}

/** A mail that was found. */
export interface FoundDocument {
  readonly component: number;
  readonly messageId: string;
}

/** How many mails a search finds; older ones are left out. */
const mostFound = 200;

/** Finds mails, the newest first. A meaningless query finds nothing. */
export function searchDocuments(db: DatabaseSync, query: string, limit = mostFound): FoundDocument[] {
  const { match, from, to } = parseLoreQuery(query, newestOf(db));
  if ((match === "" && from === null && to === null) || !hasTable(db)) return [];
  const dates = "date >= ? AND date <= ?";
  const range = [from ?? 0, to ?? Number.MAX_SAFE_INTEGER];
  const rows =
    match === ""
      ? db.prepare(`SELECT component, message_id FROM search_doc WHERE ${dates} ORDER BY date DESC LIMIT ?`).all(...range, limit)
      : db
          .prepare(
            `SELECT component, message_id FROM mail_text JOIN search_doc ON search_doc.id = mail_text.rowid WHERE mail_text MATCH ? AND ${dates} ORDER BY date DESC LIMIT ?`,
          )
          .all(match, ...range, limit);
  return rows.map((row) => ({ component: Number(row["component"]), messageId: String(row["message_id"]) }));
}

/** The date of the newest mail, in seconds. "Ago" counts from it, since the archive may not have been fetched for long. */
function newestOf(db: DatabaseSync): number {
  return Number(db.prepare("SELECT max(date) AS newest FROM series").get()?.["newest"] ?? 0);
}

interface Query {
  /** The query in FTS5's language; empty if only dates are asked for. */
  readonly match: string;
  readonly from: number | null;
  readonly to: number | null;
}

const term = /(-?)(?:([a-z]{1,20}):)?("[^"]*"?|\S+)/gi;

/**
 * `s:"dirty ring" f:alex dfn:arch/x86/kvm d:20260101..20260201 -selftests words`, as lore reads it. All terms must match.
 * @param now the newest mail's date in seconds
 */
function parseLoreQuery(query: string, now = 0): Query {
  const wanted: string[] = [];
  const unwanted: string[] = [];
  let [from, to]: [number | null, number | null] = [null, null];
  for (const [whole, minus = "", prefix = "", value = ""] of query.matchAll(term)) {
    const name = prefix.toLowerCase();
    if (name === "d" || name === "dt" || name === "rt") {
      const [start = "", end = ""] = value.includes("..") ? value.split("..") : [value, value];
      [from, to] = [dayOf(start, 0, now) ?? from, dayOf(end, 86_399, now) ?? to];
      continue;
    }
    const searched = prefixes[name];
    const text = searched ? value : whole.slice(minus.length);
    if (/^(?:and|or|not|near)$/i.test(text)) continue;
    const word = text.replace(/^"|"$/g, "").replaceAll('"', '""');
    if (!/[\p{L}\p{N}]/u.test(word)) continue;
    const quoted = `"${word.replace(/\*$/, "")}"${text.startsWith('"') ? "" : "*"}`;
    (minus ? unwanted : wanted).push(searched ? `{${searched.join(" ")}} : ${quoted}` : quoted);
  }
  const all = wanted.map((one) => `(${one})`).join(" AND ");
  const without = unwanted.map((one) => ` NOT (${one})`).join("");
  return { match: all === "" ? "" : `${all}${without}`, from, to };
}

const secondsIn: Readonly<Record<string, number>> = { day: 86_400, week: 604_800, month: 2_629_800, year: 31_557_600 };

/** `20260131`, `2026-01-31`, `2.weeks.ago`, in seconds; null for anything else. */
function dayOf(text: string, plus: number, now: number): number | null {
  const [, count, unit = ""] = /^(\d{1,4})[. ]?(day|week|month|year)s?[. ]ago$/i.exec(text.trim()) ?? [];
  if (count !== undefined) return now - Number(count) * (secondsIn[unit.toLowerCase()] ?? 0);
  const [, year, month, date] = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(text.trim()) ?? [];
  if (year === undefined || month === undefined || date === undefined) return null;
  return Date.UTC(Number(year), Number(month) - 1, Number(date)) / 1000 + plus;
}
