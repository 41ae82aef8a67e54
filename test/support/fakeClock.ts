/** A clock that stands still until a test moves it. */
import type { Clock, Disposable } from "../../src/engines/ports";

interface Timer {
  due: number;
  /** Null for one that runs once. */
  readonly every: number | null;
  readonly run: () => void;
}

export class FakeClock implements Clock {
  readonly #timers = new Set<Timer>();
  #now: number;

  /** @param now milliseconds since 1970 */
  constructor(now = 0) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, run: () => void): Disposable {
    return this.#add({ due: this.#now + milliseconds, every: null, run });
  }

  every(milliseconds: number, run: () => void): Disposable {
    return this.#add({ due: this.#now + milliseconds, every: milliseconds, run });
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Lets time pass: runs what comes due, in order, and lets what each began run as far as it gets without the clock. */
  async pass(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds;
    for (let next = this.#next(until); next; next = this.#next(until)) {
      this.#now = Math.max(this.#now, next.due);
      if (next.every === null) this.#timers.delete(next);
      else next.due += Math.max(1, next.every);
      next.run();
      await settled();
    }
    this.#now = until;
    await settled();
  }

  #add(timer: Timer): Disposable {
    this.#timers.add(timer);
    return { dispose: () => this.#timers.delete(timer) };
  }

  #next(until: number): Timer | undefined {
    return [...this.#timers].filter(({ due }) => due <= until).sort((a, b) => a.due - b.due)[0];
  }
}

/** Lets all that waits for nothing but its turn run: promises that are kept, and work in slices. Real git and files need `until`. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits until something holds that real git or files bring about; the test's own time limit ends a wait in vain. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
