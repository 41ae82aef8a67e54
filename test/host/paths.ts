import path from "node:path";

/** The repository: this file is compiled to out/test/host. */
export const root = path.resolve(__dirname, "..", "..", "..");

/** Node 24 as the `node` package of npm brings it: the Node of npm itself may be 20, which the VS Code server does not start on. */
export const node24 = path.join(root, "node_modules", "node", "bin", "node");

/** Where the tests leave what a person may want to look at after a failure. */
export const screenshots = path.join(root, "out", "screenshots");

/** The mocha suite that runs inside an extension host. */
export const hostSuite = path.join(root, "out", "test", "vscode", "index.js");
