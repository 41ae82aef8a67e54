/** `kvm-series completion`: scripts for three shells, made from the table of commands, and the ids that they complete. */
import { statSync } from "node:fs";
import { visibleText } from "../core/mail/hiddenCharacters";
import { isPending, newestDate } from "../core/series/series";
import { type AnyCommand, type Call, type Commands, didYouMean, type Environment, type Option, UsageError } from "./call";
import { findSources, type FoundSource, openFound } from "./sources";

/** Reading more mail than this takes longer than a person waits for a completion. */
const mostQuickBytes = 8 * 1024 * 1024;

/** @param commands the table from which the scripts are made */
export async function printCompletion(call: Call<unknown>, commands: Commands): Promise<string> {
  const [what = "", ...sources] = call.words;
  if (what === "ids") return listIds(sources, call.environment);
  const shell = shells.find((one) => one === what);
  if (shell && sources.length === 0) return completionScript(shell, commands);
  if (shell) throw new UsageError("completion takes one SHELL and nothing else.");
  throw new UsageError(
    what === "" ? `completion needs a SHELL: ${shells.join(", ")}.` : `There is no completion for “${what}”${didYouMean(what, shells)}.`,
  );
}

/** A line for each pending series: its id, a tab, its title. Sources that take long to read are left out. */
async function listIds(names: readonly string[], environment: Environment): Promise<string> {
  const found = (await findSources(names, environment)).filter(isQuick);
  if (found.length === 0) return "";
  const { series } = (await openFound(found, environment)).library;
  const now = newestDate(series);
  return series
    .filter((one) => isPending(one, now))
    .map(({ id, title }) => `${id}\t${visibleText(title).replace(/[\t\n]/g, " ")}\n`)
    .join("");
}

/** Indexes and small files only; an archive would have to be brought up to date first. */
function isQuick({ path, kind }: FoundSource): boolean {
  if (kind === "index") return true;
  return (kind === "digest" || kind === "mbox" || kind === "mail") && statSync(path).size <= mostQuickBytes;
}

// The scripts.

const shells = ["bash", "zsh", "fish"] as const;

/** The script that a shell reads when it starts. */
function completionScript(shell: (typeof shells)[number], commands: Commands): string {
  return { bash, zsh, fish }[shell](commands);
}

type NamedOption = readonly [name: string, option: Option];

function optionsOf({ options }: AnyCommand): NamedOption[] {
  return [...Object.entries(options), ["help", { short: "h", help: "print this" }]];
}

const commandNames = (commands: Commands): string[] => [...Object.keys(commands), "help"];

/** The values of an option, as a shell completes them. */
function valueKind({ takes, words }: Option): "words" | "folder" | "file" | "id" | "text" {
  if (words) return "words";
  if (takes === "DIR") return "folder";
  if (takes === "FILE") return "file";
  return takes === "ID" ? "id" : "text";
}

/** Words as a string of bash, one a line. */
function lines(words: readonly string[]): string {
  return `$'${words.join("\\n")}'`;
}

function bash(commands: Commands): string {
  const options = Object.entries(commands).map(([name, command]) => {
    const words = optionsOf(command).flatMap(([option, { short }]) => [`--${option}`, ...(short === undefined ? [] : [`-${short}`])]);
    return `    ${name}) options=${lines(words)} ;;`;
  });
  const values = new Map<string, Option>(Object.values(commands).flatMap(({ options }) => Object.entries(options)));
  const behind = [...values].flatMap(([name, option]) => {
    const reply = {
      words: `COMPREPLY=($(compgen -W ${lines(option.words ?? [])} -- "$word"))`,
      folder: 'compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$word"))',
      file: 'compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$word"))',
      id: 'COMPREPLY=($(compgen -W "$(_kvm_series_ids)" -- "$word"))',
      text: "COMPREPLY=()",
    }[valueKind(option)];
    return option.takes === undefined ? [] : [`    --${name}) ${reply}; return ;;`];
  });
  return `# kvm-series completion for bash: source <(kvm-series completion bash)
_kvm_series_ids() {
  local at sources=()
  for ((at = 2; at < COMP_CWORD; at++)); do
    [[ \${COMP_WORDS[at]} != -* && \${COMP_WORDS[at - 1]} != --* && -e \${COMP_WORDS[at]} ]] && sources+=("\${COMP_WORDS[at]}")
  done
  ((\${#sources[@]})) && kvm-series completion ids "\${sources[@]}" 2>/dev/null | cut -f1
}
_kvm_series() {
  # Names of files may have blanks in them.
  local IFS=$'\\n' word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} options=
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W ${lines([...commandNames(commands), "--help", "--version"])} -- "$word"))
    return
  fi
  case $before in
    help) COMPREPLY=($(compgen -W ${lines(commandNames(commands))} -- "$word")); return ;;
${behind.join("\n")}
  esac
  case \${COMP_WORDS[1]} in
${options.join("\n")}
  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
  else
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -F _kvm_series kvm-series
`;
}

