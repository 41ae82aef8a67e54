/** The series of digests, joined anew only where what they are joined of is another: archives change often beside digests that do not. */
import { type NamedDigest, postingSteps, withoutKnownPostings } from "../core/digest/digestPostings";
import type { Correction } from "../core/postings/corrections";
import type { Posting } from "../core/postings/posting";
import type { Revision, Series } from "../core/series/series";
import type { Steps } from "../core/steps";

/** Joins postings into series; the same function for as long as rules and trees are the same. */
export type JoinPostings = (postings: readonly Posting[], corrections: readonly Correction[]) => Steps<readonly Series[]>;

export class DigestSeries {
  #digests: readonly NamedDigest[] = [];
  /** Of the digests, each made once, so that two lists of them can be told apart by their members. */
  #postings: readonly Posting[] = [];
  #joined: { readonly of: readonly Posting[]; readonly corrections: readonly Correction[]; readonly join: JoinPostings } | null = null;
  #series: readonly Series[] = [];

  /**
   * The series of digests that archives do not tell of, in steps.
   *
   * @param digests in order of age
   * @param known the revisions of the archives
   */
  *of(
    digests: readonly NamedDigest[],
    known: readonly Revision[],
    corrections: readonly Correction[],
    join: JoinPostings,
  ): Steps<readonly Series[]> {
    // Whoever takes over between two steps may ask for other digests.
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
