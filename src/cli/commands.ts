/** The table of commands and the help made from it. The code of a command is loaded when it is called. */
import { seriesStatuses } from "../core/series/series";
import { digestFormats } from "../render/digestReport";
import { type AnyCommand, command, type Commands, type Option } from "./call";

const json = { help: "print one JSON object (docs/cli.md)" } as const;
const id = { takes: "ID", help: "the series: its id or the beginning of it, a Message-ID in it, or a link to one" } as const;
const neededId = { ...id, needed: true } as const;
const revision = { takes: "N", help: "that revision instead of the newest" } as const;
const checkout = { takes: "DIR", needed: true, help: "a git checkout" } as const;

export const commands: Commands = {
  series: command({
    summary: "lists the series, newest first",
    takes: "SOURCE...",
    options: {
      json,
      subsystem: { takes: "S", help: "only those of a subsystem, such as x86/tdx" },
      status: { takes: "STATUS", words: seriesStatuses, help: `only those that are ${seriesStatuses.join(", ")}` },
      author: { takes: "A", help: "only those with this in the author's name or address" },
      since: { takes: "DATE", help: "only those with a revision since: 2026-10-01, 2.weeks.ago, yesterday" },
    },
    example: ["kvm-series series kvm.git --subsystem x86/tdx --since 2.weeks.ago", "what was sent for TDX in the last two weeks"],
    run: async (call) => (await import("./seriesCommands.js")).listSeries(call),
  }),
  show: command({
    summary: "prints all that is known of a series",
    takes: "SOURCE...",
    options: { id: neededId, revision, json },
    example: ["b4 mbox -o - MESSAGE-ID | kvm-series show - --id MESSAGE-ID", "the series of a thread, without an archive"],
    run: async (call) => (await import("./seriesCommands.js")).printSeries(call),
  }),
  touching: command({
    summary: "lists the pending series that change a file, lines of it, or a folder",
    takes: "PATH[:LINES] SOURCE...",
    options: {
      tree: { takes: "DIR", help: "the checkout that PATH is in; series for another project are left out" },
      suffix: { help: "PATH is the end of a path" },
      all: { help: "landed and stale series too" },
      json,
    },
    example: ["kvm-series touching arch/x86/kvm/x86.c:17,+5 kvm.git", "who changes lines 17 to 21; 17 and 17-21 also work"],
    run: async (call) => (await import("./touchingCommand.js")).listTouching(call),
  }),
  compare: command({
    summary: "shows what changed between two revisions of a series",
    takes: "SOURCE...",
    options: {
      id: neededId,
      from: { takes: "V", help: "the older revision, such as v2; the one before the other unless given" },
      to: { takes: "V", help: "the newer revision; the newest unless given" },
      json,
    },
    example: ["kvm-series compare kvm.git --id 76545cadb4b7 --from v2 --to v4", "which patches changed since v2, and how"],
    run: async (call) => (await import("./compareCommand.js")).printComparison(call),
  }),
  trailers: command({
    summary: "lists who reviewed, acked and tested each patch, also in older revisions",
    takes: "SOURCE...",
    options: { id, revision, json },
    example: ["kvm-series trailers kvm.git --id 76545cadb4b7", "the trailers of all revisions of a series"],
    run: async (call) => (await import("./trailersCommand.js")).listTrailers(call),
  }),
  untaken: command({
    summary: "lists the mails whose diffs are in no series, with the reason",
    takes: "SOURCE...",
    options: { json },
    example: ["kvm-series untaken kvm.git", "suggestions in replies, and whatever else is not a patch"],
    run: async (call) => (await import("./seriesCommands.js")).listUntaken(call),
  }),
  mbox: command({
    summary: "prints the patches of a series, for git am",
    takes: "SOURCE...",
    options: {
      id: neededId,
      revision,
      patches: { takes: "NUMBERS", short: "P", help: "only those patches: 1-3,5 or 4-" },
      "no-trailers": { help: "without the trailers of replies (Reviewed-by: etc.)" },
      "no-carried": { help: "without those that were given to the same change in an older revision" },
      "sloppy-trailers": { help: "with trailers that reviewers sent from another address" },
    },
    exact: () => true,
    example: ["kvm-series mbox kvm.git --id 76545cadb4b7 -P 1-3,5 | git am -3", "applies four patches of the newest revision"],
    run: async (call) => (await import("./seriesCommands.js")).printMbox(call),
  }),
  collides: command({
    summary: "lists the pending series that change the lines I change",
    takes: "SOURCE...",
    options: {
      tree: checkout,
      range: { takes: "A..B", help: "my changes are the commits of a range" },
      upstream: { help: "my changes are the commits since the branch left its upstream" },
      prove: { help: "with what git merge makes of both" },
      json,
    },
    example: ["kvm-series collides kvm.git --tree ~/linux --upstream", "before I send my branch"],
    run: async (call) => (await import("./checkoutCommands.js")).listCollides(call),
  }),
  clashes: command({
    summary: "lists the numbers and names that two pending series claim, or one and a checkout",
    takes: "SOURCE...",
    options: { tree: { ...checkout, needed: false, help: "a checkout, with git or without" }, json },
    example: ["kvm-series clashes kvm.git --tree ~/linux", "who else has taken the next KVM_CAP_ number"],
    run: async (call) => (await import("./clashesCommand.js")).listClashes(call),
  }),
  applies: command({
    summary: "shows which pending series apply to a checkout",
    takes: "SOURCE...",
    options: { tree: checkout, onto: { takes: "REV", help: "to that commit instead of HEAD" }, id, json },
    example: ["kvm-series applies kvm.git --tree ~/linux --onto kvm/next", "which series apply to kvm/next"],
    run: async (call) => (await import("./checkoutCommands.js")).listApplies(call),
  }),
  status: command({
    summary: "shows where series stand and what says so: landed in a checkout, applied, reviewed",
    takes: "SOURCE...",
    options: { tree: checkout, id, json },
    example: ["kvm-series status kvm.git --tree ~/linux --id 76545cadb4b7", "which patches of a series have landed, and as what"],
    run: async (call) => (await import("./statusCommand.js")).listStatus(call),
  }),
  digest: command({
    summary: "writes a digest of a period",
    takes: "SOURCE...",
    options: {
      from: { takes: "REV|DATE", help: "start: a date, or the commit after which to start" },
      to: { takes: "REV|DATE", help: "end: a date or a commit of the archive, included" },
      format: { takes: "FORMAT", words: digestFormats, help: `${digestFormats.join(", ")}; classic unless given` },
      title: { takes: "NAME", help: "its title" },
    },
    example: ["kvm-series digest kvm.git --from 1.week.ago --format markdown", "the last week of the list"],
    exact: ({ format }) => format === undefined || format === "classic",
    run: async (call) => (await import("./digestCommand.js")).printDigest(call),
  }),
  index: command({
    summary: "builds the index of archives, or brings it up to date",
    takes: "SOURCE...",
    options: { db: { takes: "FILE", needed: true, help: "the index" }, json },
    example: ["kvm-series index kvm.git --db kvm.db", "then kvm.db is a SOURCE"],
    run: async (call) => (await import("./indexCommand.js")).writeIndex(call),
  }),
  completion: command({
    summary: "prints a script that completes commands, options and series ids in a shell",
    takes: "bash|zsh|fish",
    options: {},
    example: ["source <(kvm-series completion bash)", "in ~/.bashrc"],
    run: async (call) => (await import("./completionCommand.js")).printCompletion(call, commands),
  }),
};

