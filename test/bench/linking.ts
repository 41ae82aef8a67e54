/** How long it takes to find out which of thousands of postings are one work, by each kind of evidence. */
import { createHash } from "node:crypto";
import { assembleSeries } from "../../src/core/postings/assembleSeries";
import { kindsOfMany } from "../support/manyPostings";

export interface LinkingFigures {
  readonly kind: string;
  readonly postings: number;
  readonly milliseconds: number;
  /** How many times as long twice as many take; 2 is linear. */
  readonly twice: number;
}

/** The figures of each kind, the shortest of three runs. */
export function benchLinking(postings: number): LinkingFigures[] {
  return Object.keys(kindsOfMany).map((kind) => {
    const milliseconds = shortest(kind, postings);
    return { kind, postings, milliseconds, twice: shortest(kind, postings * 2) / milliseconds };
  });
}

function shortest(kind: string, count: number): number {
  const times = [0, 1, 2].map(() => {
    const { postings, corrections } = kindsOfMany[kind]?.(count, { taken: 0 }) ?? { postings: [], corrections: [] };
    const start = performance.now();
    assembleSeries(
      postings,
      (text) => createHash("sha256").update(text).digest("hex"),
      () => "",
      corrections,
    );
    return performance.now() - start;
  });
  return Math.min(...times);
}
