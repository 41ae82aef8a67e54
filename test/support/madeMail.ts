/** Invented mails for the tests of assembling: a few words make a mail, a patch or a whole series. */
import { createHash } from "node:crypto";
import type { Author } from "../../src/core/mail/author";
import type { Mail } from "../../src/core/mail/mail";
import { versionLabel } from "../../src/core/mail/subject";
import { assembleMails, type Assembly } from "../../src/core/postings/assembleMails";
import { assembleSeries } from "../../src/core/postings/assembleSeries";
import type { Correction } from "../../src/core/postings/corrections";
import { type MailContext, type MailFacts, mailFactsOf } from "../../src/core/postings/mailFacts";
import type { Revision, Series } from "../../src/core/series/series";

export const alex: Author = { name: "Alex Archer", email: "alex@example.org" };
export const bea: Author = { name: "Bea Baker", email: "bea@example.org" };
export const cleo: Author = { name: "Cleo Carver", email: "cleo@example.net" };

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
/** When nothing else is said. */
export const start = Date.UTC(2026, 2, 1, 10, 0, 0);

export interface MadeMail {
  readonly id: string;
  readonly subject: string;
  readonly from?: Author;
  readonly at?: number;
  readonly to?: string;
  readonly references?: readonly string[];
  readonly body?: string;
  readonly lists?: readonly string[];
  readonly sentTo?: readonly Author[];
  readonly cc?: readonly Author[];
  readonly attached?: readonly string[];
}

/** A mail as the reader gives it. */
export function madeMail({ id, subject, from = alex, at = start, to, references, body = "", lists, sentTo, cc, attached }: MadeMail): Mail {
  return {
    messageId: id === "" ? null : id,
    inReplyTo: to ?? null,
    references: references ?? [],
    from,
    to: sentTo ?? [{ name: "", email: "kvm@vger.kernel.org" }],
    cc: cc ?? [],
    replyTo: [],
    originalFrom: null,
    lists: lists ?? ["kvm.vger.kernel.org"],
    subject,
    date: at,
    body,
    charset: "utf-8",
    repaired: false,
    patches: attached ?? [],
    problems: [],
  };
}

export const context: MailContext = { place: "1", committed: null, source: "made", patchId: patchIdOf };

/** Any digest of a diff's changed lines will do where no real patch id is compared. */
function patchIdOf(text: string): string | null {
  const changed = text.split("\n").filter((line) => /^[+-]/.test(line) && line !== "---" && line !== "-- ");
  return changed.length === 0 ? null : createHash("sha1").update(changed.join("\n")).digest("hex");
}

export function made(mail: MadeMail): MailFacts {
  return mailFactsOf(madeMail(mail), context);
}

/** A diff of one hunk; `change` makes it another one. */
export function diffOf(path: string, change = "1", line = 10): string {
  return `diff --git a/${path} b/${path}\nindex 1111111..2222222 100644\n--- a/${path}\n+++ b/${path}\n@@ -${line},2 +${line},3 @@ int f(void)\n int a;\n+int added_${change};\n int b;\n`;
}

/** The body of a patch mail. */
export function patchBody(path: string, change = "1", message = "Do it."): string {
  return `${message}\n\nSigned-off-by: Alex Archer <alex@example.org>\n---\n ${path} | 1 +\n 1 file changed, 1 insertion(+)\n\n${diffOf(path, change)}-- \n2.39.5\n`;
}

export interface MadeSeries {
  /** Of the Message-IDs: `v1` makes `v1-0@example.org`, `v1-1@example.org`... */
  readonly id: string;
  /** Words of the brackets: `PATCH v2`. */
  readonly words?: string;
  readonly title?: string;
  readonly titles?: readonly string[];
  readonly from?: Author;
  readonly at?: number;
  readonly cover?: boolean;
  readonly letter?: string;
  /** What the first mail answers. */
  readonly to?: string;
  /** Each patch answers the first mail, the one before, or nothing. */
  readonly thread?: "shallow" | "deep" | "none";
  /** Indexes not there. */
  readonly without?: readonly number[];
  readonly change?: string;
  readonly paths?: readonly string[];
}

