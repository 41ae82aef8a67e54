/** Invented list mail in the shapes real lists have: covers, patches, rerolls, replies, encodings. All of it follows from one seed. */
import { dateHeader, noise, routeOf } from "./archiveRoute";
import { between, codeLine, makeProse, makeTitle, paths, people, pick, pickHot, seeded, type Person, type Random } from "./archiveWords";

export interface MailPlan {
  /** Place of the work (series or discussion) in the archive. */
  readonly work: number;
  readonly version: number;
  /** 0 is the cover letter; replies say what they answer. */
  readonly index: number;
  /** 0: the mail itself; n: the nth reply to it. */
  readonly reply: number;
  /** Seconds since 1970. */
  readonly time: number;
}

interface Work {
  readonly title: string;
  readonly author: Person;
  readonly maintainer: Person;
  readonly patches: readonly string[];
  readonly cover: boolean;
  readonly versions: number;
  readonly prefix: string;
  readonly patchFiles: ReadonlyArray<readonly string[]>;
  readonly cc: readonly Person[];
  readonly lists: readonly string[];
}

export interface ArchiveTruth {
  readonly mails: number;
  readonly covers: number;
  readonly patches: number;
  readonly replies: number;
  readonly revisions: number;
  readonly series: number;
}

/** When the first mail of every archive was sent: 2024-01-01. */
const firstMail = 1704067200;
/** A busy list: so many mails arrive in a day. */
const mailsPerDay = 140;

/** The mails of an archive in the order they arrive. `count` is exact: the last work is cut off. */
export function planArchive(seed: number, count: number): { plans: MailPlan[]; truth: ArchiveTruth } {
  const all: MailPlan[] = [];
  const span = Math.ceil(count / mailsPerDay) * 86400;
  for (let work = 0; all.length < count * 1.02 + 20; work++) {
    const random = seeded(seed, work, 1);
    const about = makeWork(seed, work);
    // Works begin evenly over the time; how many are needed is not known beforehand, so each takes a place by chance.
    let time = firstMail + Math.floor(random() * span);
    for (let version = 1; version <= about.versions; version++) {
      for (let index = about.cover ? 0 : 1; index <= about.patches.length; index++) {
        const sent = time + index * 2;
        all.push({ work, version, index, reply: 0, time: sent });
        const replies = index === 0 ? between(random, 0, 3) : random() < 0.45 ? between(random, 1, 4) : random() < 0.2 ? 1 : 0;
        for (let reply = 1; reply <= replies; reply++)
          all.push({ work, version, index, reply, time: sent + between(random, 600, 90000) * reply });
      }
      time += between(random, 3, 25) * 86400;
    }
  }
  all.sort((a, b) => a.time - b.time || a.work - b.work || a.version - b.version || a.index - b.index || a.reply - b.reply);
  const plans = all.slice(0, count);
  const versions = new Set(plans.filter(({ reply }) => reply === 0).map(({ work, version }) => `${work} ${version}`));
  const kinds = { covers: 0, patches: 0, replies: 0 };
  for (const { index, reply } of plans) kinds[reply > 0 ? "replies" : index === 0 ? "covers" : "patches"]++;
  const series = new Set(plans.map(({ work }) => work)).size;
  return { plans, truth: { mails: plans.length, ...kinds, revisions: versions.size, series } };
}

/** Works are asked for again by each of their mails; the last ones are kept. */
const recentWorks = new Map<string, Work>();

function makeWork(seed: number, work: number): Work {
  const key = `${seed} ${work}`;
  const known = recentWorks.get(key);
  if (known) return known;
  if (recentWorks.size > 4000) recentWorks.clear();
  const made = newWork(seed, work);
  recentWorks.set(key, made);
  return made;
}

function newWork(seed: number, work: number): Work {
  const random = seeded(seed, work, 2);
  const size = random() < 0.45 ? 1 : random() < 0.8 ? between(random, 2, 8) : between(random, 9, 28);
  const author = pickHot(random, people);
  const chance = random();
  const titles = Array.from({ length: size }, () => makeTitle(random));
  return {
    title: `${makeTitle(random)} (${work})`,
    author,
    patches: titles.map((title, at) => (size === 1 ? `${title} (${work})` : `${title} ${at + 1}`)),
    cover: size > 1 && random() < 0.92,
    versions: chance < 0.5 ? 1 : chance < 0.75 ? 2 : chance < 0.9 ? 3 : 4,
    prefix: random() < 0.08 ? "RFC PATCH" : "PATCH",
    patchFiles: titles.map(() => [...new Set(Array.from({ length: between(random, 1, 4) }, () => pickHot(random, paths)))]),
    maintainer: pickHot(random, people),
    cc: Array.from({ length: between(random, 5, 24) }, () => pickHot(random, people)),
    lists: random() < 0.3 ? ["kvm.vger.example.org", "linux-kernel.vger.example.org"] : ["kvm.vger.example.org"],
  };
}

