/** Thousands of postings that have one kind of evidence between them, to see that linking them takes linear time. */
import { titleWords } from "../../src/core/mail/subject";
import type { Correction } from "../../src/core/postings/corrections";
import type { Posting, PostingSigns } from "../../src/core/postings/posting";
import type { Patch } from "../../src/core/series/series";

export interface Many {
  readonly postings: readonly Posting[];
  readonly corrections: readonly Correction[];
}

interface Part {
  readonly title?: string;
  readonly titles?: readonly string[];
  readonly author?: string;
  readonly version?: number;
  readonly cites?: readonly string[];
  readonly changeId?: string;
  readonly patchId?: string;
  readonly formerTitle?: string;
  readonly paths?: readonly string[];
}

/** A count of the comparisons made: two postings are compared by their trees first. */
export interface Steps {
  taken: number;
}

function posting(at: number, part: Part, steps: Steps): Posting {
  const { author = "Alex Archer", version = at + 1, title = `KVM: x86: Posting number ${at}`, paths = [`made/file${at}.c`] } = part;
  const email = `${author.replace(/\W/g, ".").toLowerCase()}@example.org`;
  const id = idOf(at);
  const patches = (part.titles ?? [title]).map((one, place): Patch => ({
    index: place + 1,
    title: one,
    author: { name: author, email },
    messageId: `${place + 1}-${id}`,
    message: null,
    diff: null,
    files: paths.map((path) => ({ path, changed: 1, added: 1, deleted: 0 })),
    trailers: [],
  }));
  const cites = part.cites ?? [];
  const signs: PostingSigns = {
    keys: [
      `t:${email} ${titleWords(title)}`,
      ...patches.map((patch) => `t:${email} ${titleWords(patch.title)}`),
      `t:${titleWords(title)}`,
      `<${id}>`,
      ...cites.map((one) => `<${one}>`),
      ...(part.changeId === undefined ? [] : [`c:${part.changeId}`]),
      ...(part.patchId === undefined ? [] : [`i:${part.patchId}`]),
      ...(part.formerTitle === undefined ? [] : [`t:${email} ${titleWords(part.formerTitle)}`]),
      ...paths.map((path) => `f:${email} ${path}`),
    ],
    citations: cites.map((messageId) => ({ version: Math.max(1, version - 1), rfc: false, messageId, url: "" })),
    messageIds: new Set([id, ...patches.map(({ messageId }) => messageId ?? "")]),
    patchIds: new Set(part.patchId === undefined ? [] : [part.patchId]),
    answerIds: new Set(),
    absent: [],
    formerTitles: part.formerTitle === undefined ? [] : [titleWords(part.formerTitle)],
    answers: null,
    changeId: part.changeId ?? null,
    get tree() {
      steps.taken++;
      return "";
    },
    order: id,
  };
  return {
    source: 0,
    position: 0,
    signs,
    revision: {
      version,
      prefixes: ["PATCH"],
      rfc: false,
      resend: false,
      title,
      author: { name: author, email },
      date: new Date(Date.UTC(2026, 0, 1) + at * 60_000).toISOString().replace(".000", ""),
      messageId: id,
      expected: patches.length,
      cover: part.titles ? { messageId: id, subject: title, body: null } : null,
      patches,
      missing: [],
      diffstat: [],
      files: [...paths],
      source: "made",
    },
  };
}

function idOf(at: number): string {
  return `m${at}@example.org`;
}

function pair(kind: Correction["kind"], at: number): Correction {
  return { kind, first: idOf(at), second: idOf(at + 1) };
}

/** A number of postings of each kind. */
export const kindsOfMany: Readonly<Record<string, (count: number, steps: Steps) => Many>> = {
  "a chain of citations": each((at) => (at === 0 ? {} : { cites: [idOf(at - 1)] })),
  "a chain in which each cites the ten before": each((at) => ({
    cites: Array.from({ length: Math.min(at, 10) }, (_, back) => idOf(at - 1 - back)),
  })),
  "one mail cited by all": each(() => ({ cites: ["hub@example.org"] })),
  "one posting here cited by all": each((at) => (at === 0 ? {} : { cites: [idOf(0)] })),
  "one author and one title": each(() => ({ title: "KVM: x86: Count the teapots" })),
  "one boring title of all authors": each((at) => ({ title: "KVM: Fix typo", author: `Author ${at}` })),
  "boring titles of one author": each((at) => ({ title: `KVM: Fix ${at >> 5}` })),
  "one change-id": each(() => ({ changeId: "20260301-tea" })),
  "change-ids of a few postings": each((at) => ({
    changeId: `20260301-tea-${at >> 3}`,
    version: 1 + (at & 7),
    paths: [`made/${at >> 3}.c`],
  })),
  "one patch-id": each(() => ({ patchId: "0123" })),
  "patch-ids of a few postings": each((at) => ({ patchId: `${at >> 3}` })),
  "each renamed": each((at) => (at === 0 ? {} : { formerTitle: `KVM: x86: Posting number ${at - 1}` })),
  "one file": each(() => ({ paths: ["made/one.c"] })),
  "patch titles of a few postings": each((at) => ({
    titles: Array.from({ length: 20 }, (_, place) => `KVM: x86: Patch ${place} of ${at >> 5}`),
  })),
  "joined by hand": (count, steps) => ({
    ...each(() => ({}))(count, steps),
    corrections: Array.from({ length: count - 1 }, (_, at) => pair("join", at)),
  }),
  "split by hand": (count, steps) => ({
    ...each((at) => ({ changeId: `20260301-tea-${at >> 3}`, version: 1 + (at & 7), paths: [`made/${at >> 3}.c`] }))(count, steps),
    corrections: Array.from({ length: count - 1 }, (_, at) => pair("split", at)).filter((_, at) => at % 3 === 0),
  }),
};

function each(partOf: (at: number) => Part): (count: number, steps: Steps) => Many {
  return (count, steps) => ({ postings: Array.from({ length: count }, (_, at) => posting(at, partOf(at), steps)), corrections: [] });
}
