import { existsSync } from "node:fs";
import { chromium, type BrowserContext } from "playwright-core";

/** Chromium without a desktop around it, a window of which takes a third less of the processor. */
const headless = "/usr/bin/chromium-headless-shell";

/** The Chromium that KVM_SERIES_CHROMIUM names, or Debian's. */
export const chromiumPath = process.env["KVM_SERIES_CHROMIUM"] ?? (existsSync(headless) ? headless : "/usr/bin/chromium");

const launch = {
  executablePath: chromiumPath,
  args: [
    // Chromium refuses to run as root with its sandbox, and CI containers run as root.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

export interface BrowserOptions {
  readonly width?: number;
  readonly height?: number;
  /** A folder that keeps the browser's storage, so that a later window restores what an earlier one of the same server had open. */
  readonly profile?: string;
  /** False for a window that is used once: making its scripts fast takes a seventh of its processor time. */
  readonly optimize?: boolean;
}

/** A browser with one context; closing the context ends the browser. */
export async function openBrowser(options: BrowserOptions = {}): Promise<BrowserContext> {
  const page = {
    viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
    permissions: ["clipboard-read", "clipboard-write"],
  };
  const args = options.optimize === false ? [...launch.args, "--js-flags=--no-turbofan --no-maglev"] : launch.args;
  if (options.profile !== undefined) return chromium.launchPersistentContext(options.profile, { ...launch, ...page, args });
  const browser = await chromium.launch({ ...launch, args });
  const context = await browser.newContext(page);
  context.on("close", () => void browser.close());
  return context;
}
