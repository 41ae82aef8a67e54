/** Says in one sentence for a person what went wrong with a git, a repository or a server. */
import { HumanError, humanMessage, throwBug } from "../core/humanError";

/** Thrown where a git that only reads fails. */
export class GitFailure extends Error {
  override readonly name = "GitFailure";
  /** The output before the failure. */
  readonly output: string;

  /** @param stderr git's error output */
  constructor(stderr: string, output: string) {
    super(stderr.trim() || "git said nothing");
    this.output = output;
  }
}

interface RemoteFailure {
  readonly message: string;
  /** Whether another epoch on the same server may still work. */
  readonly goOn: boolean;
}

/** The longest part of git's or a server's words that is passed on. */
const longestQuote = 160;

/** The server does not have this repository. */
export function isNotFound(error: unknown): boolean {
  return /repository '[^'\n]*' not found|returned error: (?:404|410)\b/i.test(humanMessage(error));
}

/** The server answers with something that is not git. */
export function isPage(error: unknown): boolean {
  return /not valid: is this a git repository|invalid server response|bad line length|protocol error|expected '?packfile|not supported: /i.test(
    humanMessage(error),
  );
}

/** The server has no mail from the requested time. */
export function isNothingInWindow(error: unknown): boolean {
  return /error processing shallow info/i.test(humanMessage(error));
}

/** The server can only send whole histories: an old git, or plain files. */
export function isWholeOnly(error: unknown): boolean {
  return /does not support (?:--shallow-since|shallow clients|--deepen)|dumb http transport does not support/i.test(humanMessage(error));
}

/** Judges what git, Node or the file system said about a fetch from `url`. */
export function remoteFailure(error: unknown, url: string): RemoteFailure {
  if (error instanceof HumanError) return { message: error.message, goOn: false };
  const said = humanMessage(error);
  const host = new URL(url).host;
  const stop = (message: string): RemoteFailure => ({ message, goOn: false });
  const next = (message: string): RemoteFailure => ({ message, goOn: true });
  if (/No space left|ENOSPC|Disk quota exceeded|EDQUOT|File too large|EFBIG/i.test(said)) {
    return stop("The disk is full, so the archive was not fetched completely; free some space and sync again.");
  }
  if (/EACCES|EROFS|EPERM|Permission denied|Read-only file system/i.test(said)) {
    return stop("The archive could not be written; check that the folder of the extension's data is writable.");
  }
  if (/spawn [^\n]{1,300} (?:ENOENT|EACCES)|unknown option|usage: git|not a git command/is.test(said)) return stop(gitSentence(error));
  if (/Could not resolve (?:host|proxy)/i.test(said))
    return stop(`The server ${host} could not be found; check the address and the network.`);
  if (/certificate|CAfile|gnutls_handshake|wrong version number|alert (?:unknown ca|handshake)/i.test(said)) {
    return stop(`The connection to ${host} is not trusted (${quote(said)}); check the certificates of this machine.`);
  }
  if (/Operation too slow/i.test(said))
    return stop(`The server ${host} stopped answering. What was fetched is kept; sync again to continue.`);
  if (/Failed to connect|Couldn't connect|Connection (?:refused|timed out)|unreachable|proxy/i.test(said)) {
    return stop(`The server ${host} could not be reached; check the network, or try again later.`);
  }
  if (isNotFound(error)) return next(`There is no archive at ${url}; check the address.`);
  if (/could not read (?:Username|Password)|Authentication failed|returned error: 40[13]\b/i.test(said)) {
    return next(`The address ${url} is not publicly accessible; use a public archive.`);
  }
  const status = /returned error: (\d{3})/.exec(said)?.[1];
  if (status !== undefined) return stop(`The server ${host} answers with error ${status}; try again later.`);
  if (
    /transport '\S*' not allowed|protocol \S{1,99} (?:is )?(?:not supported|disabled)|unable to update url base from redirection/i.test(
      said,
    )
  ) {
    return stop(`The address ${url} redirects to an address that is not followed; use that address.`);
  }
  if (
    /early EOF|RPC failed|disconnect|transfer closed|hung up|Recv failure|Empty reply|connection reset|SSL_ERROR_SYSCALL|SSL connection timeout|invalid index-pack|premature/i.test(
      said,
    )
  ) {
    return stop(`The connection to ${host} was interrupted. What was fetched is kept; sync again to continue.`);
  }
  if (isPage(error)) {
    return next(`The address ${url} answers with a web page, not an archive; check the address.`);
  }
  if (/\bpack\b|corrupt|bad object|unresolved delta|inflate|did not send all necessary objects|missing/i.test(said)) {
    return next(`What ${host} sent is damaged (${quote(said)}); sync again, or ask whoever runs the server.`);
  }
  return next(`The archive could not be fetched from ${url} (${quote(said)}); try again later.`);
}

