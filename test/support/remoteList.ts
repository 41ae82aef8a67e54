/** A list of two epochs on the real public-inbox-httpd, with a server in front of it that does as a test says. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fetchArchive, type FetchedArchive, type RemoteOptions } from "../../src/sources/mirror";
import { findEpochs } from "../../src/sources/publicInbox";
import { remoteFolder } from "../../src/sources/remoteEpochs";
import { type Answer, type FrontServer, type InboxServer, startFrontServer, startInboxServer, withoutPublicInbox } from "./inboxServer";
import { type Commit, commitMails, git } from "./makeArchive";

/** Noon in the middle of a month (`2020-01`), in seconds. */
export const month = (text: string): number => Date.parse(`${text}-15T12:00:00Z`) / 1000;

/** A patch mail of a month; its bytes do not shrink when packed. */
export function mail(time: number, name: string, filling = 0): Commit & { readonly add: Buffer } {
  let noise = "";
  for (let at = 0, state = time; at < filling; at++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    noise += String.fromCharCode(33 + ((state >>> 16) % 90));
  }
  const text = `From: Ann Author <ann@example.org>\nTo: list@example.org\nDate: ${new Date(time * 1000).toUTCString()}
Message-ID: <${name}@example.org>\nSubject: [PATCH] kvm: change ${name}\n\nText. ${noise}\n---\n a/file.c | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)
\ndiff --git a/file.c b/file.c\n--- a/file.c\n+++ b/file.c\n@@ -1 +1 @@\n-old\n+${name}\n`;
  return { add: Buffer.from(text), time };
}
/** Hands every request on. */
export const pass: Answer = (_request, _response, onward) => onward();

/** Whether a request is for mails, and not only for what there is. */
export function isPack({ method, url }: IncomingMessage): boolean {
  return method === "POST" && url?.endsWith("/git-upload-pack") === true;
}

/** Commits by epoch, and whether older ones were left out: `git/0.git 12, git/1.git 3 shallow`. */
export function inWords(archive: string): string {
  return findEpochs(archive)
    .map(({ name, folder }) => {
      const commits = git(folder, ["rev-list", "--count", "master"]).trim();
      return `${name} ${commits}${existsSync(join(folder, "shallow")) ? " shallow" : ""}`;
    })
    .join(", ");
}

/** The newest commit of a repository. */
export function headOf(repository: string): string {
  return git(repository, ["rev-parse", "master"]).trim();
}

/** Fetches, and holds what is true of every fetch. */
export async function fetched(address: string, options: RemoteOptions): Promise<FetchedArchive> {
  const result = await fetchArchive(address, { patience: 20, ...options });
  assert.equal(result.folder, remoteFolder(options.storage, address));
  for (const { message } of result.problems) assert.match(message, /^[A-Z“][^\n]*[.]$/);
  return result;
}

/** A fetch that goes well. */
export async function good(address: string, options: RemoteOptions): Promise<FetchedArchive> {
  const result = await fetched(address, options);
  assert.deepEqual(result.problems, []);
  return result;
}

/** A fetch that fails; what it says. */
export async function problem(address: string, options: RemoteOptions): Promise<string> {
  const { problems } = await fetched(address, options);
  assert.equal(problems.length, 1, JSON.stringify(problems));
  return problems[0]?.message ?? "";
}

/** The list, mirrored to its end. */
export const whole = "git/0.git 12, git/1.git 15";

export interface RemoteList {
  /** All of this is thrown away after the suite. */
  readonly folder: string;
  /** What the list's server reads. */
  epoch(number: number): string;
  url(path?: string): string;
  front(): FrontServer;
  /** A new storage at each call. */
  storage(): string;
}

/**
 * Serves a list while a suite runs, which is skipped where that cannot be done: 2019 is the first epoch, 2020 the second, with
 * one mail in the middle of each month; in 2020 one more of January was removed in December, and a large one came last.
 *
 * @param more other archives to serve, by name, written into the folder given
 */
export function serveList(more: Readonly<Record<string, (folder: string) => Promise<void>>> = {}): RemoteList {
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-remote-"));
  const served = (name: string): string => join(folder, "served", name);
  const epoch = (number: number): string => join(served("list"), "git", `${number}.git`);
  let server: InboxServer | null = null;
  let front: FrontServer | null = null;
  let count = 0;

  suiteSetup(async function () {
    const reason = withoutPublicInbox();
    if (reason !== null) {
      console.log(`    ${reason}`);
      this.skip();
    }
    const year = (name: number): Commit[] =>
      Array.from({ length: 12 }, (_, at) => mail(month(`${name}-${`${at + 1}`.padStart(2, "0")}`), `m${name}-${at + 1}`));
    await commitMails(epoch(0), year(2019));
    const second = year(2020);
    const removed = mail(month("2020-01") + 60, "removed");
    await commitMails(epoch(1), [
      ...second.slice(0, 1),
      removed,
      ...second.slice(1),
      { remove: removed.add, time: month("2020-12") + 60 },
      mail(month("2020-12") + 120, "last", 60_000),
    ]);
    for (const [name, write] of Object.entries(more)) await write(served(name));
    server = await startInboxServer(Object.fromEntries(["list", ...Object.keys(more)].map((name) => [name, served(name)])));
    front = await startFrontServer(server.url, pass);
  });
  suiteTeardown(() => {
    front?.stop();
    server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  setup(() => {
    if (front) front.answer = pass;
  });

  const running = (): FrontServer => {
    assert(front, "the servers run while the tests do");
    return front;
  };
  return {
    folder,
    epoch,
    url: (path = "list") => `${running().url}/${path}`,
    front: running,
    storage: () => join(folder, `storage${++count}`),
  };
}
