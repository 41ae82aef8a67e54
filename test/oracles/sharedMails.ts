import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { readMbox } from "../../src/core/mail/mbox";

/** The folder with real mail; null where KVM_SERIES_SHARED names none. */
export const sharedData = ((): string | null => {
  const folder = join(process.env["KVM_SERIES_SHARED"] ?? "", "data");
  return process.env["KVM_SERIES_SHARED"] && existsSync(folder) ? folder : null;
})();

export interface SharedMail {
  /** The archive it comes from and its place there, for people: `kvm-ppc 17`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

let loaded: readonly SharedMail[] | null = null;

/** Every mail of the two archives and of the threads. Read once for all tests of a process. */
export function sharedMails(): readonly SharedMail[] {
  if (!sharedData) return [];
  loaded ??= [
    ...["kvm-recent", "kvm-ppc"].flatMap((name) => archiveMails(join(sharedData, `${name}.bundle`), name)),
    ...threadMails(sharedData),
  ];
  return loaded;
}

/** One in so many of the plain mails is put to the slow oracles, unless KVM_SERIES_ALL asks for all; of the odd ones, each is. */
const plainShare = process.env["KVM_SERIES_ALL"] ? 1 : 4;
/** What makes a mail odd: parts, encodings, letters that are not ASCII, lines of another kind. */
const oddMail = /^Content-Type: (?:multipart|message|application)|base64|quoted-printable|format="?flowed|=\?|[\x80-\xff\0]|\r/im;

/** The mails that oracles look at which take their time: each mail once, the plain ones as a sample that is the same each time. */
export function oracleMails(): SharedMail[] {
  const seen = new Set<string>();
  let plain = 0;
  return sharedMails().filter(({ bytes }) => {
    const raw = Buffer.from(bytes).toString("latin1");
    const body = raw.slice(-4000) + String(raw.length);
    if (seen.has(body)) return false;
    seen.add(body);
    return oddMail.test(raw) || plain++ % plainShare === 0;
  });
}

function archiveMails(bundle: string, name: string): SharedMail[] {
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-shared-"));
  try {
    execFileSync("git", ["clone", "--quiet", "--bare", "--branch", "master", bundle, folder]);
    const commits = execFileSync("git", ["-C", folder, "log", "--format=%H:m"], { maxBuffer: 1e8 });
    const { stdout } = spawnSync("git", ["-C", folder, "cat-file", "--batch", "--buffer"], { input: commits, maxBuffer: 1e9 });
    const mails: SharedMail[] = [];
    for (let at = 0; at < stdout.length;) {
      const lineEnd = stdout.indexOf(10, at);
      const [, type, size] = stdout.toString("latin1", at, lineEnd).split(" ");
      at = lineEnd + 1;
      // A mail that was removed has no `m`.
      if (type !== "blob") continue;
      mails.push({ name: `${name} ${mails.length}`, bytes: new Uint8Array(stdout.subarray(at, at + Number(size))) });
      at += Number(size) + 1;
    }
    return mails;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function threadMails(data: string): SharedMail[] {
  return globSync(join(data, "threads", "*.mbox.gz"))
    .sort()
    .flatMap((file) =>
      readMbox(gunzipSync(readFileSync(file))).map((bytes, at) => ({ name: `${basename(file, ".mbox.gz")} ${at}`, bytes })),
    );
}
