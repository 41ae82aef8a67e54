/** Long work in slices, so that typing stays quick. */
import { setImmediate } from "node:timers/promises";

/** Work pauses after so long. */
const sliceMilliseconds = 8;

/** Lets others run from time to time; what it answers is whether somebody else took over meanwhile. */
export function makeSlicer(isOver: () => boolean): () => Promise<boolean> {
  let until = performance.now() + sliceMilliseconds;
  return async () => {
    if (performance.now() < until) return false;
    await setImmediate();
    until = performance.now() + sliceMilliseconds;
    return isOver();
  };
}
