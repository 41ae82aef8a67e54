import assert from "node:assert/strict";
import type { Author } from "../../../../src/core/mail/author";
import type { Series } from "../../../../src/core/series/series";
import { assembled, bea, cleo, day, hour, made, madeSeries, start } from "../../../support/madeMail";

type Mails = ReturnType<typeof madeSeries>;

/** An answer to a mail of a posting. */
function answer(to: string, body: string, from: Author = bea, at = start + hour): Mails[number] {
  return made({ id: `${to}-${from.name}-${body.length}`, subject: "Re: [PATCH] Tea", from, at, to, body });
}

/** Who said what of the patches of the newest revision, replies alone: `1: Reviewed-by Bea of v1`. */
function carried(series: readonly Series[]): string[] {
  assert.equal(series.length, 1);
  return (series[0]?.revisions.at(-1)?.patches ?? []).flatMap(({ index, trailers }) =>
    trailers
      .filter(({ via }) => via !== "patch")
      .map(
        ({ key, value, revision }) =>
          `${index ?? "?"}: ${key} ${value.split(" ")[0] ?? ""}${revision === undefined ? "" : ` of ${revision}`}`,
      ),
  );
}

suite("reviews of a patch that stays the same", () => {
  const title = "KVM: x86: Add teapots";
  const posting = (id: string, version: string, change: string, at: number): Mails =>
    madeSeries({ id, words: `PATCH${version}`, title, change, at });
  // The change of the second patch differs between the revisions.
  const v1 = posting("v1", "", "same", start);
  const v2 = posting("v2", " v2", "same", start + 7 * day).map((mail, at) =>
    at === 2 ? (posting("v2", " v2", "other", start + 7 * day)[2] ?? mail) : mail,
  );

  test("hold for the same change in the next revision, and not for one that changed", () => {
    const given = [1, 2].map((index) => answer(`v1-${index}@example.org`, "Reviewed-by: Bea Baker <bea@example.org>\n"));
    assert.deepEqual(carried(assembled([...v1, ...given, ...v2]).series), ["1: Reviewed-by Bea of v1"]);
  });

  test("given to the cover letter hold for the patches that stay", () => {
    const given = answer("v1-0@example.org", "Acked-by: Cleo Carver <cleo@example.net>\n", cleo);
    assert.deepEqual(carried(assembled([...v1, given, ...v2]).series), ["1: Acked-by Cleo of v1", "3: Acked-by Cleo of v1"]);
  });

  test("are said once, of the newest revision they were given to, and objections hold too", () => {
    const v3 = posting("v3", " v3", "same", start + 14 * day);
    const body = "Reviewed-by: Bea Baker <bea@example.org>\n";
    const mails = [
      answer("v1-1@example.org", body),
      answer("v2-1@example.org", `Thanks.\n\n${body}`, bea, start + 8 * day),
      answer("v1-3@example.org", "Nacked-by: Cleo Carver <cleo@example.net>\n", cleo),
      answer("v1-3@example.org", "Reported-by: Cleo Carver <cleo@example.net>\n", cleo),
    ];
    const expected = ["1: Reviewed-by Bea of v2", "3: Nacked-by Cleo of v1"];
    const all = [...v1, ...v2, ...v3, ...mails];
    assert.deepEqual(carried(assembled(all).series), expected);
    assert.deepEqual(carried(assembled([...all].reverse()).series), expected);
    const again = answer("v3-1@example.org", `${body}\n`, bea, start + 15 * day);
    assert.deepEqual(carried(assembled([...all, again]).series), ["1: Reviewed-by Bea", "3: Nacked-by Cleo of v1"]);
  });
});