/** The Message-ID of a mail, in git-send-email's form for patches. */
export function messageIdOf(seed: number, plan: MailPlan): string {
  const random = seeded(seed, plan.work, plan.version, plan.index, plan.reply, 3);
  const { author } = makeWork(seed, plan.work);
  if (plan.reply > 0)
    return `${noise(random, 6)}${plan.work}.${plan.version}.${plan.index}.${plan.reply}@mail.example.org`.replace(/[+/]/g, "x");
  const stem = seeded(seed, plan.work, plan.version, 4);
  return `20${between(stem, 240101000000, 261231235959)}.${between(stem, 1000, 999999)}-${plan.index + 1}-${author.email}`;
}

function encodeWord(name: string): string {
  return /^[\x20-\x7e]*$/.test(name) ? name : `=?UTF-8?q?${encodeQuoted(name).replace(/ /g, "_").replace(/\?/g, "=3F")}?=`;
}

function encodeQuoted(text: string): string {
  return text.replace(/[^\t\n\x20-\x3c\x3e-\x7e]/g, (char) =>
    [...Buffer.from(char)].map((byte) => `=${byte.toString(16).toUpperCase()}`).join(""),
  );
}

function softWrap(line: string): string {
  let wrapped = "";
  for (let rest = line; ;) {
    if (rest.length <= 75) return wrapped + rest;
    let cut = 74;
    if (rest[cut - 1] === "=") cut -= 1;
    else if (rest[cut - 2] === "=") cut -= 2;
    wrapped += `${rest.slice(0, cut)}=\n`;
    rest = rest.slice(cut);
  }
}

/** One mail of an archive as bytes, LF line ends as public-inbox stores them. */
export function makeMail(seed: number, plan: MailPlan): Buffer {
  const work = makeWork(seed, plan.work);
  const random = seeded(seed, plan.work, plan.version, plan.index, plan.reply, 5);
  const size = work.patches.length;
  const from = plan.reply > 0 ? pickHot(random, work.cc) : work.author;
  const number = size === 1 && !work.cover ? "" : ` ${String(plan.index).padStart(String(size).length, "0")}/${size}`;
  const version = plan.version > 1 ? ` v${plan.version}` : "";
  const title = plan.index === 0 ? work.title : work.patches[plan.index - 1]!;
  const subject = `[${work.prefix}${version}${number}] ${title}`;
  const top: MailPlan = { ...plan, index: work.cover ? 0 : 1, reply: 0 };
  const references: string[] = [];
  if (plan.index !== top.index) references.push(messageIdOf(seed, top));
  if (plan.reply > 0) references.push(messageIdOf(seed, { ...plan, reply: 0 }));
  if (plan.reply > 1) references.push(messageIdOf(seed, { ...plan, reply: plan.reply - 1 }));
  const id = messageIdOf(seed, plan);
  const body =
    plan.reply > 0
      ? replyBody(seed, plan, work, random)
      : plan.index === 0
        ? coverBody(seed, plan, work, random)
        : patchBody(seed, plan, work);
  const plain = /^[\x00-\x7f]*$/.test(body);
  const chance = random();
  const encoding = chance < 0.03 ? "quoted-printable" : chance < 0.04 ? "base64" : plain ? "7bit" : "8bit";
  const coded =
    encoding === "quoted-printable"
      ? encodeQuoted(body).split("\n").map(softWrap).join("\n")
      : encoding === "base64"
        ? `${Buffer.from(body).toString("base64").replace(/.{76}/g, "$&\n")}\n`
        : body;
  const header = [
    ...routeOf(plan.time, random),
    `Date: ${dateHeader(plan.time)}`,
    ...(references.length > 0 ? [`In-Reply-To: <${references.at(-1)!}>`] : []),
    "Precedence: bulk",
    ...work.lists.slice(0, 1).flatMap((list) => [`X-Mailing-List: ${list.replace(".", "@")}`, `List-Id: <${list}>`]),
    "List-Subscribe: <mailto:kvm+subscribe@vger.example.org>",
    "List-Unsubscribe: <mailto:kvm+unsubscribe@vger.example.org>",
    "Mime-Version: 1.0",
    ...(references.length > 0 ? [`References: ${references.map((one) => `<${one}>`).join("\n ")}`] : []),
    ...(plan.reply === 0 ? ["X-Mailer: git-send-email 2.51.0"] : ["User-Agent: Mutt/2.2.13"]),
    `Message-ID: <${id}>`,
    `Subject: ${fold(plan.reply > 0 ? `Re: ${subject}` : subject)}`,
    `From: ${mailbox(from)}`,
    `To: ${plan.reply > 0 ? mailbox(work.author) : `${mailbox(work.maintainer)}, kvm@vger.example.org`}`,
    `Cc: ${[
      ...work.lists.slice(1).map((list) => list.replace(".", "@")),
      ...(plan.reply > 0 ? ["kvm@vger.example.org", mailbox(work.maintainer)] : []),
      ...work.cc.filter((one) => one !== from).map(mailbox),
    ].join(",\n\t")}`,
    `Content-Type: text/plain; charset="${plain ? "us-ascii" : "utf-8"}"`,
    `Content-Transfer-Encoding: ${encoding}`,
  ];
  return Buffer.from(`${header.join("\n")}\n\n${coded}`);
}

