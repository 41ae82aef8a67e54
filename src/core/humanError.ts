/** An error whose message is a sentence for a person: what happened and what to do. Any other error is a bug. */
export class HumanError extends Error {
  override readonly name = "HumanError";

  /** By its name: the extension is several bundles, and each has a class of its own. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === "HumanError";
  }
}

/** The sentence to show for whatever was thrown. */
export function humanMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
