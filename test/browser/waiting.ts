import type { Locator } from "playwright-core";

/** How long a single step may take before the test fails with a sentence about it: a machine that does much else is slow. */
export const patienceMs = 75_000;

/** Waits, but never silently for ever: the error says what was waited for. */
export async function waitFor<T>(what: string, action: Promise<T>, timeoutMs = patienceMs): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${timeoutMs / 1000} s for ${what}.`)), timeoutMs);
  });
  try {
    return await Promise.race([action, limit]);
  } catch (error) {
    throw new Error(`While waiting for ${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** Asks again and again until the answer satisfies; the error names what was waited for and the last answer. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T>,
  satisfies: (answer: T) => boolean,
  timeoutMs = patienceMs,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const answer = await waitFor(what, ask(), timeoutMs);
    if (satisfies(answer)) return answer;
    if (Date.now() > end) throw new Error(`Waited ${timeoutMs / 1000} s for ${what}; last seen: ${JSON.stringify(answer, null, 2)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Whether something comes up in the time that even a busy machine needs for it. */
export function shows(locator: Locator): Promise<boolean> {
  return succeeds(locator.waitFor({ timeout: 5_000 }));
}

/** Whether something that has a limit of its own comes to its end. */
export function succeeds(action: Promise<unknown>): Promise<boolean> {
  return action.then(
    () => true,
    () => false,
  );
}
