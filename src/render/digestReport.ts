/** What a digest tells beyond the classic text: series instead of mails, what changed, who did new work. */
import { changelogSections } from "../core/assembly/changelog";
import type { NamedDigest } from "../core/assembly/posting";
import { leadMessageId, newestRevision, type ElsewhereRevision, type Revision, type Series } from "../core/series/series";
import { versionLabel } from "../core/mail/subjectPrefix";
import { titleKey } from "../core/mail/subject";
import { filesOf } from "./seriesText";
import { formatAuthor, type Author } from "../core/mail/author";
import type { TouchedFile } from "../core/diff/touchedFile";

export interface DigestReport {
  readonly title: string;
  readonly list: string;
  readonly from: string;
  readonly to: string;
  /** Subsystems by name, each with its series, newest first. */
  readonly groups: ReadonlyArray<{ readonly subsystem: string; readonly series: readonly SeriesEntry[] }>;
  readonly contributors: readonly Contributor[];
}

export interface SeriesEntry {
  readonly id: string;
  readonly title: string;
  readonly status: Series["status"];
  readonly version: number;
  /** The 1 of `v5.1`. */
  readonly point?: number;
  readonly rfc: boolean;
  readonly author: Author;
  readonly patches: number;
  readonly missing: readonly number[];
  readonly changes: Changes | null;
  readonly files: readonly TouchedFile[];
  readonly added: number | null;
  readonly deleted: number | null;
  readonly elsewhere: readonly ElsewhereRevision[];
  /** Finds the series in the list's archive. */
  readonly url: string;
}

/** What changed since the revision before; null for new work. */
export interface Changes {
  /** The version before; known from a source or only from a link. */
  readonly since: number;
  /** What that is called: `v2.1`. */
  readonly sinceLabel: string;
  /** What the author says of it: the changelog section of this version. */
  readonly said: string;
  /** Titles that came and went, where the revision before was read too. */
  readonly newPatches: readonly string[];
  readonly droppedPatches: readonly string[];
}

/** A person's patches, first postings counted apart from rerolls: 44 patches of a v6 are no new work. */
export interface Contributor {
  readonly author: Author;
  readonly newPatches: number;
  readonly rerolledPatches: number;
}

export interface ReportOptions {
  readonly title?: string | undefined;
  readonly listUrl: string;
}

/** What a report is about: a range of a list. */
export type ReportRange = Pick<DigestReport, "from" | "to" | "list">;

/** The range of some digests, given in order of age. */
export function rangeOfDigests(digests: readonly NamedDigest[], listName: string): ReportRange {
  return {
    from: digests[0]?.digest.from ?? "",
    to: digests.at(-1)?.digest.to ?? "",
    list: digests.find(({ digest }) => digest.list)?.digest.list ?? listName,
  };
}

/** Makes the report of a range and the series posted in it. */
export function digestReport({ from, to, list }: ReportRange, series: readonly Series[], options: ReportOptions): DigestReport {
  const subsystems = [...new Set(series.map(({ subsystem }) => subsystem))].sort();
  return {
    title: options.title ?? `${list} mailing list digest`,
    list,
    from,
    to,
    groups: subsystems.map((subsystem) => ({
      subsystem,
      series: series.filter((one) => one.subsystem === subsystem).map((one) => entryOf(one, options.listUrl)),
    })),
    contributors: contributorsOf(series),
  };
}

function entryOf(series: Series, listUrl: string): SeriesEntry {
  const revision = newestRevision(series);
  const files = filesOf(revision);
  const sum = (count: (file: TouchedFile) => number | null): number | null =>
    files.every((file) => count(file) !== null) ? files.reduce((total, file) => total + (count(file) ?? 0), 0) : null;
  return {
    id: series.id,
    title: series.title,
    status: series.status,
    version: revision.version,
    ...(revision.point === undefined ? {} : { point: revision.point }),
    rfc: revision.rfc,
    author: revision.author,
    patches: revision.expected,
    missing: revision.missing,
    changes: changesOf(series, revision),
    files,
    added: sum(({ added }) => added),
    deleted: sum(({ deleted }) => deleted),
    elsewhere: series.elsewhere,
    url: seriesUrl(series, listUrl),
  };
}

