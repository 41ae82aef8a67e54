/** The settings and the environment every git of ours runs with: nothing of the person's is executed, nothing is asked, nothing is downloaded unasked. */

/** What a git that goes to the network needs of the person's environment: proxies and certificates. */
export const networkVariables = "http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY SSL_CERT_FILE SSL_CERT_DIR".split(
  " ",
);
export const certificateVariables = ["GIT_SSL_CAINFO", "GIT_SSL_CAPATH"];
export const otherVariables = ["XDG_CONFIG_HOME", "TMPDIR", "SystemRoot", "USERPROFILE"];

/** Where a git keeps what it makes, so that nothing comes into the person's repository; see scratch.ts. */
export interface ScratchPlaces {
  /** Absolute path of the index file. */
  readonly index: string;
  /** Absolute path of the folder new objects are put in. */
  readonly objects: string;
  /** Absolute path of the repository's own objects. */
  readonly alternates: string;
}

/** Of the person's settings, what would change the answer of a command, or run a program. */
export const plainSettings = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.untrackedCache=false",
  // The shared half of a split index would be written beside the person's index, not beside the scratch's.
  "core.splitIndex=false",
  "core.quotePath=false",
  "apply.whitespace=nowarn",
  "apply.ignoreWhitespace=no",
  "diff.external=",
  "gc.auto=0",
  "maintenance.auto=false",
];

/** Of the person's settings, what would run a program of theirs, ask something, or wait for a passphrase. */
export const unattendedSettings = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.quotePath=false",
  "core.editor=:",
  "sequence.editor=:",
  "core.askPass=",
  "commit.gpgSign=false",
  // What the person has in a submodule is not touched by what is done around it.
  "submodule.recurse=false",
  "apply.whitespace=nowarn",
  "apply.ignoreWhitespace=no",
  // An identity that git made up of the machine's name is nobody's.
  "user.useConfigOnly=true",
  "gc.auto=0",
  "maintenance.auto=false",
];

/** What git may know of who commits and where the settings are. */
export const personVariables = ["XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "EMAIL", "TMPDIR"];

/** What each git has: it asks nothing and loads nothing from the network. */
export function commonEnvironment(): Record<string, string> {
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

export function runEnvironment(scratch: ScratchPlaces | undefined): Record<string, string> {
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

/** The environment of every git process of ours: nothing of the caller's, no questions, no lazy downloads. */
export function bulkEnvironment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: process.env["HOME"] ?? "",
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
  };
}