/**
 * The first of the errors, because a server's failure begins with it. It is cut short, and freed of anything that could pass for
 * something else on a terminal or a page.
 */
function quote(said: string): string {
  const plain = (errorLines(said)[0] ?? "no reason given").replace(/[\p{Cc}\p{Cf}]/gu, " ").trim();
  return plain.length > longestQuote ? `${plain.slice(0, longestQuote)}...` : plain;
}

/** The reason why a git failed: the last of its errors, or else its last line; the lines above lead up to it. */
export function gitReason(stderr: string): string {
  return errorLines(stderr).at(-1) ?? "git said nothing";
}

/** The lines of git's output that tell of errors, else all of its lines, without the decoration around them. */
function errorLines(said: string): string[] {
  const lines = said.split(/[\r\n]+/).filter((line) => line.trim() !== "" && !/^(?:hint|remote):/.test(line));
  const errors = lines.filter((line) => /^(?:fatal|error): /.test(line));
  return (errors.length > 0 ? errors : lines).map((line) => line.replace(/^(?:fatal|error): /, "").replace(/[.:]$/, ""));
}

/** The oldest git with all the commands and options used here. */
const oldestGit = [2, 31] as const;

/** Says in one sentence what is wrong with reading a repository. Throws a bug of ours. */
export function gitSentence(error: unknown): string {
  throwBug(error);
  if (error instanceof HumanError) return error.message;
  const said = humanMessage(error);
  const other = otherThanDamage(said);
  if (other !== null) return other;
  if (damageWords.test(said)) return `The repository is damaged (${gitReason(said)}); run git fsck in it, or clone the archive again.`;
  return `Git could not read the repository (${gitReason(said)}).`;
}

/** Reads something of a repository; whatever is wrong with that is thrown as a `HumanError`. */
export async function inWords<T>(read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new HumanError(gitSentence(error));
  }
}

/** Whether a git failed because objects of the repository are damaged or missing, so that the other objects can still be read. */
export function isDamagedRepository(error: unknown): boolean {
  if (error instanceof HumanError) return false;
  const said = humanMessage(error);
  return otherThanDamage(said) === null && damageWords.test(said);
}

/** The sentence about a repository with some damaged objects whose other objects were read. */
export function damageSentence(error: unknown): string {
  const said = humanMessage(error);
  // Packs have hexadecimal names too.
  const object = /(?<![-0-9a-f])[0-9a-f]{40,64}(?![0-9a-f])/.exec(said)?.[0];
  const what =
    object === undefined ? `The repository is damaged (${gitReason(said)})` : `The object ${object} of the repository is damaged`;
  return `${what}; what can be read without it is shown. Run git fsck in it, or clone the archive again.`;
}

const damageWords =
  /corrupt|bad object|unable to (?:read|unpack)|could not (?:read|parse)|missing|invalid|pack|inflate|Failed to traverse/i;

/** The sentence about a failure that says nothing of the repository's objects; null for a failure that may. */
function otherThanDamage(said: string): string | null {
  if (/ENOENT|not found/i.test(said) && said.includes("spawn"))
    return "Git was not found; install it, or set git.path (on the command line, KVM_SERIES_GIT).";
  if (/dubious ownership|safe\.directory/i.test(said)) {
    return "The repository belongs to another user, so git does not read it; add it to git's safe.directory.";
  }
  if (/EACCES|Permission denied/i.test(said) && !said.includes("spawn"))
    return "You have no permission to read the repository; change its mode or choose another one.";
  if (/not a git repository/i.test(said)) return "This is not a git repository that can be read; clone the archive again.";
  if (/No space left|ENOSPC/i.test(said)) return "The disk with the folder for temporary files is full; free some space and sync again.";
  if (/unknown option|usage: git|unrecognized argument|--end-of-options/i.test(said))
    return `This git is too old; version ${oldestGit.join(".")} or newer is needed.`;
  return null;
}
