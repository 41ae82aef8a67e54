/** How long activation takes, as the extension host itself reports it, in windows that open one after the other. */
import path from "node:path";
import { openWindow } from "../browser/fixture";
import { waitUntilRunning } from "../browser/runningExtensions";
import { root } from "../host/paths";
import { startServer } from "../host/vscodeHost";

/** @returns the median over nine windows on the sample tree and digests, in milliseconds */
export async function benchActivation(): Promise<number> {
  const sample = path.join(root, "test", "fixtures", "sample");
  const server = await startServer({ settings: { "kvmSeries.sources": [path.join(sample, "digests")] } });
  try {
    const times: number[] = [];
    for (let run = 0; run < 9; run++) {
      const window = await openWindow({ folder: path.join(sample, "linux"), server, optimize: true });
      times.push(await waitUntilRunning(window));
      await window.dispose();
    }
    return times.sort((a, b) => a - b)[4] ?? NaN;
  } finally {
    await server.dispose();
  }
}
