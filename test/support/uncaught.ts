/** What is thrown while something runs and nobody takes, which else would end the test. */

const kinds = ["uncaughtException", "unhandledRejection"] as const;

/** Runs something, and gives the errors that nobody took, in their order. */
export async function uncaughtOf(run: () => Promise<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  const note = (error: unknown): number => found.push(error);
  const others = kinds.map((kind) => [kind, process.listeners(kind as "uncaughtException")] as const);
  for (const kind of kinds) {
    process.removeAllListeners(kind);
    process.on(kind, note);
  }
  try {
    await run();
    // Node tells of a rejection once the turn is over in which nobody took it.
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  } finally {
    for (const [kind, listeners] of others) {
      process.off(kind, note);
      for (const listener of listeners) process.on(kind, listener);
    }
  }
  return found;
}
