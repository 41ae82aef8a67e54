/** Invented postings that are revisions of one work, by each kind of evidence, and pairs that only look as if they were. */
import { alex, bea, cleo, day, patchBody, start, type MadeMail } from "./madeMail";
import type { Author } from "../../src/core/mail/author";

export interface JoinCase {
  readonly name: string;
  /** The mails of each posting; answers stand with what they answer. */
  readonly postings: ReadonlyArray<readonly MadeMail[]>;
  /** Revisions and evidence of each series, sorted. */
  readonly expected: readonly string[];
}

/** The author from another address. */
const alexAtHome: Author = { name: "Alex Archer", email: "alex@home.example.net" };

interface Sent {
  readonly id: string;
  readonly words?: string;
  readonly title?: string;
  readonly titles: readonly string[];
  readonly paths?: readonly string[];
  readonly from?: Author;
  readonly days?: number;
  readonly letter?: string;
  /** Below the `---` of a lone patch. */
  readonly note?: string;
  readonly change?: string;
  readonly to?: string;
  readonly without?: readonly number[];
  readonly cover?: boolean;
}

/** A posting: with a cover letter where it has a title of its own, numbered where it has several patches. */
function sent({
  id,
  words = "PATCH",
  title,
  titles,
  paths,
  from = alex,
  days = 0,
  letter = "Hello.\n",
  note,
  change = id,
  to,
  without = [],
}: Sent): MadeMail[] {
  const at = start + days * day;
  const isLone = titles.length === 1 && title === undefined;
  const cover = `${id}-0@example.org`;
  const lead = title === undefined ? `${id}-1@example.org` : cover;
  const mails: Array<MadeMail & { index: number }> = [];
  const answering = to === undefined ? {} : { to };
  if (title !== undefined)
    mails.push({ index: 0, id: cover, subject: `[${words} 0/${titles.length}] ${title}`, from, at, body: letter, ...answering });
  for (const [zeroBased, one] of titles.entries()) {
    const index = zeroBased + 1;
    const body = patchBody(paths?.[zeroBased] ?? `made/${id}_${index}.c`, `${change}_${index}`);
    mails.push({
      index,
      id: `${id}-${index}@example.org`,
      subject: `[${words}${isLone ? "" : ` ${index}/${titles.length}`}] ${one}`,
      from,
      at: at + index * 1000,
      body: note === undefined ? body : body.replace("---\n", `---\n${note}\n`),
      ...(`${id}-${index}@example.org` === lead ? answering : { to: lead }),
    });
  }
  return mails.filter(({ index }) => !without.includes(index));
}

function answer(id: string, to: string, body: string, days = 1, from: Author = bea): MadeMail {
  return { id, subject: "Re: [PATCH v2 0/2] KVM: x86: Stir", from, at: start + days * day, to, references: [to], body };
}

const lore = "https://lore.kernel.org/r/";
const pots = ["KVM: x86: Count the teapots", "KVM: x86: Warm the teapots"];
const cups = ["KVM: arm64: Count the cups", "KVM: arm64: Warm the cups"];
const inPots = ["arch/x86/kvm/pot.c", "arch/x86/kvm/warm.c"];
const inCups = ["arch/arm64/kvm/cup.c", "arch/arm64/kvm/warm.c"];

