/** Indexes an archive as the editor does, in a process of its own, so that its time and memory can be told apart from the bench's. */
import { existsSync } from "node:fs";
import path from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { resourceUsage } from "node:process";
import { startIndexer } from "../../src/index/indexer";

const [file = "", ...sources] = process.argv.slice(2);
// What ships is one bundle; it starts faster than the sixty files that it is made of.
const bundled = path.join(__dirname, "..", "..", "..", "dist", "indexWorker.js");
const script = existsSync(bundled) ? bundled : path.join(__dirname, "..", "..", "src", "index", "worker.js");
const indexer = startIndexer(script, { fullText: false });
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
void indexer.sync(sources, file).then(async (result) => {
  delay.disable();
  await indexer.dispose();
  // The delay is measured from one tick of 5 ms to the next.
  const block = Math.max(0, delay.max / 1e6 - 5);
  process.stdout.write(JSON.stringify({ mails: result?.mails ?? 0, megabytes: resourceUsage().maxRSS / 1024, block }));
});
