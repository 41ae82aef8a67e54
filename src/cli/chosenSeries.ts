/** The series that `--id` names, and the revision that `--revision` does. */
import { HumanError } from "../core/humanError";
import type { Revision, Series } from "../core/series/series";
import { UsageError, type Call } from "./call";
import { openSources, type OpenedSources } from "./sources";

export interface ChosenRevision {
  readonly one: Series;
  /** Null where none was asked for. */
  readonly revision: Revision | null;
  readonly opened: OpenedSources;
}

/** Opens the sources of a call and finds what it asks for; throws a `HumanError` where that is not in them. */
export async function chosenRevision(call: Call): Promise<ChosenRevision> {
  const id = call.needed("id");
  const version = call.option("revision");
  if (version !== undefined && !/^v?\d+$/i.test(version)) throw new UsageError(`--revision takes a version number, not “${version}”.`);
  const opened = await openSources(call.words);
  const one = chosenSeries(opened, id);
  const number = version === undefined ? null : Number(version.replace(/^v/i, ""));
  const revision = number === null ? null : (one.revisions.findLast((candidate) => candidate.version === number) ?? null);
  if (number !== null && !revision) throw new HumanError(`The series ${one.id} has no revision ${number} in these sources.`);
  return { one, revision, opened };
}

/** The series with an id; throws a `HumanError` where there is none. */
export function chosenSeries({ find }: Pick<OpenedSources, "find">, id: string): Series {
  const one = find(id);
  if (!one) throw new HumanError(`There is no series with the id “${id}” in these sources.`);
  return one;
}