export const joined: readonly JoinCase[] = [
  {
    name: "an answer says what is superseded",
    postings: [
      sent({ id: "a", title: "KVM: x86: Teapots", titles: pots }),
      [
        ...sent({ id: "b", words: "PATCH v2", title: "KVM: Cups instead", titles: cups, days: 5 }),
        answer("b-r@example.org", "b-0@example.org", "> Hello.\n\nSupersedes: <a-0@example.org>\n", 6),
      ],
    ],
    expected: ["v1 v2: changelog-link"],
  },
  {
    name: "an answer to a patch says what is superseded, by a patch of it",
    postings: [
      sent({ id: "a", title: "KVM: x86: Teapots", titles: pots }),
      [
        ...sent({ id: "b", words: "PATCH v2", title: "KVM: Cups instead", titles: cups, days: 5 }),
        answer("b-r@example.org", "b-2@example.org", `Supersedes: ${lore}a-1%40example.org/T/#u\n`, 6, alex),
      ],
    ],
    expected: ["v1 v2: changelog-link"],
  },
  {
    name: "a bare Message-ID in the changelog",
    postings: [
      sent({ id: "a1", title: "KVM: x86: Teapots", titles: pots }),
      sent({
        id: "b",
        words: "PATCH v2",
        title: "KVM: Cups instead",
        titles: cups,
        days: 5,
        letter: "Changes since v1 (id:a1-0@example.org):\n- All.\n",
        from: bea,
      }),
    ],
    expected: ["v1 v2: changelog-link"],
  },
  {
    name: "below the --- of a lone patch, another archive",
    postings: [
      sent({ id: "a", titles: [pots[0]!] }),
      sent({
        id: "b",
        words: "PATCH v2",
        titles: [cups[0]!],
        days: 5,
        note: "v1: https://patchwork.kernel.org/project/kvm/patch/a-1@example.org/",
      }),
    ],
    expected: ["v1 v2: changelog-link"],
  },
  {
    name: "the cover letter that is cited is not here",
    postings: [
      sent({ id: "a", words: "PATCH v3", title: "KVM: x86: Teapots", titles: pots, without: [0] }),
      sent({
        id: "b",
        words: "PATCH v4",
        title: "KVM: Cups instead",
        titles: cups,
        days: 5,
        letter: `v4:\n- Link to v3: ${lore}a-0@example.org\n`,
      }),
    ],
    expected: ["v3 v4: changelog-link"],
  },
  {
    name: "an answer to the older posting is cited",
    postings: [
      [
        ...sent({ id: "a", words: "PATCH v3", title: "KVM: x86: Teapots", titles: pots }),
        answer("a-r@example.org", "a-0@example.org", "Ping.\n"),
      ],
      sent({
        id: "b",
        words: "PATCH v4",
        title: "KVM: Cups instead",
        titles: cups,
        days: 5,
        letter: `v3 -> v4: ${lore}a-r@example.org\n- All.\n`,
      }),
    ],
    expected: ["v3 v4: changelog-link"],
  },
  {
    name: "another address of the same person, in another order",
    postings: [
      sent({ id: "a", title: "KVM: x86: Teapots", titles: pots }),
      sent({
        id: "b",
        words: "PATCH v2",
        title: "KVM: More pots",
        titles: ["KVM: x86: Buy a kettle", ...pots.toReversed()],
        days: 40,
        from: alexAtHome,
      }),
    ],
    expected: ["v1 v2: overlap"],
  },
  {
    name: "the same patches from another address",
    postings: [
      sent({ id: "a", titles: [pots[0]!], paths: inPots, change: "same" }),
      sent({ id: "b", title: "KVM: x86: A teapot", titles: [pots[0]!], paths: inPots, change: "same", days: 20, from: alexAtHome }),
    ],
    expected: ["v1 v1: same-patches+same-title"],
  },
  {
    name: "a patch that was sent twice in its place, and again later",
    postings: [
      [
        ...sent({ id: "a", words: "PATCH v3", titles: [pots[0]!], paths: inPots, change: "first" }),
        ...sent({ id: "b", words: "PATCH v3", titles: [pots[0]!], paths: inPots, change: "same", days: 1 / 1440 }),
      ],
      sent({
        id: "c",
        words: "PATCH v3 RESEND",
        title: "KVM: x86: A teapot",
        titles: [pots[0]!],
        paths: inPots,
        change: "same",
        days: 20,
        from: alexAtHome,
      }),
    ],
    expected: ["v3 v3: same-patches+same-title"],
  },
  {
    name: "a title that differs by brackets, colons and case",
    postings: [
      sent({ id: "a", words: "PATCH v2", titles: ["KVM: x86/mmu: let fill_pot fill cups too"] }),
      sent({ id: "b", words: "PATCH v3", titles: ["KVM: x86: mmu: Let fill_pot() fill cups, too."], days: 5 }),
    ],
    expected: ["v2 v3: same-title"],
  },
  {
    name: "patches whose titles differ by brackets",
    postings: [
      sent({ id: "a", title: "KVM: x86: Teapots", titles: ["KVM: Count pots() twice", "KVM: Warm 'pots' a bit"] }),
      sent({ id: "b", words: "PATCH v2", title: "KVM: Pots", titles: ["KVM: count pots twice", "KVM: Warm pots, a bit"], days: 5 }),
    ],
    expected: ["v1 v2: overlap"],
  },
  {
    name: "renamed, and says so over the end of a line",
    postings: [
      sent({ id: "a", words: "PATCH v2", titles: [pots[0]!] }),
      sent({
        id: "b",
        words: "PATCH v3",
        titles: ["KVM: Drop the kettles for good"],
        days: 5,
        note: 'v3: Renamed the patch from "KVM: x86: Count\n    the teapots" and dropped some.',
      }),
    ],
    expected: ["v2 v3: former-title"],
  },
  {
    name: "a series that was renamed, and says so",
    postings: [
      sent({ id: "a", title: "KVM: x86: Teapots", titles: pots }),
      sent({
        id: "b",
        words: "PATCH v2",
        title: "KVM: Cups instead",
        titles: cups,
        days: 5,
        letter: "Changes since v1:\n - Changed the title of the series (was “KVM: x86: teapots”)\n",
      }),
    ],
    expected: ["v1 v2: former-title"],
  },
  {
    name: "was, behind the title",
    postings: [
      sent({ id: "a", titles: [pots[0]!] }),
      sent({ id: "b", words: "PATCH v2", titles: [`KVM: Drop the kettles (was: ${pots[0]!})`], days: 5 }),
    ],
    expected: ["v1 v2: former-title"],
  },
  {
    name: "a lone patch that had a second one beside it for one version",
    postings: [
      sent({ id: "a", words: "PATCH v2", titles: [pots[0]!], paths: inPots }),
      sent({ id: "b", words: "PATCH v3", titles: [cups[0]!, pots[0]!], paths: [inCups[0]!, inPots[0]!], days: 2 }),
      sent({ id: "c", words: "PATCH v4", titles: [pots[0]!], paths: inPots, days: 4 }),
    ],
    expected: ["v2 v3 v4: overlap same-title"],
  },
  {
    name: "one patch of several, sent alone as the next version",
    postings: [
      sent({ id: "a", title: "KVM: x86: Teapots", titles: [cups[0]!, ...pots], paths: [inCups[0]!, ...inPots] }),
      sent({ id: "b", words: "PATCH v2", titles: [pots[1]!], paths: [inPots[1]!], days: 5 }),
    ],
    expected: ["v1 v2: overlap"],
  },
  {
    name: "two patches, one of them alone for one version",
    postings: [
      sent({ id: "a", words: "PATCH v2", titles: pots, paths: inPots }),
      sent({ id: "b", words: "PATCH v3", titles: [pots[1]!], paths: [inPots[1]!], days: 5 }),
      sent({ id: "c", words: "PATCH v4", titles: pots, paths: inPots, days: 9 }),
    ],
    expected: ["v2 v3 v4: overlap same-title"],
  },
  {
    name: "a lone patch that got a cover letter",
    postings: [
      sent({ id: "a", titles: [pots[0]!], paths: inPots }),
      sent({ id: "b", words: "PATCH v2", title: "KVM: x86: A pot", titles: [pots[0]!], paths: inPots, days: 5 }),
    ],
    expected: ["v1 v2: same-title"],
  },
];