const titlesOfThree = ["KVM: x86: Count the teapots", "KVM: x86: Warm the teapots", "KVM: selftests: Pour the tea"];
const pathsOfThree = ["arch/x86/kvm/teapot.c", "arch/x86/kvm/warm.c", "tools/testing/selftests/kvm/tea.c"];

/** A posting with a cover letter and three patches, unless told otherwise. */
export function madeSeries(series: MadeSeries): MailFacts[] {
  const { id, words = "PATCH", title = "KVM: x86: Add teapots", titles = titlesOfThree, paths = pathsOfThree } = series;
  const { from = alex, at = start, cover = true, letter = "Hello.\n", thread = "shallow", without = [], change = id } = series;
  const number = (index: number): string => `[${words} ${index}/${titles.length}]`;
  const lead = cover ? `${id}-0@example.org` : `${id}-1@example.org`;
  const mails: MadeMail[] = [];
  if (cover) {
    mails.push({
      id: lead,
      subject: `${number(0)} ${title}`,
      from,
      at,
      body: letter,
      ...(series.to === undefined ? {} : { to: series.to }),
    });
  }
  for (const [zeroBased, patchTitle] of titles.entries()) {
    const index = zeroBased + 1;
    const mailId = `${id}-${index}@example.org`;
    const above = mailId === lead ? series.to : thread === "deep" ? `${id}-${index - 1}@example.org` : thread === "none" ? undefined : lead;
    mails.push({
      id: mailId,
      subject: `${number(index)} ${patchTitle}`,
      from,
      at: at + index * 1000,
      body: patchBody(paths[zeroBased] ?? `made/file${index}.c`, `${change}_${index}`),
      ...(above === undefined ? {} : { to: above }),
    });
  }
  return mails.filter((mail) => !without.some((index) => mail.id === `${id}-${index}@example.org`)).map(made);
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

export interface Assembled {
  readonly series: readonly Series[];
  readonly unplaced: Assembly["unplaced"];
}

/** All the way from facts to series. */
export function assembled(facts: readonly MailFacts[], corrections: readonly Correction[] = []): Assembled {
  const { postings, unplaced } = assembleMails(facts);
  return { series: assembleSeries(postings, sha256, () => "x86", corrections), unplaced };
}

/** The only series there is, oldest revision first. */
export function revisionsOf(...mails: ReadonlyArray<MailFacts | readonly MailFacts[]>): readonly Revision[] {
  const { series } = assembled(mails.flat());
  if (series.length !== 1) throw new Error(`there are ${series.length} series: ${series.map(({ title }) => title).join("; ")}`);
  return series[0]?.revisions ?? [];
}

/** The only revision there is. */
export function revisionOf(...mails: ReadonlyArray<MailFacts | readonly MailFacts[]>): Revision {
  const revisions = revisionsOf(...mails);
  const [revision] = revisions;
  if (!revision || revisions.length !== 1) throw new Error(`there are ${revisions.length} revisions`);
  return revision;
}

/** `v2 n=3: 1 2 -`: a revision in short; `-` is a gap, `2<v1` a patch left as it was. */
export function inShort(revision: Revision): string {
  const places: string[] = [];
  for (let index = 1; index <= Math.max(revision.expected, ...revision.patches.map((patch) => patch.index ?? 0)); index++) {
    const patch = revision.patches.find((one) => one.index === index);
    places.push(!patch?.messageId ? "-" : patch.carriedFrom === undefined ? `${index}` : `${index}<${patch.carriedFrom}`);
  }
  return `${versionLabel(revision.version, revision.point ?? 0)}${revision.rfc ? " rfc" : ""} n=${revision.expected}${revision.cover ? " cover" : ""}: ${places.join(" ")}`;
}
