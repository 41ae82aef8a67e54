/** From the mails of a component to its series: what core makes of them, and nothing that depends on settings or open trees. */
import { hash } from "node:crypto";
import { assembleMails, type UnplacedMail } from "../core/assembly/assembly";
import type { Correction } from "../core/lineage/corrections";
import { assembleSeries, type SubsystemOf } from "../core/lineage/lineage";
import { threadIds, workKeys } from "../core/assembly/linkKeys";
import { untakenDiffs, type UntakenDiff } from "../core/assembly/untaken";
import type { MailFacts } from "../core/assembly/mailFacts";
import type { Series } from "../core/series/series";
import { idHash, keyHash } from "./keyHash";

/** The link keys of a mail as the index keeps them. */
export function hashedKeys(facts: MailFacts): number[] {
  const keys = threadIds(facts).map(idHash);
  for (const key of workKeys(facts)) keys.push(keyHash(key));
  return keys;
}

/** What stands in a component. */
export interface Assembled {
  readonly series: readonly Series[];
  readonly unplaced: readonly UnplacedMail[];
  readonly untaken: readonly UntakenDiff[];
}

/** Assembles the mails of one component; their order does not matter. */
export function assembleComponent(facts: readonly MailFacts[]): Assembled {
  // The subsystem depends on the user's rules and on the open trees, so it is given when series are read.
  return assembleComponents([facts], noSubsystem, []);
}

function noSubsystem(): string {
  return "";
}

/** Assembles components, which corrections may join. */
export function assembleComponents(
  components: ReadonlyArray<readonly MailFacts[]>,
  subsystemOf: SubsystemOf,
  corrections: readonly Correction[],
): Assembled {
  const facts = components.length === 1 ? (components[0] ?? []) : components.flat();
  const { postings, unplaced } = assembleMails(facts);
  const series = postings.length === 0 ? [] : assembleSeries(postings, sha256, subsystemOf, corrections);
  return { series, unplaced, untaken: untakenDiffs(facts, postings) };
}

/** As core asks for it. */
export function sha256(text: string): string {
  return hash("sha256", text);
}
