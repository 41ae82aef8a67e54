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

/** Throws what is a bug of ours: it must not look like a fault of what is read. */
export function throwBug(error: unknown): void {
  if (error instanceof TypeError || error instanceof ReferenceError) throw error;
}

/** The code of an error of the system or of Node, such as ENOENT; "" where it has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** The sentence to show for whatever was thrown. */
export function humanMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
