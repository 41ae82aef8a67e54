/** Reads the dates of mail headers, and writes dates as ISO 8601. */

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/** `Wed, 15 Jul 2026 16:24:37 +0200 (CEST)`; old and careless mailers leave parts of it out. */
const mailForm = /^(?:[a-z]+[\s,]*)?(\d{1,2})[\s-]+([a-z]{3})[a-z]*\.?[\s-]+(\d{2,4})[\s,]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?/i;
/** `Wed Jul 15 16:24:37 2026 +0200`, as C and git write it. */
const plainForm = /^(?:[a-z]{3,}[\s,]+)?([a-z]{3})[a-z]*\s+(\d{1,2})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s+([a-z]{3,4}\s+)?(\d{4})/i;
/** `2026-07-15 16:24:37 +0200` and `2026-07-15T16:24:37Z`. */
const isoForm = /^(\d{4})-(\d{1,2})-(\d{1,2})[T\s]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?/i;
const numberZone = /^([+-])(\d{2}):?(\d{2})(?!\d)/;
const zoneNames: Readonly<Record<string, number>> = {
  z: 0,
  ut: 0,
  utc: 0,
  gmt: 0,
  est: -300,
  edt: -240,
  cst: -360,
  cdt: -300,
  mst: -420,
  mdt: -360,
  pst: -480,
  pdt: -420,
};
/** The farthest any place on earth is from UTC, in minutes; a farther zone is broken. */
const farthestZone = 14 * 60;
const longestDate = 200;

/** Reads a Date header as milliseconds since 1970; null where it holds no date. An impossible or unknown zone counts as UTC. */
export function parseMailDate(value: string): number | null {
  if (value.length > longestDate) return null;
  const text = value.trim();
  const usual = usualDate(text);
  if (usual !== null) return usual;
  const mail = mailForm.exec(text);
  if (mail) {
    const [, day = "", month = "", year = "", hour = "", minute = "", second = "0"] = mail;
    return instant(fullYear(year), months.indexOf(month.toLowerCase()), +day, [+hour, +minute, +second], zoneBehind(text, mail[0]));
  }
  const plain = plainForm.exec(text);
  if (plain) {
    const [, month = "", day = "", hour = "", minute = "", second = "0", name = "", year = ""] = plain;
    const zone = name === "" ? zoneBehind(text, plain[0]) : zoneMinutes(name.trim());
    return instant(+year, months.indexOf(month.toLowerCase()), +day, [+hour, +minute, +second], zone);
  }
  const iso = isoForm.exec(text);
  if (!iso) return null;
  const [, year = "", month = "", day = "", hour = "", minute = "", second = "0"] = iso;
  return instant(+year, +month - 1, +day, [+hour, +minute, +second], zoneBehind(text, iso[0]));
}

/** The zone that is written behind a date. */
function zoneBehind(text: string, { length }: string): number {
  return zoneMinutes(text.slice(length).trimStart());
}

const space = 32;
const comma = 44;
const colon = 58;
const zero = 48;

/** Reads `Wed, 15 Jul 2026 16:24:37 +0200`, as nearly all mails have it, by the positions of its characters; null for anything else. */
function usualDate(text: string): number | null {
  if (text.length < shortestUsual || text.charCodeAt(4) !== space || text.charCodeAt(3) !== comma) return null;
  const at = text.charCodeAt(6) === space ? 6 : 7;
  if (text.length < at + 24) return null;
  const month = usualMonths.indexOf(text.slice(at, at + 5));
  if (month < 0 || text.charCodeAt(at + 12) !== colon || text.charCodeAt(at + 15) !== colon) return null;
  if (text.charCodeAt(at + 9) !== space || text.charCodeAt(at + 18) !== space) return null;
  const isBehind = text.charCodeAt(at + 19) === 45;
  if ((!isBehind && text.charCodeAt(at + 19) !== 43) || (text.length > at + 24 && text.charCodeAt(at + 24) !== space)) return null;
  const zone = zoneOffset(isBehind, digits(text, at + 20, 2), digits(text, at + 22, 2));
  const day = digits(text, 5, at - 5);
  const clock = [digits(text, at + 10, 2), digits(text, at + 13, 2), digits(text, at + 16, 2)] as const;
  return instant(digits(text, at + 5, 4), month / 4, day, clock, zone);
}

const shortestUsual = 30;
const usualMonths = " Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec ";

/** Reads some digits; NaN where there is anything else. */
function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at++) {
    const digit = text.charCodeAt(at) - zero;
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : NaN;
  }
  return value;
}

/** By RFC 5322 two digits mean 1950 to 2049, and three digits count from 1900. */
function fullYear(digits: string): number {
  const year = Number(digits);
  if (digits.length > 3) return year;
  return digits.length === 3 || year >= 50 ? 1900 + year : 2000 + year;
}

const monthLengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The milliseconds of a time; null for one that does not exist. The month counts from 0. */
function instant(year: number, month: number, day: number, clock: readonly [number, number, number], zone: number): number | null {
  const [hour, minute, second] = clock;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const last = month === 1 && !isLeap ? 28 : (monthLengths[month] ?? 0);
  if (!(year >= 1000 && day >= 1 && day <= last && hour < 24 && minute < 60 && second <= 60)) return null;
  // A leap second is read as the second before it.
  return Date.UTC(year, month, day, hour, minute, Math.min(second, 59)) - zone * 60_000;
}

/** Minutes a zone is ahead of UTC; 0 for one that is unknown or impossible. */
function zoneMinutes(zone: string): number {
  const match = numberZone.exec(zone);
  if (match) return zoneOffset(match[1] === "-", Number(match[2]), Number(match[3]));
  return zoneNames[/^[a-z]+/i.exec(zone)?.[0].toLowerCase() ?? ""] ?? 0;
}

function zoneOffset(isBehind: boolean, hours: number, minutes: number): number {
  const offset = hours * 60 + minutes;
  if (!(offset <= farthestZone && minutes < 60)) return 0;
  return isBehind ? -offset : offset;
}

/** Writes a time in milliseconds as ISO 8601 with seconds, in UTC; null for a time that no mail can have. */
export function isoDate(date: number): string | null {
  if (!(date > 0 && date <= latestDate)) return null;
  return `${new Date(date).toISOString().slice(0, "yyyy-mm-ddThh:mm:ss".length)}Z`;
}

/** Later dates have years of more than four digits in `toISOString`. */
const latestDate = Date.UTC(9999, 11, 31);
