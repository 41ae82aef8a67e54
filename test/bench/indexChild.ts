/** Indexes an archive in a process of its own, so that its time and memory can be told apart from the bench's. */
import { resourceUsage } from "node:process";
import { buildIndex } from "../../src/index/build";

const [file = "", ...sources] = process.argv.slice(2);
void buildIndex(sources, file).then(({ mails, series, seconds }) => {
  process.stdout.write(JSON.stringify({ mails, series, seconds, megabytes: resourceUsage().maxRSS / 1024 }));
});
