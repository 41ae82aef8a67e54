/** A git started before it is known what is to be read: its start takes as long as reading a hundred mails. */
import { spawn } from "node:child_process";
import { BatchParser, type Blob } from "./batchParser";
import { gitEnvironment, type BulkOptions } from "./bulkGit";

/** A git that waits to be told what to read. */
export interface BlobReader {
  /** Hands out blobs in the order asked for, once; says how many. Those after one that is broken are not handed out. */
  read(oids: readonly string[], take: (blob: Blob) => void): Promise<number>;
  close(): void;
}

/** Starts a git that will read blobs of a repository. */
export function startReader(repository: string, { binary, largest }: BulkOptions): BlobReader {
  const child = spawn(binary ?? "git", ["cat-file", "--batch", "--buffer"], {
    cwd: repository,
    env: gitEnvironment(),
    stdio: ["pipe", "pipe", "ignore"],
  });
  let done = 0;
  let failed = false;
  // What a git that cannot be started or that ends early did not hand out is for the caller to ask for in another way.
  child.on("error", () => (failed = true));
  child.stdin.on("error", () => undefined);
  return {
    read: (oids, take) =>
      new Promise((resolve, reject) => {
        const parser = new BatchParser(largest, take);
        child.stdout.on("data", (chunk: Buffer) => {
          try {
            parser.push(chunk);
            done = parser.done;
          } catch (error) {
            child.kill();
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        });
        if (failed) resolve(0);
        child.on("error", () => resolve(done));
        child.on("close", () => resolve(done));
        child.stdin.end(oids.length > 0 ? `${oids.join("\n")}\n` : "");
      }),
    close: () => void child.kill(),
  };
}
