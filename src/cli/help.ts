/** What the command line says of itself. */
import type { Command, Option } from "./call";
import { commands } from "./commands";

const sources = `SOURCE is a digest or a folder of digests (later ones are newer), a public-inbox archive, an mbox (.gz, .xz, .bz2, .zst too), a maildir,
a mail or a folder of mails, an index, or “-” for what comes through a pipe.
`;

/** How all commands are called, a line each. */
export function usage(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(([name, command]) => `  kvm-series ${name.padEnd(width)} ${synopsis(command)}`);
  return `Usage:\n${lines.join("\n")}\n  kvm-series help [COMMAND]\n  kvm-series --version\n${sources}`;
}

/** How one command is called. */
export function usageOf(name: string, command: Command): string {
  return `Usage:\n  kvm-series ${name} ${synopsis(command)}\n  kvm-series help ${name}\n`;
}

/** All about one command, with an example. */
export function helpOf(name: string, command: Command): string {
  const { summary, options, example, takes } = command;
  const all: Readonly<Record<string, Option>> = { ...options, help: { short: "h", help: "print this" } };
  const names = Object.entries(all).map(
    ([option, one]) => [`${one.short === undefined ? "" : `-${one.short}, `}${written(option, one)}`, one.help] as const,
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
    ...(takes.includes("SOURCE") ? [sources] : []),
    "Example:",
    `  ${call}`,
    `      ${does}`,
    "",
  ].join("\n");
}

function synopsis({ takes, options }: Command): string {
  return [
    takes,
    ...Object.entries(options).map(([name, option]) => (option.needed === true ? written(name, option) : `[${written(name, option)}]`)),
  ]
    .filter(Boolean)
    .join(" ");
}

function written(name: string, { takes }: Option): string {
  return takes === undefined ? `--${name}` : `--${name} ${takes}`;
}
