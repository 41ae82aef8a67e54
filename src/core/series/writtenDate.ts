/**
 * A date as a person writes it at a prompt, in the forms that git takes: `2026-10-01`, `2.weeks.ago`, `last monday`, `yesterday
 * noon`. All are UTC unless they say otherwise. Relative dates count from a moment that is passed in, never from the clock.
 */
import { parseMailDate } from "../mail/mailDate";

/** The time that a written date means, in milliseconds: a whole day, or a second. */
export interface TimeSpan {
  readonly start: number;
  /** Excluded. */
  readonly end: number;
}

export interface WrittenDate {
  /** Whether its meaning depends on "now". */
  readonly relative: boolean;
  /** The time that is meant; relative dates count from `now`, in milliseconds. */
  at(now: number): TimeSpan;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Characters of a date, and the largest number in it. */
const longestText = 100;
const mostCounted = 100_000;

/** Reads a written date; null where a text is none. */
export function readWrittenDate(text: string): WrittenDate | null {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === "" || trimmed.length > longestText) return null;
  const fixed = readNumbers(trimmed) ?? readFull(trimmed);
  return fixed ? { relative: false, at: () => fixed } : readWords(trimmed);
}

function dayFrom(start: number): TimeSpan {
  return { start, end: start + day };
}

function moment(time: number): TimeSpan {
  const start = Math.floor(time / second) * second;
  return { start, end: start + second };
}

const numbers =
  /^(?:(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{1,2})\.(\d{1,2})\.(\d{4})|(\d{4})(\d{2})(\d{2}))(?:(?:t|\s+)(\d{1,2}):?(\d{2})(?::?(\d{2})(?:\.\d{1,9})?)?\s*(z|utc|gmt|[+-]\d{2}:?(?:\d{2})?)?)?$/;

/** Reads `2026-10-01`, `2026/10/01`, `1.10.2026`, `20261001`, each with or without a time; `@1790000000`. */
function readNumbers(text: string): TimeSpan | null {
  if (/^@\d{1,11}$|^\d{9,11}$/.test(text)) return moment(Number(text.replace("@", "")) * second);
  const found = numbers.exec(text);
  if (!found) return null;
  const [, y1, , m1, d1, d2, m2, y2, y3, m3, d3, hours, minutes, seconds = "0", zone] = found;
  const start = utcDay(Number(y1 ?? y2 ?? y3), Number(m1 ?? m2 ?? m3), Number(d1 ?? d2 ?? d3));
  if (start === null) return null;
  if (hours === undefined) return dayFrom(start);
  const time = timeOfDay(Number(hours), Number(minutes), Number(seconds));
  return time === null ? null : moment(start + time - zoneOffset(zone));
}

/** Reads a date as in mails and `git log`. */
function readFull(text: string): TimeSpan | null {
  // Behind the time only a year and a zone are allowed, so that no word is ignored.
  const full =
    /^(?:[a-z]{3},? )?(?:\d{1,2} [a-z]{3,9} \d{4}|[a-z]{3,9} \d{1,2}) \d{1,2}:\d{2}(?::\d{2})?(?: \d{4})?(?: (?:[+-]\d{4}|z|gmt|utc))?$/;
  if (!full.test(text)) return null;
  // `Sat Jun 20 12:00:00 2026 +0200` has another order.
  const ordered = text.replace(/^(?:[a-z]{3} )?([a-z]{3,9}) (\d{1,2}) (\d{1,2}:\d{2}(?::\d{2})?) (\d{4})/, "$2 $1 $4 $3");
  const time = parseMailDate(ordered);
  return time === null ? null : moment(time);
}

/** Midnight of a day; null where the day does not exist. */
function utcDay(year: number, month: number, date: number): number | null {
  const time = Date.UTC(year, month - 1, date);
  const made = new Date(time);
  return year >= 1970 && made.getUTCMonth() === month - 1 && made.getUTCDate() === date ? time : null;
}

function timeOfDay(hours: number, minutes: number, seconds: number): number | null {
  return hours < 24 && minutes < 60 && seconds < 61 ? hours * hour + minutes * minute + seconds * second : null;
}

function zoneOffset(zone: string | undefined): number {
  const [, sign, hours = "0", minutes = "0"] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone ?? "") ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours) * hour + Number(minutes || "0") * minute);
}

const weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const months = "january february march april may june july august september october november december".split(" ");
const counts = "zero one two three four five six seven eight nine ten eleven twelve".split(" ");
const units: Readonly<Record<string, number>> = { second, minute, hour, day, week: 7 * day, fortnight: 14 * day };
const fillers: ReadonlySet<string> = new Set(["ago", "at", "on", "in", "of", "the", "and", "o'clock"]);
const times: Readonly<Record<string, number>> = { midnight: 0, noon: 12 * hour, tea: 17 * hour };

/** What the words say that were read so far. */
interface DateReading {
  /** The moment that was counted back to. */
  counted: number;
  /** Midnight of the day that is named; null while none is. */
  day: number | null;
  /** Time of the day; null while none is named. */
  time: number | null;
  /** A count that waits for what is counted. */
  count: number | null;
  /** Whether anything was said. */
  said: boolean;
  /** Offset of the zone. */
  zone: number;
  relative: boolean;
}

/** Reads words: weeks and days ago, names of days and months. */
function readWords(text: string): WrittenDate | null {
  const words = text.match(/\d{4}-\d{1,2}-\d{1,2}|[+-]\d{4}(?![\d-])|\d{1,2}:\d{2}(?::\d{2})?|\d+|[a-z]+(?:'[a-z]+)?|[^\s.,_-]/g) ?? [];
  const read = (now: number): { readonly span: TimeSpan; readonly relative: boolean } | null => {
    const reading: DateReading = { counted: now, day: null, time: null, count: null, said: false, zone: 0, relative: false };
    for (let at = 0; at < words.length;) {
      const taken = readWord(words, at, now, reading);
      if (taken === 0) return null;
      at += taken;
    }
    if (!reading.said || reading.count !== null) return null;
    const relative = reading.relative || (reading.day === null && reading.counted !== 0);
    if (reading.time === null) return { span: reading.day === null ? moment(reading.counted) : dayFrom(reading.day), relative };
    // A time alone means the last time it was so late.
    const named = (reading.day ?? midnight(reading.counted)) + reading.time - reading.zone;
    return { span: moment(reading.day === null && named > now ? named - day : named), relative };
  };
  const probe = read(Date.UTC(2026, 0, 1));
  if (!probe) return null;
  return { relative: probe.relative, at: (now) => read(now)?.span ?? moment(now) };
}

/** Reads one word or more and returns how many; 0 where the word does not fit. */
function readWord(words: readonly string[], at: number, now: number, reading: DateReading): number {
  const word = words[at] ?? "";
  const next = words[at + 1] ?? "";
  if (fillers.has(word)) return 1;
  if (/^\d+$/.test(word)) return readNumber(Number(word), words, at, now, reading);
  if (/^\d{4}-/.test(word)) return setDay(readNumbers(word)?.start, reading);
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(word);
  if (clock) return readClock(Number(clock[1]), Number(clock[2]), Number(clock[3] ?? 0), next, reading);
  if (/^[+-]\d{4}$|^(?:z|utc|gmt)$/.test(word)) {
    reading.zone = zoneOffset(word);
    return reading.time === null ? 0 : 1;
  }
  const counted = word === "a" || word === "an" || word === "last" || word === "past" ? 1 : counts.indexOf(word);
  if (counted >= 0) {
    reading.count = counted;
    return 1;
  }
  const time = times[word];
  if (time !== undefined) return setTime(time, 1, reading);
  return readName(word, words, at, now, reading);
}

function setDay(start: number | undefined, reading: DateReading): number {
  if (start === undefined || reading.day !== null) return 0;
  [reading.day, reading.said] = [start, true];
  return 1;
}

function readClock(hours: number, minutes: number, seconds: number, next: string, reading: DateReading): number {
  const half = next === "am" || next === "pm";
  if (half && (hours < 1 || hours > 12)) return 0;
  const time = timeOfDay(half ? (hours % 12) + (next === "pm" ? 12 : 0) : hours, minutes, seconds);
  return time === null ? 0 : setTime(time, half ? 2 : 1, reading);
}

function setTime(time: number, taken: number, reading: DateReading): number {
  if (reading.time !== null) return 0;
  reading.time = time;
  reading.said = true;
  return taken;
}

/** Reads a number: `2` of weeks, `20` of June, `5` pm. */
function readNumber(value: number, words: readonly string[], at: number, now: number, reading: DateReading): number {
  const next = words[at + 1] ?? "";
  if (next === "am" || next === "pm") return readClock(value, 0, 0, next, reading);
  const ordinal = /^(?:st|nd|rd|th)$/.test(next) ? 1 : 0;
  const behind = words[at + 1 + ordinal] === "of" ? 1 : 0;
  const month = monthOf(words[at + 1 + ordinal + behind] ?? "");
  if (month !== null)
    return (
      setDate(value, month, words, at + 2 + ordinal + behind, now, reading) &&
      2 + ordinal + behind + yearAt(words, at + 2 + ordinal + behind)
    );
  if (reading.count !== null || value > mostCounted) return 0;
  reading.count = value;
  return 1;
}

function readName(word: string, words: readonly string[], at: number, now: number, reading: DateReading): number {
  const today = midnight(now);
  if (word === "now" || word === "today" || word === "yesterday" || word === "never") {
    if (reading.day !== null) return 0;
    if (word === "now") reading.counted = now;
    else if (word === "never") reading.counted = 0;
    else reading.day = word === "today" ? today : today - day;
    [reading.said, reading.relative] = [true, word !== "never"];
    return 1;
  }
  const weekday = indexOfName(weekdays, word);
  if (weekday >= 0) return setWeekday(weekday, today, reading);
  const month = monthOf(word);
  if (month !== null) {
    const date = /^\d{1,2}$/.test(words[at + 1] ?? "") ? Number(words[at + 1]) : null;
    if (date === null) return 0;
    const ordinal = /^(?:st|nd|rd|th)$/.test(words[at + 2] ?? "") ? 1 : 0;
    return setDate(date, month, words, at + 2 + ordinal, now, reading) && 2 + ordinal + yearAt(words, at + 2 + ordinal);
  }
  return countBack(word, reading);
}

/** Takes the last such weekday, or with a count that many weeks back. Without `last` it may be today. */
function setWeekday(weekday: number, today: number, reading: DateReading): number {
  if (reading.day !== null) return 0;
  const back = (new Date(today).getUTCDay() - weekday + 7) % 7;
  const weeks = reading.count === null ? 0 : reading.count - (back === 0 ? 0 : 1);
  reading.day = today - (back + 7 * Math.max(0, weeks)) * day;
  [reading.count, reading.said, reading.relative] = [null, true, true];
  return 1;
}

/** Takes a day of a month; without a year, of the last year in which that day has passed. */
function setDate(date: number, month: number, words: readonly string[], at: number, now: number, reading: DateReading): number {
  // A weekday beside a date is not another date.
  if (reading.day !== null && !reading.relative) return 0;
  const hasYear = yearAt(words, at) > 0;
  const year = hasYear ? Number(words[at]) : new Date(now).getUTCFullYear();
  let found = utcDay(year, month + 1, date);
  // A leap day may be up to eight years ago.
  for (let back = 1; !hasYear && back <= 8 && (found === null || found > now); back++) found = utcDay(year - back, month + 1, date);
  if (found === null) return 0;
  [reading.day, reading.said, reading.relative] = [found, true, !hasYear];
  return 1;
}

function yearAt(words: readonly string[], at: number): number {
  return /^(?:19|20)\d{2}$/.test(words[at] ?? "") ? 1 : 0;
}

/** Counts back `2 weeks` or `last month`; months and years are those of the calendar. */
function countBack(word: string, reading: DateReading): number {
  const unit = word.length > 1 && word.endsWith("s") ? word.slice(0, -1) : word;
  const count = reading.count ?? 1;
  const length = units[unit === "sec" ? "second" : unit === "min" || unit === "minute" ? "minute" : unit];
  if (length !== undefined) reading.counted -= count * length;
  else if (unit === "month" || unit === "year") reading.counted = monthsBefore(reading.counted, count * (unit === "year" ? 12 : 1));
  else return 0;
  [reading.count, reading.said, reading.relative] = [null, true, true];
  return 1;
}

/** The same day of an earlier month, or its last day where the month is shorter. */
function monthsBefore(time: number, count: number): number {
  const at = new Date(time);
  const [year, month, date] = [at.getUTCFullYear(), at.getUTCMonth() - count, at.getUTCDate()];
  const longest = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return Date.UTC(year, month, Math.min(date, longest)) + (time - midnight(time));
}

function midnight(time: number): number {
  return Math.floor(time / day) * day;
}

function monthOf(word: string): number | null {
  const at = indexOfName(months, word);
  return at < 0 ? null : at;
}

/** Names may be cut to three letters or more. */
function indexOfName(names: readonly string[], word: string): number {
  return word.length < 3 ? -1 : names.findIndex((name) => name.startsWith(word) || (word.endsWith("s") && `${name}s` === word));
}
