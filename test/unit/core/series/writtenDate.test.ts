/** Dates as people write them: what git's manual shows, counted from a moment that is passed in. */
import assert from "node:assert/strict";
import { readWrittenDate } from "../../../../src/core/series/writtenDate";

/** A Wednesday. */
const now = Date.parse("2026-07-15T15:55:59Z");

function spanOf(text: string): string | null {
  const written = readWrittenDate(text);
  if (!written) return null;
  const { start, end } = written.at(now);
  const shown = new Date(start).toISOString().replace(".000Z", "Z");
  return end - start === 86_400_000 ? shown.slice(0, 10) : shown;
}

const days: Readonly<Record<string, string>> = {
  "2026-06-20": "2026-06-20",
  "2026/6/2": "2026-06-02",
  "2026.06.20": "2026-06-20",
  "20.6.2026": "2026-06-20",
  "20260620": "2026-06-20",
  today: "2026-07-15",
  yesterday: "2026-07-14",
  Yesterday: "2026-07-14",
  "last monday": "2026-07-13",
  "last.monday": "2026-07-13",
  monday: "2026-07-13",
  mon: "2026-07-13",
  wednesday: "2026-07-15",
  "last wednesday": "2026-07-08",
  "last thursday": "2026-07-09",
  "two mondays ago": "2026-07-06",
  "June 20": "2026-06-20",
  "20 June": "2026-06-20",
  "20th of june": "2026-06-20",
  "jun 20 2026": "2026-06-20",
  "Jun 20th, 2025": "2025-06-20",
  "20 dec": "2025-12-20",
  "sat, 20 jun 2026": "2026-06-20",
  "29 feb": "2024-02-29",
};

const moments: Readonly<Record<string, string>> = {
  now: "2026-07-15T15:55:59Z",
  "2.weeks.ago": "2026-07-01T15:55:59Z",
  "2 weeks ago": "2026-07-01T15:55:59Z",
  "2-weeks-ago": "2026-07-01T15:55:59Z",
  "two weeks": "2026-07-01T15:55:59Z",
  "a week ago": "2026-07-08T15:55:59Z",
  "last week": "2026-07-08T15:55:59Z",
  "1 month ago": "2026-06-15T15:55:59Z",
  "last.month": "2026-06-15T15:55:59Z",
  "5 months ago": "2026-02-15T15:55:59Z",
  "1 year 2 months ago": "2025-05-15T15:55:59Z",
  "3.days.ago": "2026-07-12T15:55:59Z",
  "10 days and 2 hours ago": "2026-07-05T13:55:59Z",
  "90 minutes ago": "2026-07-15T14:25:59Z",
  "30.seconds.ago": "2026-07-15T15:55:29Z",
  "yesterday noon": "2026-07-14T12:00:00Z",
  "noon yesterday": "2026-07-14T12:00:00Z",
  noon: "2026-07-15T12:00:00Z",
  tea: "2026-07-14T17:00:00Z",
  midnight: "2026-07-15T00:00:00Z",
  "last friday at 17:30": "2026-07-10T17:30:00Z",
  "monday 5pm": "2026-07-13T17:00:00Z",
  "2026-06-20 12:30": "2026-06-20T12:30:00Z",
  "2026-06-20 at noon": "2026-06-20T12:00:00Z",
  "2026-06-20T12:30:15Z": "2026-06-20T12:30:15Z",
  "2026-06-20T12:30:15.25Z": "2026-06-20T12:30:15Z",
  "2026-06-20T12:30:15+02:00": "2026-06-20T10:30:15Z",
  "2026-06-20 12:30:15 -0700": "2026-06-20T19:30:15Z",
  "20260620T123015": "2026-06-20T12:30:15Z",
  "Sat, 20 Jun 2026 12:30:15 +0200": "2026-06-20T10:30:15Z",
  "Sat Jun 20 12:30:15 2026 +0200": "2026-06-20T10:30:15Z",
  "@1781951415": "2026-06-20T10:30:15Z",
  "1781951415": "2026-06-20T10:30:15Z",
  never: "1970-01-01T00:00:00Z",
};

suite("written dates", () => {
  for (const [text, expected] of Object.entries({ ...days, ...moments })) {
    test(`“${text}” is ${expected}`, () => assert.equal(spanOf(text), expected));
  }

  test("what is no date is none", () => {
    const none = ["", " ", "soon", "2", "2 apples ago", "weeks of fun", "2026-02-30", "2026-13-01", "25:00", "13pm", "last", "ago", "a"];
    const odd = ["HEAD", "v6.18", "0123abc", "master", "2026", "--", "2026-06-20 2026-06-21", "monday tuesday", "9".repeat(200), "\u0000"];
    for (const text of [...none, ...odd]) assert.equal(spanOf(text), null, text);
  });

  test("says whether it counts from now", () => {
    for (const text of ["2.weeks.ago", "yesterday", "june 20", "noon", "last week"])
      assert.equal(readWrittenDate(text)?.relative, true, text);
    for (const text of ["2026-06-20", "jun 20 2026", "@1781951415", "never"]) assert.equal(readWrittenDate(text)?.relative, false, text);
  });

  test("the last day of a shorter month stands for the days it has not", () => {
    const { start } = readWrittenDate("1 month ago")?.at(Date.parse("2026-03-31T10:00:00Z")) ?? { start: 0 };
    assert.equal(new Date(start).toISOString(), "2026-02-28T10:00:00.000Z");
  });
});
