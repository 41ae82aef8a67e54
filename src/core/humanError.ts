/** One key for all bundles of the extension, each of which has its own HumanError. */
const forPeople = Symbol.for("kvm-series.humanError");

/** An error whose message is a sentence for a person: what happened, and what to do. Any other error is a bug. */
export class HumanError extends Error {
  override readonly name = "HumanError";
  readonly [forPeople] = true;

  /** `instanceof HumanError` holds for the errors of other bundles too; `instanceof` a subclass asks for that class alone. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== HumanError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return value instanceof Error && forPeople in value && value[forPeople] === true;
  }
}

/** The sentence to show for whatever was thrown. */
export function humanMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
