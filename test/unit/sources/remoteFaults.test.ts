/** Servers that misbehave: one sentence each, and what was mirrored before stays usable. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { findEpochs } from "../../../src/sources/publicInbox";
import { remoteFolder } from "../../../src/sources/remoteEpochs";
import { type Answer, startFrontServer } from "../../support/inboxServer";
import { git } from "../../support/makeArchive";
import { fetched, good, inWords, isPack, pass, problem, serveList } from "../../support/remoteList";

suite("a mirror is left as it was, and said in one sentence, when the server", function () {
  const list = serveList();
  let place = "";
  let mirror = "";
  let made = "";
  suiteSetup(async () => {
    made = list.storage();
    await good(list.url(), { storage: made, months: 2 });
  });
  setup(() => {
    place = list.storage();
    mirror = remoteFolder(place, list.url());
    cpSync(made, place, { recursive: true });
  });
  const unharmed = async (): Promise<void> => {
    assert.equal(inWords(mirror), "git/1.git 4 shallow");
    git(join(mirror, "git", "1.git"), ["fsck"]);
    list.front().answer = pass;
    assert.equal(inWords((await good(list.url(), { storage: place, months: 3 })).folder), "git/1.git 5 shallow");
  };

  for (const [what, answer, sentence] of [
    [
      "answers 404",
      (_request, response) => response.writeHead(404).end("Not Found"),
      /^There is no archive at http:\S+; check the address\.$/,
    ],
    [
      "answers with a page",
      (_request, response) => response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Hello</title>\n"),
      /answers with a web page, not an archive; check the address\.$/,
    ],
    ["answers 503", (_request, response) => response.writeHead(503).end("busy"), /answers with error 503; try again later\.$/],
    [
      "wants a password",
      (_request, response) => response.writeHead(401, { "www-authenticate": "Basic" }).end(),
      /is not publicly accessible/,
    ],
    ["closes each connection", (_request, response) => response.destroy(), /was interrupted\. What was fetched is kept/],
    [
      "leads to a file",
      (request, response) => response.writeHead(302, { location: `file:///srv${request.url ?? ""}` }).end(),
      /(?:redirects to an address that is not followed|could not be fetched)/,
    ],
    [
      "gives a page for the repositories of its manifest",
      (request, response, onward) => {
        if (request.url?.includes("/info/refs") === true) response.writeHead(200, { "content-type": "text/html" }).end("<html>\n");
        else onward();
      },
      /answers with a web page, not an archive/,
    ],
    [
      "breaks off in the middle of a pack",
      (request, _response, onward) => onward(isPack(request) ? { bytes: 500, then: "cut" } : undefined),
      /was interrupted\. What was fetched is kept/,
    ],
  ] satisfies Array<[string, Answer, RegExp]>) {
    test(what, async () => {
      list.front().answer = answer;
      const said = await fetched(list.url(), { storage: place, months: null });
      assert(said.problems.length > 0);
      for (const { message } of said.problems) assert.match(message, sentence);
      const fresh = list.storage();
      assert.match((await fetched(list.url(), { storage: fresh, months: 2 })).problems[0]?.message ?? "", sentence);
      assert.deepEqual(findEpochs(remoteFolder(fresh, list.url())), [], "nothing that broke off passes for an archive");
      await unharmed();
    });
  }

  test("hangs, with its manifest or within a pack", async () => {
    list.front().answer = () => undefined;
    assert.match(await problem(list.url(), { storage: place, months: null, patience: 1 }), /does not answer; try again later\.$/);
    list.front().answer = (request, _response, onward) => onward(isPack(request) ? { bytes: 500, then: "hang" } : undefined);
    assert.match(
      await problem(list.url(), { storage: place, months: null, patience: 2 }),
      /stopped answering\. What was fetched is kept; sync again to continue\.$/,
    );
    await unharmed();
  });

  test("is not there", async () => {
    const closed = await startFrontServer(null, pass);
    closed.stop();
    assert.match(await problem(`${closed.url}/list`, { storage: place }), /could not be reached; check the network, or try again later\.$/);
    assert.match(await problem("http://no-such-host.invalid/list", { storage: place }), /could not be found|could not be reached/);
    assert.deepEqual(readdirSync(place), [`127.0.0.1+${new URL(list.front().url).port}`], "no folder stays for what never came");
    await unharmed();
  });

  test("speaks no TLS", async () => {
    const address = list.url().replace("http:", "https:");
    assert.match(await problem(address, { storage: place, patience: 5 }), /not trusted|broke off|could not be fetched/);
    await unharmed();
  });

  test("is fine and the disk is full", async () => {
    const full = join(place, "full.sh");
    // A limit on the size of files acts as a full disk does, and needs no disk.
    const limited = `case "$*" in *" fetch "*) trap '' XFSZ; ulimit -f 1;; esac`;
    writeFileSync(full, `#!/bin/bash\n${limited}\nexec git "$@"\n`);
    chmodSync(full, 0o755);
    assert.match(
      await problem(list.url(), { storage: place, months: null, git: full }),
      /disk is full.*; free some space and sync again\.$/,
    );
    await unharmed();
  });

  test("is fine and a killed git left its locks and half a pack", async () => {
    const repository = join(mirror, "git", "1.git");
    for (const name of ["shallow.lock", "refs/heads/master.lock", "packed-refs.lock", "objects/pack/tmp_pack_abc"]) {
      writeFileSync(join(repository, name), "left");
    }
    mkdirSync(join(mirror, "git", "0.git.making", "objects"), { recursive: true });
    await unharmed();
    assert(!existsSync(join(repository, "objects/pack/tmp_pack_abc")));
  });

  test("is fine and what is known of the mirror is damaged", async () => {
    const before = readFileSync(join(mirror, "mirror.json"), "utf8");
    for (const text of ["", "{", "null", "[1]", before.slice(0, 40), '{"format":1,"epochs":[null,7,{"number":1,"since":"x"}]}']) {
      writeFileSync(join(mirror, "mirror.json"), text);
      await good(list.url(), { storage: place, months: 2 });
      assert.equal(inWords(mirror), "git/1.git 4 shallow", text);
    }
    await unharmed();
  });

  test("is not to be trusted", async function () {
    const [key, certificate] = [join(list.folder, "key.pem"), join(list.folder, "certificate.pem")];
    const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate];
    if (spawnSync("openssl", request).status !== 0) {
      console.log("    openssl is not here to make a certificate.");
      this.skip();
    }
    const untrusted = createTlsServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (_request, response) => response.end());
    untrusted.listen(0, "127.0.0.1");
    await once(untrusted, "listening");
    try {
      const address = `https://127.0.0.1:${(untrusted.address() as AddressInfo).port}/list`;
      const said = await problem(address, { storage: list.storage() });
      assert.match(said, /is not trusted \(.*certificate.*\); check the certificates of this machine\.$/);
    } finally {
      untrusted.closeAllConnections();
      untrusted.close();
    }
  });
});