// The help.

const sourceHelp = `SOURCE is a digest or a folder of digests (later ones are newer), a public-inbox archive, an mbox (.gz, .xz, .bz2, .zst too), a maildir,
a mail or a folder of mails, an index, or “-” for what comes through a pipe.
`;

/** The usage of all commands, a line each. */
export function usage(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(([name, command]) => `  kvm-series ${name.padEnd(width)} ${synopsis(command)}`);
  return `Usage:\n${lines.join("\n")}\n  kvm-series help [COMMAND]\n  kvm-series --version\n${sourceHelp}`;
}

/** The usage of one command. */
export function usageOf(name: string, command: AnyCommand): string {
  return `Usage:\n  kvm-series ${name} ${synopsis(command)}\n  kvm-series help ${name}\n`;
}

/** The help of one command, with an example. */
export function helpOf(name: string, command: AnyCommand): string {
  const { summary, options, example, takes } = command;
  const all: Readonly<Record<string, Option>> = { ...options, help: { short: "h", help: "print this" } };
  const names = Object.entries(all).map(
    ([option, one]) => [`${one.short === undefined ? "" : `-${one.short}, `}${optionText(option, one)}`, one.help] as const,
  );
  const width = Math.max(...names.map(([option]) => option.length));
  const [call, does] = example;
  return [
    `Usage: kvm-series ${name} ${synopsis(command)}`,
    "",
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`,
    "",
    ...names.map(([option, help]) => `  ${option.padEnd(width)}  ${help}`),
    "",
    ...(takes.includes("SOURCE") ? [sourceHelp] : []),
    "Example:",
    `  ${call}`,
    `      ${does}`,
    "",
  ].join("\n");
}

function synopsis({ takes, options }: AnyCommand): string {
  return [
    takes,
    ...Object.entries(options).map(([name, option]) =>
      option.needed === true ? optionText(name, option) : `[${optionText(name, option)}]`,
    ),
  ]
    .filter(Boolean)
    .join(" ");
}

function optionText(name: string, { takes }: Option): string {
  return takes === undefined ? `--${name}` : `--${name} ${takes}`;
}
