/** A process that applies a series, or takes one back, and may be killed on the way: `node applyChild.js REQUEST GIT`. */
import { readFileSync } from "node:fs";
import { type ApplyRequest, startApply } from "../../src/checkout/amSession";
import { undoApply } from "../../src/checkout/undoApply";

/** What the child is told to do. */
export type ChildRequest = { readonly kind: "start"; readonly request: ApplyRequest } | { readonly kind: "undo"; readonly top: string };

const [, , file = "", binary = ""] = process.argv;
const asked = JSON.parse(readFileSync(file, "utf8")) as ChildRequest;
const done: Promise<unknown> = asked.kind === "start" ? startApply(asked.request, { binary }) : undoApply(asked.top, { binary });
done.then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  },
);
