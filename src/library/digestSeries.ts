/** The series of digests. They are joined again only when their postings change, since archives change far more often than digests. */
import { type NamedDigest, postingSteps, withoutKnownPostings } from "../core/digest/digestPostings";
import type { Correction } from "../core/postings/corrections";
import type { Posting } from "../core/postings/posting";
import type { Revision, Series } from "../core/series/series";
import type { Steps } from "../core/steps";

/** Joins postings into series; the same function as long as rules and trees stay the same. */
export type JoinPostings = (postings: readonly Posting[], corrections: readonly Correction[]) => Steps<readonly Series[]>;

export class DigestSeries {
  #digests: readonly NamedDigest[] = [];
  /** The postings of the digests, each made once, so that lists of them can be compared by identity. */
  #postings: readonly Posting[] = [];
  #joined: { readonly of: readonly Posting[]; readonly corrections: readonly Correction[]; readonly join: JoinPostings } | null = null;
  #series: readonly Series[] = [];

  /**
   * The series of digests that no archive holds, in steps.
   *
   * @param digests oldest first
   * @param known the revisions of the archives
   */
  *of(
    digests: readonly NamedDigest[],
    known: readonly Revision[],
    corrections: readonly Correction[],
    join: JoinPostings,
  ): Steps<readonly Series[]> {
    // A caller that takes over between two steps may ask for other digests.
    const postings = digests === this.#digests ? this.#postings : yield* postingSteps(digests);
    [this.#digests, this.#postings] = [digests, postings];
    const unknown = postings.length > 0 ? yield* withoutKnownPostings(postings, known) : postings;
    const before = this.#joined;
    if (before?.join === join && before.corrections === corrections && isSame(before.of, unknown)) return this.#series;
    const series = yield* join(unknown, corrections);
    [this.#series, this.#joined] = [series, { of: unknown, corrections, join }];
    return series;
  }
}

function isSame<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((one, at) => one === b[at]);
}