function mailbox({ name, email }: Person): string {
  return `${encodeWord(name)} <${email}>`;
}

function fold(subject: string): string {
  const cut = subject.length > 70 ? subject.lastIndexOf(" ", 70) : -1;
  return cut > 20 ? `${subject.slice(0, cut)}\n${subject.slice(cut)}` : subject;
}

function coverBody(seed: number, plan: MailPlan, work: Work, random: Random): string {
  const shortlog = `${work.author.name} (${work.patches.length}):\n${work.patches.map((title) => `  ${title}\n`).join("")}`;
  const files = [...new Set(work.patchFiles.flat())].sort();
  const stat = files.map((path) => ` ${path} | ${between(random, 1, 60)} +++---\n`).join("");
  const earlier = { ...plan, version: plan.version - 1 };
  const changelog =
    plan.version > 1
      ? `v${plan.version}:\n - ${makeProse(random, 12)}\nv${plan.version - 1}: https://lore.kernel.org/kvm/${messageIdOf(seed, earlier)}\n\n`
      : "";
  return `${makeProse(random, between(random, 100, 400))}\n${changelog}${shortlog}\n${stat} ${files.length} files changed, ${between(random, 10, 400)} insertions(+), ${between(random, 1, 200)} deletions(-)\n\n\nbase-commit: ${hex(random)}\n-- \n2.51.0\n`;
}

function hex(random: Random): string {
  return Array.from({ length: 5 }, () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, "0"),
  ).join("");
}

function patchBody(seed: number, plan: MailPlan, work: Work): string {
  // What does not change between versions follows from the work alone, so a reroll is mostly the same patch.
  const random = seeded(seed, work.patches.length, plan.work, plan.index, 6);
  const changed = seeded(seed, plan.work, plan.version, plan.index, 7);
  const message = makeProse(random, between(random, 30, 140));
  const trailers = `Signed-off-by: ${work.author.name} <${work.author.email}>\n`;
  const reviewed = plan.version > 1 && changed() < 0.4 ? `Reviewed-by: ${work.cc[0]!.name} <${work.cc[0]!.email}>\n` : "";
  const files = work.patchFiles[plan.index - 1]!;
  let diff = "";
  let stat = "";
  for (const path of files) {
    let hunks = "";
    let added = 0;
    let deleted = 0;
    let line = between(random, 10, 400);
    for (let hunk = between(random, 1, 4); hunk > 0; hunk--) {
      let [before, after, text] = [0, 0, ""];
      for (let at = between(random, 8, 26); at > 0; at--) {
        const kind = at < 3 ? " " : pick(random, "   +++-".split(""));
        const reroll = kind === "+" && plan.version > 1 && changed() < 0.1;
        text += `${kind}${codeLine(reroll ? changed : random)}\n`;
        if (kind !== "+") before++;
        if (kind !== "-") after++;
        if (kind === "+") added++;
        if (kind === "-") deleted++;
      }
      hunks += `@@ -${line},${before} +${line + 3},${after} @@ ${codeLine(random).trim().slice(0, 60)}\n${text}`;
      line += between(random, 40, 300);
    }
    diff += `diff --git a/${path} b/${path}\nindex ${noise(random, 0)}${hex(random).slice(0, 12)}..${hex(changed).slice(0, 12)} 100644\n--- a/${path}\n+++ b/${path}\n${hunks}`;
    stat += ` ${path} | ${added + deleted} ${"+".repeat(Math.min(30, added))}${"-".repeat(Math.min(20, deleted))}\n`;
  }
  return `${message}\n${trailers}${reviewed}---\n${stat} ${files.length} files changed\n\n${diff}-- \n2.51.0\n\n`;
}

function replyBody(seed: number, plan: MailPlan, work: Work, random: Random): string {
  const answered = plan.index === 0 ? coverBody(seed, plan, work, seeded(seed, plan.work, 8)) : patchBody(seed, plan, work);
  const lines = answered.split("\n");
  const quoted = lines.slice(0, between(random, 10, lines.length)).map((line) => `> ${line}`);
  const cut = between(random, 4, quoted.length);
  const trailer = random() < 0.3 ? `\nReviewed-by: ${work.cc[1]!.name} <${work.cc[1]!.email}>\n` : "";
  return `On a day, ${work.author.name} wrote:\n${quoted.slice(0, cut).join("\n")}\n\n${makeProse(random, between(random, 15, 150))}\n${quoted.slice(cut).join("\n")}\n${trailer}\nThanks,\nReviewer\n`;
}
