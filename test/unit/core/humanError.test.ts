import assert from "node:assert/strict";
import { HumanError } from "../../../src/core/humanError";

suite("errors for people", () => {
  class Refused extends HumanError {}

  test("are known across bundles, of which each has a class of its own", () => {
    const other = Object.assign(new Error("From another bundle."), { [Symbol.for("kvm-series.humanError")]: true });
    assert(other instanceof HumanError);
    assert(new HumanError("No.") instanceof HumanError);
  });

  test("a name makes none", () => {
    assert(!(Object.assign(new Error("A bug."), { name: "HumanError" }) instanceof HumanError));
    assert(!({ message: "No." } instanceof HumanError));
  });

  test("a kind of them is told from the others", () => {
    assert(new Refused("No.") instanceof Refused);
    assert(new Refused("No.") instanceof HumanError);
    assert(!(new HumanError("No.") instanceof Refused));
  });
});