function zsh(commands: Commands): string {
  const quoted = (text: string): string => text.replace(/['[\]:\\]/g, (letter) => (letter === "'" ? "'\\''" : `\\${letter}`));
  const action = (option: Option): string =>
    ({ words: `(${option.words?.join(" ") ?? ""})`, folder: "_files -/", file: "_files", id: "_kvm_series_ids", text: "" })[
      valueKind(option)
    ];
  const cases = Object.entries(commands).map(([name, command]) => {
    const lines = optionsOf(command).map(([option, one]) => {
      const value = one.takes === undefined ? "" : `:${one.takes}:${action(one)}`;
      return `      '--${option}[${quoted(one.help)}]${value}'`;
    });
    return `    ${name}) _arguments \\\n${lines.join(" \\\n")} \\\n      '*:source:_files' ;;`;
  });
  const described = Object.entries(commands).map(([name, { summary }]) => `    '${name}:${quoted(summary)}'`);
  return `#compdef kvm-series
# kvm-series completion for zsh: kvm-series completion zsh > a folder of $fpath, as _kvm-series
_kvm_series_ids() {
  local -a sources ids
  sources=(\${(f)"$(print -rl -- \${words[2,CURRENT-1]} | while read -r one; do [[ -e $one ]] && print -r -- $one; done)"})
  (( $#sources )) || return
  ids=(\${(f)"$(kvm-series completion ids $sources 2>/dev/null | tr '\\t' ':')"})
  _describe 'series' ids
}
_kvm_series() {
  local -a known
  known=(
${described.join("\n")}
    'help:prints how a command is used'
  )
  if (( CURRENT == 2 )); then
    _describe 'command' known
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
    help) _describe 'command' known ;;
${cases.join("\n")}
  esac
}
if [[ $funcstack[1] == _kvm-series ]]; then _kvm_series "$@"; else compdef _kvm_series kvm-series; fi
`;
}

function fish(commands: Commands): string {
  const quoted = (text: string): string => `'${text.replace(/['\\]/g, (letter) => `\\${letter}`)}'`;
  const lines = Object.entries(commands).flatMap(([name, command]) => [
    `complete -c kvm-series -n __fish_use_subcommand -f -a ${name} -d ${quoted(command.summary)}`,
    ...optionsOf(command).map(([option, one]) => {
      const value = {
        words: `-x -a ${quoted(one.words?.join(" ") ?? "")}`,
        folder: "-x -a '(__fish_complete_directories)'",
        file: "-r",
        id: "-x -a '(__kvm_series_ids)'",
        text: one.takes === undefined ? "" : "-x",
      }[valueKind(one)];
      const short = one.short === undefined ? "" : ` -s ${one.short}`;
      return `complete -c kvm-series -n '__fish_seen_subcommand_from ${name}' -l ${option}${short}${value === "" ? "" : ` ${value}`} -d ${quoted(one.help)}`;
    }),
  ]);
  return `# kvm-series completion for fish: kvm-series completion fish > ~/.config/fish/completions/kvm-series.fish
function __kvm_series_ids
    set -l sources
    for word in (commandline -opc)[3..]
        test -e $word; and set -a sources $word
    end
    test (count $sources) -gt 0; and kvm-series completion ids $sources 2>/dev/null
end
complete -c kvm-series -n __fish_use_subcommand -f -a help -d 'prints how a command is used'
complete -c kvm-series -n '__fish_seen_subcommand_from help' -f -a ${quoted(commandNames(commands).join(" "))}
complete -c kvm-series -n __fish_use_subcommand -l version -d 'prints the version'
${lines.join("\n")}
`;
}
