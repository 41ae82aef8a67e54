/** The series that `--id` names, and the revision that `--revision` does. */
import { HumanError } from "../core/humanError";
import { visibleText } from "../core/mail/hiddenCharacters";
import { versionLabel } from "../core/mail/subject";
import { idsMeant } from "../core/series/findSeries";
import { newestRevision, type Revision, type Series } from "../core/series/series";
import { revisionName } from "../render/labels";
import { type Call, UsageError } from "./call";
import { type OpenedSources, openSources } from "./sources";

export interface AskedRevision {
  readonly one: Series;
  /** Null where none was asked for. */
  readonly revision: Revision | null;
  readonly opened: OpenedSources;
}

/** Opens the sources of a call and finds what it asks for; throws a `HumanError` where that is not in them. */
export async function chosenRevision(call: Call): Promise<AskedRevision> {
  const id = call.needed("id");
  const version = call.option("revision");
  if (version !== undefined && !/^v?\d+(?:\.\d|[a-f])?$/i.test(version))
    throw new UsageError(`--revision takes a version such as 3 or 2.1, not “${version}”.`);
  const opened = await openSources(call.words);
  const one = chosenSeries(opened, id);
  if (version === undefined) return { one, revision: null, opened };
  const named = version.replace(/^v?0*(?=\d)/i, "").toUpperCase();
  const revision = one.revisions.findLast((candidate) => versionLabel(candidate.version, candidate.point ?? 0) === `v${named}`);
  if (!revision) throw new HumanError(noRevision(one, named));
  return { one, revision, opened };
}

function noRevision({ id, revisions }: Series, number: string): string {
  const there = revisions.map((revision) => revisionName(revision)).join(", ");
  return `The series ${id} has no revision ${number} in these sources; there ${revisions.length === 1 ? "is" : "are"} ${there}.`;
}

/**
 * The series with an id, as a person has it: see `idsMeant`, or so many of its first digits that no other begins so. Throws a
 * `HumanError` where there is none, and where there are several.
 */
export function chosenSeries(
  { find, idsBeginning, series }: Pick<OpenedSources, "find" | "idsBeginning" | "series">,
  text: string,
): Series {
  const meant = idsMeant(text);
  for (const id of meant) {
    const one = find(id);
    if (one) return one;
  }
  const [beginning = ""] = meant;
  const found = /^[0-9a-f]{1,11}$/.test(beginning)
    ? idsBeginning(beginning, mostListed + 1).flatMap((id) => find(id) ?? [])
    : beginning.length < shortestBeginning
      ? []
      : series().filter(({ revisions }) => revisions.some(({ messageId }) => messageId?.startsWith(beginning) === true));
  const [only] = found;
  if (only && found.length === 1) return only;
  if (!only)
    throw new HumanError(`There is no series with the id “${visibleText(text)}” in these sources; “kvm-series series” lists them.`);
  const shown = found.slice(0, mostListed).map((one) => `  ${one.id}  ${visibleText(one.title)}  ${revisionName(newestRevision(one))}`);
  const more = found.length > mostListed ? ["  ..."] : [];
  throw new HumanError(
    [`Several series begin with “${visibleText(text)}”; give more of the one that is meant:`, ...shown, ...more].join("\n"),
  );
}

const mostListed = 20;
/** Of a Message-ID, whose first letters are the date in many. */
const shortestBeginning = 8;