const notes = (id: string): string => `base-commit: 0123456789012345678901234567890123456789\nchange-id: 20260301-pots-${id}\n`;

/** What only looks like one work. */
export const apart: readonly JoinCase[] = [
  {
    name: "one author, one boring title, other files",
    postings: [
      sent({ id: "a", titles: ["KVM: Fix typo"], paths: inPots }),
      sent({ id: "b", words: "PATCH v2", titles: ["KVM: Fix typo"], paths: inCups, days: 5 }),
    ],
    expected: ["v1: ", "v2: "],
  },
  {
    name: "one boring title in different trees",
    postings: [
      sent({ id: "a", words: "PATCH 6.6", titles: [pots[0]!], paths: inPots }),
      sent({ id: "b", words: "PATCH v2", titles: [pots[0]!], paths: inPots, days: 5 }),
    ],
    expected: ["v1: ", "v2: "],
  },
  {
    name: "backports to two stable trees, with their patches equal",
    postings: [
      sent({ id: "a", words: "PATCH 6.6", titles: [pots[0]!], paths: inPots, change: "same" }),
      sent({ id: "b", words: "PATCH 6.1 v2", titles: [pots[0]!], paths: inPots, change: "same", days: 5 }),
    ],
    expected: ["v1: ", "v2: "],
  },
  {
    name: "two people of one name",
    postings: [
      sent({ id: "a", title: "KVM: x86: Teapots", titles: [...pots, "KVM: Fix typo"] }),
      sent({ id: "b", words: "PATCH v2", title: "KVM: Cups", titles: [...cups, "KVM: Fix typo"], days: 5, from: alexAtHome }),
    ],
    expected: ["v1: ", "v2: "],
  },
  {
    name: "two people of one name and boring titles",
    postings: [
      sent({ id: "a", title: "KVM: x86: Teapots", titles: ["KVM: Fix typo", "KVM: Clean up"] }),
      sent({ id: "b", words: "PATCH v2", title: "KVM: Cups", titles: ["KVM: Fix typo", "KVM: Clean up"], days: 5, from: alexAtHome }),
    ],
    expected: ["v1: ", "v2: "],
  },
  {
    name: "a first name is none",
    postings: [
      sent({ id: "a", title: "KVM: x86: Teapots", titles: pots, from: { name: "Alex", email: "alex@example.org" } }),
      sent({
        id: "b",
        words: "PATCH v2",
        title: "KVM: Pots",
        titles: pots,
        days: 5,
        from: { name: "Alex", email: "alex@other.example.net" },
      }),
    ],
    expected: ["v1: ", "v2: "],
  },
  {
    name: "somebody else's patches",
    postings: [
      sent({ id: "a", title: "KVM: x86: Teapots", titles: pots }),
      sent({ id: "b", words: "PATCH v2", title: "KVM: Pots", titles: pots, days: 5, from: cleo }),
    ],
    expected: ["v1: ", "v2: "],
  },
  {
    name: "links to other work",
    postings: [
      sent({ id: "a1", words: "PATCH v2", title: "KVM: x86: Teapots", titles: pots }),
      sent({
        id: "b",
        words: "PATCH v3",
        title: "KVM: Cups",
        titles: cups,
        days: 5,
        letter: `Depends on v2: ${lore}a1-0@example.org\nBased-on: <a1-0@example.org>\nThis applies on top of v2 (${lore}a1-0@example.org).\nv2 of the pots: <a1-0@example.org>\nLink: ${lore}a1-1@example.org\n\nv3:\n - Do as a1-0@example.org says.\n - Similar to v2: id:a1-2@example.org\n`,
      }),
    ],
    expected: ["v2: ", "v3: "],
  },
  {
    name: "an answer that quotes, or says that it is superseded",
    postings: [
      sent({ id: "a", title: "KVM: x86: Teapots", titles: pots }),
      [
        ...sent({ id: "b", words: "PATCH v2", title: "KVM: Cups", titles: cups, days: 5 }),
        answer(
          "b-r@example.org",
          "b-0@example.org",
          "> Supersedes: <a-0@example.org>\n\nNo. Or is this superseded by <a-1@example.org>?\n",
          6,
        ),
      ],
    ],
    expected: ["v1: ", "v2: "],
  },
  {
    name: "what is cited is not the cover letter of patches that were sent there",
    postings: [
      sent({ id: "a", words: "PATCH v2", titles: pots, to: "gone@example.org", from: bea }),
      sent({ id: "b", words: "PATCH v4", title: "KVM: Cups", titles: cups, days: 5, letter: `v3: ${lore}gone@example.org\n` }),
    ],
    expected: ["v2: ", "v4: "],
  },
  {
    name: "a title is quoted for another reason",
    postings: [
      sent({ id: "a", titles: [pots[0]!] }),
      sent({
        id: "b",
        words: "PATCH v2",
        titles: [cups[0]!],
        days: 5,
        note: `v2: Depends on "${pots[0]!}", formerly of mine.\n    Fixes what was broken by "${pots[0]!}".`,
      }),
    ],
    expected: ["v1: ", "v2: "],
  },
  {
    name: "a lone patch with the title of one of a series, in other files or as no next version",
    postings: [
      sent({ id: "a", title: "KVM: x86: Teapots", titles: pots, paths: inPots }),
      sent({ id: "b", words: "PATCH v2", titles: [pots[1]!], paths: inCups, days: 5 }),
      sent({ id: "c", words: "PATCH v4", titles: [pots[0]!], paths: inPots, days: 9 }),
    ],
    expected: ["v1: ", "v2: ", "v4: "],
  },
  {
    name: "a lone patch that went into a larger series",
    postings: [
      sent({ id: "a", titles: [pots[0]!], paths: inPots }),
      sent({ id: "b", title: "KVM: x86: Teapots", titles: [...cups, ...pots], paths: [...inCups, ...inPots], days: 5 }),
    ],
    expected: ["v1: ", "v1: "],
  },
  {
    name: "a branch that was used again",
    postings: [
      sent({ id: "a", title: "KVM: x86: Teapots", titles: pots, paths: inPots, letter: notes("1") }),
      sent({ id: "b", words: "PATCH v2", title: "KVM: x86: Teapots", titles: pots, paths: inPots, days: 5, letter: notes("1") }),
      sent({ id: "c", title: "KVM: Cups", titles: cups, paths: [inCups[0]!, inPots[1]!], days: 90, letter: notes("1") }),
      sent({
        id: "d",
        words: "PATCH v2",
        title: "KVM: Cups for all",
        titles: cups,
        paths: [inCups[0]!, inPots[1]!],
        days: 95,
        letter: notes("1"),
      }),
    ],
    expected: ["v1 v2: change-id", "v1 v2: change-id+same-title"],
  },
  {
    name: "a series in whose place there is a version already",
    postings: [
      sent({ id: "a", words: "PATCH v2", titles: [pots[0]!], paths: inPots }),
      sent({ id: "b", words: "PATCH v3", titles: [cups[0]!, pots[0]!], paths: [inCups[0]!, inPots[0]!], days: 2, change: "other" }),
      sent({ id: "c", words: "PATCH v3", titles: [pots[0]!], paths: inPots, days: 4 }),
    ],
    expected: ["v2 v3: same-title", "v3: "],
  },
];

/** As it would come from an archive. */
export function mailBytes({ id, subject, from = alex, at = start, to, references, body = "" }: MadeMail): Buffer {
  const headers = [
    `From: ${from.name} <${from.email}>`,
    "To: kvm@vger.example.org",
    `Subject: ${subject}`,
    `Date: ${new Date(at).toUTCString()}`,
    `Message-ID: <${id}>`,
    ...(to === undefined ? [] : [`In-Reply-To: <${to}>`]),
    ...(references ? [`References: ${references.map((one) => `<${one}>`).join(" ")}`] : []),
    "Content-Type: text/plain; charset=UTF-8",
  ];
  return Buffer.from(`${headers.join("\n")}\n\n${body}`);
}
