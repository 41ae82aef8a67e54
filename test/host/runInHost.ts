import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Page } from "playwright-core";
import { openBrowser } from "./chromium";
import { readCounts, type Counts } from "./mochaCounts";
import { hostSuite, root, screenshots } from "./paths";
import { temporarySample } from "./sampleFolder";
import { startServer, windowUrl, type Server } from "./vscodeHost";

const limitMs = 10 * 60_000;
/** The workbench of a fresh server loads for about ten seconds, on a busy machine for longer. */
const startMs = 90_000;

/**
 * Runs the mocha suite of test/vscode in the extension host of a real VS Code and says what mocha prints there.
 *
 * @param version of code-server; see installHost.ts
 */
export async function runInHost(say: (text: string) => void, version: string, grep?: string): Promise<Counts | undefined> {
  const sample = await temporarySample();
  const resultFile = path.join(sample.outside, "result.json");
  const server = await startServer({
    version,
    environment: { KVM_SERIES_TEST_RESULT: resultFile, ...(grep === undefined ? {} : { KVM_SERIES_TEST_GREP: grep }) },
  });
  const browser = await openBrowser({ optimize: false });
  try {
    const page = await browser.newPage();
    await page.goto(windowUrl(server, { folder: sample.folder, extension: root, tests: hostSuite }), { timeout: startMs });
    await followLog(`${resultFile}.log`, resultFile, say);
    const counts = await readCounts(resultFile);
    if (counts === undefined) say(`The extension host wrote no result within ${limitMs / 1000} s.\n`);
    if (counts === undefined || counts.failed > 0) say(await whatHappened(page, server));
    return counts;
  } finally {
    await browser.close();
    await server.dispose();
    await sample.dispose();
  }
}

/** Says what the log grows by until the result is there, or the time is over. */
async function followLog(log: string, resultFile: string, say: (text: string) => void): Promise<void> {
  const end = Date.now() + limitMs;
  let shown = 0;
  for (;;) {
    const ended = existsSync(resultFile) || Date.now() > end;
    const text = await readFile(log, "utf8").catch(() => "");
    say(text.slice(shown));
    shown = text.length;
    if (ended) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function whatHappened(page: Page, server: Server): Promise<string> {
  const picture = path.join(screenshots, "extension-host.png");
  await page.screenshot({ path: picture });
  return `Screenshot: ${path.relative(root, picture)}\nEnd of the extension host's log:\n${await server.logTail()}\n`;
}
