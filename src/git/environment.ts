/**
 * The settings and the environment that every git of ours runs with: it executes nothing of the person's, asks nothing and
 * downloads nothing unasked.
 */

/** The part of the person's environment that a git needs on the network: proxies, certificates, and where the settings are. */
const networkVariables = [
  ..."http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY SSL_CERT_FILE SSL_CERT_DIR".split(" "),
  ..."GIT_SSL_CAINFO GIT_SSL_CAPATH XDG_CONFIG_HOME TMPDIR SystemRoot USERPROFILE".split(" "),
];

/** Where a git keeps what it makes, outside the person's repository; see scratch.ts. */
export interface ScratchPlaces {
  /** Absolute path of the index file. */
  readonly index: string;
  /** Absolute path of the folder for new objects. */
  readonly objects: string;
  /** Absolute path of the repository's own objects. */
  readonly alternates: string;
}

/** Overrides the person's settings that would run a program of theirs or start work on the side, whatever the command is. */
const safeSettings = ["core.hooksPath=/dev/null", "core.fsmonitor=false", "gc.auto=0", "maintenance.auto=false"];

/** Overrides settings that would change how commands read and name a patch. */
const patchSettings = ["core.quotePath=false", "apply.whitespace=nowarn", "apply.ignoreWhitespace=no"];

/** Overrides the person's settings that would change the answer of a reading command, or run a program. */
export const readingSettings = [
  ...safeSettings,
  ...patchSettings,
  "core.untrackedCache=false",
  // Git would write the shared half of a split index beside the person's index, not beside the scratch's.
  "core.splitIndex=false",
  "diff.external=",
];

/**
 * Overrides the person's settings that would run a program of theirs, ask something, or wait for a passphrase while their
 * repository is changed.
 */
export const writingSettings = [
  ...safeSettings,
  ...patchSettings,
  "core.editor=:",
  "sequence.editor=:",
  "core.askPass=",
  "commit.gpgSign=false",
  // Work around a submodule leaves the person's files in it alone.
  "submodule.recurse=false",
  // Git must not invent an identity from the name of the machine.
  "user.useConfigOnly=true",
];

/**
 * The settings of a fetch into a repository of our own.
 *
 * @param seconds a server that sends nothing for this long counts as hanging
 */
export function fetchingSettings(seconds: number): string[] {
  return [
    ...safeSettings,
    "core.askPass=",
    "credential.helper=",
    // A slower server counts as silent: while it counts objects it sends a few bytes every five seconds.
    "http.lowSpeedLimit=1",
    `http.lowSpeedTime=${seconds}`,
    "http.followRedirects=initial",
    "fetch.writeCommitGraph=false",
    "fetch.recurseSubmodules=false",
    // Each fetch leaves one pack instead of thousands of files.
    "fetch.unpackLimit=1",
    // Archives hold commits with impossible time zones, and a strict check refuses them.
    "fetch.fsckObjects=false",
    "repack.writeBitmaps=false",
    "safe.bareRepository=all",
  ];
}

/** The part of the environment that tells git who commits and where the settings are. */
const personVariables = ["XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "EMAIL", "TMPDIR"];

/** The environment of every git: it asks nothing and loads nothing from the network. */
function commonEnvironment(): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: process.env["HOME"] ?? "",
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    // Both keep a partial clone from asking its server; the second works for a git that does not know the first.
    GIT_NO_LAZY_FETCH: "1",
    GIT_ALLOW_PROTOCOL: "none",
  };
}

/** The environment of a git that only reads: it takes no optional locks and uses the objects that are there. */
export function readingEnvironment(scratch?: ScratchPlaces): Record<string, string> {
  return {
    ...commonEnvironment(),
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
    ...(scratch
      ? {
          GIT_INDEX_FILE: scratch.index,
          GIT_OBJECT_DIRECTORY: scratch.objects,
          // Git reads a list of paths with colons between them; a path that holds a colon can stand in quotes.
          GIT_ALTERNATE_OBJECT_DIRECTORIES: `"${scratch.alternates.replace(/["\\]/g, "\\$&")}"`,
        }
      : {}),
  };
}

/** The environment of a git that changes the person's repository. */
export function writingEnvironment(): Record<string, string> {
  return { ...commonEnvironment(), ...ofPerson(personVariables) };
}

/** The environment of a git that fetches: https never leads to a less safe protocol. */
export function fetchingEnvironment(protocol: "http" | "https"): Record<string, string> {
  return { ...commonEnvironment(), ...ofPerson(networkVariables), GIT_ALLOW_PROTOCOL: protocol === "https" ? "https" : "http:https" };
}

function ofPerson(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}