/** Where a mail is found in a list's archive. */
export function mailUrl(messageId: string, listUrl: string): string {
  return `${listUrl.replace(/(?<!\/)\/*$/, "/")}${encodeURIComponent(messageId)}/`;
}

/** Where a series is found in a list's archive: its Message-ID, else a search for its title and author. */
export function seriesUrl(series: Series, listUrl: string): string {
  const revision = newestRevision(series);
  const messageId = leadMessageId(revision);
  return messageId === null ? searchUrl(revision, listUrl) : mailUrl(messageId, listUrl);
}

/** A search for a title and its author in a list's archive. */
export function searchUrl({ title, author }: Pick<Revision, "title" | "author">, listUrl: string): string {
  const words = `s:"${title.replace(/["\\]/g, " ")}"${author.email ? ` f:${author.email}` : ""}`;
  return `${listUrl.replace(/(?<!\/)\/*$/, "/")}?q=${encodeURIComponent(words)}`;
}

function changesOf(series: Series, revision: Revision): Changes | null {
  const before = series.revisions.at(-2);
  const cited = series.elsewhere.filter(({ version }) => version < revision.version).at(-1);
  const since = before?.version ?? cited?.version ?? (revision.version > 1 ? revision.version - 1 : null);
  if (since === null) return null;
  const titles = (of: Revision): Map<string, string> => new Map(of.patches.map(({ title }) => [titleKey(title), title]));
  const now = titles(revision);
  const then = before ? titles(before) : now;
  return {
    since,
    sinceLabel: versionLabel(since, before?.point ?? 0),
    said: changelogOf(revision),
    newPatches: [...now].filter(([key]) => !then.has(key)).map(([, title]) => title),
    droppedPatches: [...then].filter(([key]) => !now.has(key)).map(([, title]) => title),
  };
}

/** The changelog section about this very version, without its heading. */
function changelogOf(revision: Revision): string {
  const text = revision.cover?.body ?? revision.patches[0]?.message ?? "";
  const section = changelogSections(text).find(({ version }) => version === revision.version);
  if (!section) return "";
  const said = text.slice(section.start, section.end);
  // The heading's own line may go on with the first change: `V3: Fix a thing`.
  const firstLine = said.split("\n", 1)[0] ?? "";
  const rest = firstLine.slice(firstLine.indexOf(section.heading) + section.heading.length).replace(/^\s*:?\s*/, "");
  return (
    [rest, ...said.split("\n").slice(1)]
      .join("\n")
      .split(/\n\s*\n\s*\n|\n(?=\S.* \(\d+\):\n)/, 1)[0]
      ?.trim() ?? ""
  );
}

function contributorsOf(series: readonly Series[]): Contributor[] {
  const people = new Map<string, Contributor>();
  for (const one of series) {
    const revision = newestRevision(one);
    const rerolled = changesOf(one, revision) !== null;
    for (const { author } of revision.patches) {
      const key = author.name || formatAuthor(author);
      const known = people.get(key) ?? { author, newPatches: 0, rerolledPatches: 0 };
      people.set(key, {
        author: known.author.email ? known.author : author,
        newPatches: known.newPatches + (rerolled ? 0 : 1),
        rerolledPatches: known.rerolledPatches + (rerolled ? 1 : 0),
      });
    }
  }
  const total = (one: Contributor): number => one.newPatches + one.rerolledPatches;
  return [...people.values()].sort(
    (a, b) =>
      b.newPatches - a.newPatches || total(b) - total(a) || (a.author.name < b.author.name ? -1 : a.author.name > b.author.name ? 1 : 0),
  );
}
