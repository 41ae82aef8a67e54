/** Archives mirrored from the real public-inbox-httpd. */
import { root } from "../../host/paths";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { buildIndex } from "../../../src/index/build";
import { openIndex } from "../../../src/index/reader";
import { fetchArchive, type RemoteProgress } from "../../../src/sources/mirror";
import { findEpochs } from "../../../src/sources/publicInbox";
import { remoteFolder } from "../../../src/sources/remoteEpochs";
import { startFrontServer } from "../../support/inboxServer";
import { git } from "../../support/makeArchive";
import { fetched, good, headOf, inWords, isPack, pass, problem, serveList, whole } from "../../support/remoteList";
import { writeSampleArchive } from "../../support/sampleArchive";

const none = "/nonexistent/git";

suite("a remote archive", () => {
  const list = serveList({ sample: writeSampleArchive });
  const sample = join(list.folder, "served", "sample");

  test("is mirrored whole, and is the archive that is served", async () => {
    const { folder: mirror, changed } = await good(list.url("sample"), { storage: list.storage(), months: null });
    assert(changed);
    for (const name of ["git/0.git", "git/1.git"]) {
      assert.equal(headOf(join(mirror, name)), headOf(join(sample, name)));
      git(join(mirror, name), ["fsck", "--full"]);
    }
    const dumps = await Promise.all(
      [mirror, sample].map(async (source, at) => {
        const file = join(list.folder, `whole${at}.db`);
        await buildIndex([source], file);
        return openIndex(file)?.counts;
      }),
    );
    assert.deepEqual(dumps[0], dumps[1]);
    assert((dumps[0]?.series ?? 0) > 0);
  });

  test("reaches back some months from its newest mail, and not into older epochs", async () => {
    const place = list.storage();
    const { folder: mirror } = await good(list.url(), { storage: place, months: 3 });
    assert.equal(inWords(mirror), "git/1.git 5 shallow", "September's mail came two minutes more than three months before the last");
  });

  test("is deepened on demand, across epochs, and never loses what it has", async () => {
    const place = list.storage();
    const sizes: string[] = [];
    for (const months of [2, 14, 3, null, 1]) sizes.push(inWords((await good(list.url(), { storage: place, months })).folder));
    assert.deepEqual(sizes, [
      "git/1.git 4 shallow",
      "git/0.git 2 shallow, git/1.git 15",
      "git/0.git 2 shallow, git/1.git 15",
      whole,
      whole,
    ]);
  });

  test("without news starts no git", async () => {
    const place = list.storage();
    await good(list.url(), { storage: place, months: 14 });
    const { changed } = await good(list.url(), { storage: place, months: 14, git: none });
    assert(!changed);
    const { changed: again } = await good(list.url(), { storage: place, months: 3, git: none });
    assert(!again);
    assert.match(await problem(list.url(), { storage: place, months: 20, git: none }), /Git was not found/);
  });

  test("of which one epoch is named gets that one, in the archive's folder", async () => {
    const place = list.storage();
    for (const path of ["list/0", "list/git/0.git"]) {
      const { folder: mirror } = await good(list.url(path), { storage: place, months: 2 });
      assert.equal(inWords(mirror), "git/0.git 3 shallow", "the months count from its own newest mail");
    }
    assert.equal(inWords((await good(list.url(), { storage: place, months: null })).folder), whole);
    assert.match(await problem(list.url("list/7"), { storage: place }), /no archive at .*\/list\/7; check the address/);
  });

  test("without a manifest is found by asking for its epochs", async () => {
    list.front().answer = (request, response, onward) => {
      if (request.url?.endsWith("manifest.js.gz") === true) response.writeHead(404).end("Not Found");
      else onward();
    };
    const place = list.storage();
    const first = await good(list.url(), { storage: place, months: 2 });
    assert.equal(inWords(first.folder), "git/1.git 4 shallow");
    assert(!(await good(list.url(), { storage: place, months: 2 })).changed);
    await good(list.url(), { storage: place, months: null });
    assert.equal(inWords(first.folder), whole);
    const { folder: other } = await good(list.url(), { storage: list.storage(), months: null });
    assert.equal(inWords(other), whole);
  });

  test("with the manifest of its server alone is found by that", async () => {
    list.front().answer = (request, response, onward) => {
      if (request.url === "/list/manifest.js.gz") response.writeHead(404).end("Not Found");
      else onward();
    };
    const before = list.front().asked.length;
    assert.equal(inWords((await good(list.url(), { storage: list.storage(), months: 2 })).folder), "git/1.git 4 shallow");
    assert(list.front().asked.slice(before).includes("/manifest.js.gz"));
    assert(
      !list
        .front()
        .asked.slice(before)
        .some((path) => path.startsWith("/list/0/")),
      "no epoch was asked for in vain",
    );
  });

  test("says how far it is", async () => {
    const told: RemoteProgress[] = [];
    await good(list.url(), { storage: list.storage(), months: 2, progress: (progress) => told.push(progress) });
    assert.match(told[0]?.sentence ?? "", /^Asking 127\.0\.0\.1:\d+ for the archive$/);
    // Two or three stages of git end in the same read; of those one is told.
    assert(
      told.some(({ sentence, percent }) => /^(?:Receiving|Unpacking) epoch 1: \d+ of \d+ objects$/.test(sentence) && percent !== null),
    );
  });

  test("that is stopped keeps what has come, and goes on from there", async () => {
    const place = list.storage();
    const stop = new AbortController();
    // The first step of the newest epoch goes through; then a pack hangs, and the person has had enough.
    let packs = 0;
    list.front().answer = (request, _response, onward) => {
      const isLater = isPack(request) && existsSync(join(remoteFolder(place, list.url()), "git", "1.git"));
      onward(isLater ? { bytes: 100, then: "hang" } : undefined);
      if (isLater && ++packs === 1) stop.abort();
    };
    const result = await fetched(list.url(), { storage: place, months: null, signal: stop.signal });
    assert.deepEqual([result.stopped, result.changed, result.problems], [true, true, []]);
    assert.match(inWords(result.folder), /^git\/1\.git \d+ shallow$/);
    await list.front().idle();
    const early = new AbortController();
    early.abort();
    assert((await fetched(list.url(), { storage: place, signal: early.signal })).stopped);
    list.front().answer = pass;
    assert.equal(inWords((await good(list.url(), { storage: place, months: null })).folder), whole);
  });

  test("whose fetch is killed goes on with the next one", async () => {
    const place = list.storage();
    const began = new Promise<void>((resolve) => {
      list.front().answer = (request, _response, onward) => {
        const isLater = isPack(request) && existsSync(join(remoteFolder(place, list.url()), "git", "1.git"));
        onward(isLater ? { bytes: 100, then: "hang" } : undefined);
        if (isLater) resolve();
      };
    });
    const module = join(root, "out", "src", "sources", "mirror.js");
    const script = `require(process.argv[1]).fetchArchive(process.argv[2], { storage: process.argv[3], months: null, patience: 2 });`;
    const child = spawn(process.execPath, ["-e", script, module, list.url(), place], { stdio: "ignore" });
    const ended = once(child, "exit");
    await began;
    child.kill("SIGKILL");
    await ended;
    list.front().answer = pass;
    assert.equal(inWords((await good(list.url(), { storage: place, months: null })).folder), whole);
    // The git of the killed one has found out by itself that nothing comes any more.
    await list.front().idle();
    for (const { folder: repository } of findEpochs(remoteFolder(place, list.url()))) git(repository, ["fsck"]);
  });

  test("is fetched by one at a time", async () => {
    const place = list.storage();
    const results = await Promise.all([1, 2, 3].map(() => fetched(list.url(), { storage: place, months: null })));
    assert.deepEqual(results.map(({ busy }) => busy).sort(), [false, true, true]);
    assert.deepEqual(
      results.flatMap(({ problems }) => problems),
      [],
    );
    assert.equal(inWords(results[0]?.folder ?? ""), whole);
    assert(!existsSync(join(results[0]?.folder ?? "", "mirror.lock")));
  });

  test("of one repository, as archives of the first version are, is fetched", async () => {
    list.front().answer = (request, response, onward) => {
      const path = request.url ?? "";
      if (!/^\/old\/(?:info\/refs|git-upload-pack)/.test(path)) response.writeHead(404).end("Not Found");
      else {
        request.url = path.replace("/old/", "/list/0/");
        onward();
      }
    };
    assert.equal(inWords((await good(list.url("old"), { storage: list.storage(), months: 2 })).folder), "git/0.git 3 shallow");
  });

  test("as plain files, without a git behind them, is fetched whole", async () => {
    const repository = list.epoch(0);
    git(repository, ["update-server-info"]);
    const files = await startFrontServer(null, (request, response) => {
      const path = join(repository, "..", new URL(request.url ?? "", "http://x").pathname.replace("/plain.git", "/0.git"));
      if (existsSync(path) && !path.endsWith("/")) response.end(readFileSync(path));
      else response.writeHead(404).end();
    });
    try {
      const { folder: mirror } = await good(`${files.url}/plain.git`, { storage: list.storage(), months: 2 });
      assert.equal(inWords(mirror), "git/0.git 12");
    } finally {
      files.stop();
    }
  });

  test("whose address is none is one sentence", async () => {
    for (const address of ["https://", "https://me:secret@lists.example.org/kvm"]) {
      const { problems, changed } = await fetchArchive(address, { storage: list.storage() });
      assert.equal(changed, false);
      assert.match(problems[0]?.message ?? "", /address/);
      assert.doesNotMatch(problems[0]?.message ?? "", /secret/);
    }
  });
});
