/** The settings and the environment every git of ours runs with: nothing of the person's is executed, nothing is asked, nothing is downloaded unasked. */

/** What a git that goes to the network needs of the person's environment: proxies, certificates, and where the settings are. */
const networkVariables = [
  ..."http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY SSL_CERT_FILE SSL_CERT_DIR".split(" "),
  ..."GIT_SSL_CAINFO GIT_SSL_CAPATH XDG_CONFIG_HOME TMPDIR SystemRoot USERPROFILE".split(" "),
];

/** Where a git keeps what it makes, so that nothing comes into the person's repository; see scratch.ts. */
export interface ScratchPlaces {
  /** Absolute path of the index file. */
  readonly index: string;
  /** Absolute path of the folder new objects are put in. */
  readonly objects: string;
  /** Absolute path of the repository's own objects. */
  readonly alternates: string;
}

/** Of the person's settings, what would run a program of theirs or start work on the side, whatever the command is. */
const safeSettings = ["core.hooksPath=/dev/null", "core.fsmonitor=false", "gc.auto=0", "maintenance.auto=false"];

/** For commands about patches: what would change how a patch is read and named. */
const patchSettings = ["core.quotePath=false", "apply.whitespace=nowarn", "apply.ignoreWhitespace=no"];

/** Of the person's settings, what would change the answer of a command that only reads, or run a program. */
export const readingSettings = [
  ...safeSettings,
  ...patchSettings,
  "core.untrackedCache=false",
  // The shared half of a split index would be written beside the person's index, not beside the scratch's.
  "core.splitIndex=false",
  "diff.external=",
];

/** Of the person's settings, what would run a program of theirs, ask something, or wait for a passphrase while their repository is changed. */
export const writingSettings = [
  ...safeSettings,
  ...patchSettings,
  "core.editor=:",
  "sequence.editor=:",
  "core.askPass=",
  "commit.gpgSign=false",
  // What the person has in a submodule is not touched by what is done around it.
  "submodule.recurse=false",
  // An identity that git made up of the machine's name is nobody's.
  "user.useConfigOnly=true",
];

/**
 * What a fetch into a repository of our own is told.
 *
 * @param seconds a server that sends nothing for so long is one that hangs
 */
export function fetchingSettings(seconds: number): string[] {
  return [
    ...safeSettings,
    "core.askPass=",
    "credential.helper=",
    // Slower than this is silence: while it counts objects a server sends a few bytes every five seconds.
    "http.lowSpeedLimit=1",
    `http.lowSpeedTime=${seconds}`,
    "http.followRedirects=initial",
    "fetch.writeCommitGraph=false",
    "fetch.recurseSubmodules=false",
    // Each fetch is one pack, instead of thousands of files.
    "fetch.unpackLimit=1",
    // Archives hold commits with impossible time zones, which a strict check refuses.
    "fetch.fsckObjects=false",
    "repack.writeBitmaps=false",
    "safe.bareRepository=all",
  ];
}

/** What git may know of who commits and where the settings are. */
const personVariables = ["XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "EMAIL", "TMPDIR"];

/** What each git has: it asks nothing and loads nothing from the network. */
function commonEnvironment(): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: process.env["HOME"] ?? "",
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    // Both keep a partial clone from asking its server; the second does so for a git that does not know the first.
    GIT_NO_LAZY_FETCH: "1",
    GIT_ALLOW_PROTOCOL: "none",
  };
}

/** What each git has that only reads: it takes no locks for convenience and reads the objects that are there. */
export function readingEnvironment(scratch?: ScratchPlaces): Record<string, string> {
  return {
    ...commonEnvironment(),
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
    ...(scratch
      ? {
          GIT_INDEX_FILE: scratch.index,
          GIT_OBJECT_DIRECTORY: scratch.objects,
          // A list with colons between its paths, of which one in quotes may hold a colon itself.
          GIT_ALTERNATE_OBJECT_DIRECTORIES: `"${scratch.alternates.replace(/["\\]/g, "\\$&")}"`,
        }
      : {}),
  };
}

/** What a git has that changes the person's repository. */
export function writingEnvironment(): Record<string, string> {
  return { ...commonEnvironment(), ...ofPerson(personVariables) };
}

/** What a git has that fetches: over https nothing leads to a protocol that is less safe. */
export function fetchingEnvironment(protocol: "http" | "https"): Record<string, string> {
  return { ...commonEnvironment(), ...ofPerson(networkVariables), GIT_ALLOW_PROTOCOL: protocol === "https" ? "https" : "http:https" };
}

function ofPerson(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}
