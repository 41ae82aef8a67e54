/** Answers that were found once, in memory and in a small file, so that a window that opens again checks nothing twice. */
import { parseApplyAnswer, type ApplyAnswer } from "../core/series/applyAnswer";
import { readKept, writeKept } from "./keptFile";

export interface ApplyCache {
  /**
   * @param key what was tried on which tree
   * @param refs changes when objects may have come into the repository
   */
  get(key: string, refs: string): ApplyAnswer | undefined;
  set(key: string, refs: string, answer: ApplyAnswer): void;
  /** Writes the file, if anything changed. */
  save(): Promise<void>;
}

/** Answers kept; a list has some hundred pending series, and a person some branches. */
const mostAnswers = 4000;
/** Of the form below; a file of another one is not read. */
const version = 1;

interface Kept {
  readonly refs: string;
  readonly answer: ApplyAnswer;
}

/** Opens the answers kept in a file. One that is not there, or is damaged, is an empty one. */
export async function openApplyCache(file: string): Promise<ApplyCache> {
  /** The one used last is last. */
  const kept = await readAnswers(file);
  let isChanged = false;
  return {
    get(key, refs) {
      const found = kept.get(key);
      if (!found || (found.refs !== refs && !isSettled(found.answer))) return undefined;
      kept.delete(key);
      kept.set(key, found);
      return found.answer;
    },
    set(key, refs, answer) {
      kept.delete(key);
      kept.set(key, { refs, answer });
      isChanged = true;
      for (const oldest of kept.keys()) {
        if (kept.size <= mostAnswers) break;
        kept.delete(oldest);
      }
    },
    async save() {
      if (!isChanged) return;
      isChanged = false;
      await writeKept(file, version, { answers: [...kept].map(([key, { refs, answer }]) => [key, refs, answer]) });
    },
  };
}

/** Whether no object that comes can change an answer: all others depend on blobs and commits besides the tree. */
function isSettled({ state }: ApplyAnswer): boolean {
  return state === "applies" || state === "already-in";
}

async function readAnswers(file: string): Promise<Map<string, Kept>> {
  const kept = new Map<string, Kept>();
  const { answers } = await readKept(file, version);
  if (!Array.isArray(answers)) return kept;
  for (const one of (answers as unknown[]).slice(-mostAnswers)) {
    if (!Array.isArray(one)) continue;
    const [key, refs, said] = one as unknown[];
    const answer = parseApplyAnswer(said);
    if (typeof key === "string" && typeof refs === "string" && answer) kept.set(key, { refs, answer });
  }
  return kept;
}
