import assert from "node:assert/strict";
import type { Clash } from "../../../src/core/clashes/clashes";
import type { Relation } from "../../../src/core/lines/relations";
import type { Series } from "../../../src/core/series/series";
import { PageInFront, type PageView, type SeriesPage, SeriesPages } from "../../../src/engines/seriesPages";
import { Arrivals, Followed } from "../../../src/engines/unread";
import { Library } from "../../../src/library/library";
import { settled } from "../../support/fakeClock";
import { FakeLog, FakeStorage } from "../../support/fakePorts";
import { revision, seriesWith } from "../../support/invented";
import { emptyArchive } from "../../support/madeLibrary";

const id = "aaaaaaaaaaaa";
const v1 = revision({ messageId: "1@example.org" });
const v2 = revision({ version: 2, messageId: "2@example.org" });
const first = seriesWith([v1], { id });
const rerolled = seriesWith([v1, v2], { id });
const other = seriesWith([revision({ messageId: "3@example.org" })], { id: "bbbbbbbbbbbb" });

class FakeView implements PageView<string> {
  isVisible = true;
  isActive = true;
  readonly posted: string[] = [];
  title = "";

  showTitle(series: Series): void {
    this.title = `v${series.revisions.length}`;
  }
  post(message: string): void {
    this.posted.push(message);
  }
  /** What was posted since this was called last. */
  taken(): string[] {
    return this.posted.splice(0);
  }
}

function makeGround() {
  const library = new Library();
  const front = new PageInFront(library);
  const log = new FakeLog();
  const followed = new Followed(new FakeStorage(), library);
  const arrivals = new Arrivals(new FakeStorage());
  const asked = { bases: 0, relations: 0 };
  const ground = { answer: "applies", fault: null as Error | null, hold: Promise.resolve(), clashes: [] as readonly Clash[] };
  const pages = new SeriesPages<string, string>({
    library,
    front,
    unread: [followed, arrivals],
    messages: {
      contentsOf: ({ revisions }) => String(revisions.length),
      series: ({ state, series }, target) => [`series ${state} v${series.revisions.length} at ${target.revision ?? "-"}`, "files"],
      gone: () => "gone",
      applies: (_series, bases) => [ground.answer, ...bases].join(" "),
      related: ({ state }) => `related ${state}`,
      clashes: (_series, clashes) => `clashes ${clashes.length}`,
    },
    clashesOf: () => ground.clashes,
    basesOf: async () => {
      asked.bases++;
      await ground.hold;
      if (ground.fault) throw ground.fault;
      return ["on a base"];
    },
    relationsOf: async function* (): AsyncGenerator<readonly Relation[]> {
      asked.relations++;
      await ground.hold;
      yield [];
    },
    log,
  });
  const tell = (...series: readonly Series[]): void => {
    const find = (wanted: string): Series | undefined => series.find((one) => one.id === wanted || one.aliases.includes(wanted));
    library.archivesChanged({ ...emptyArchive, series, find });
    pages.showAll();
  };
  const open = async (series: Series): Promise<{ view: FakeView; page: SeriesPage<string, string> }> => {
    const view = new FakeView();
    const page = pages.add(series.id, view);
    page.ready();
    await settled();
    view.taken();
    return { view, page };
  };
  const hide = (view: FakeView, page: SeriesPage<string, string>): void => {
    Object.assign(view, { isVisible: false, isActive: false });
    page.viewChanged();
  };
  const look = (view: FakeView, page: SeriesPage<string, string>): void => {
    Object.assign(view, { isVisible: true, isActive: true });
    page.viewChanged();
  };
  return { library, front, log, followed, arrivals, pages, asked, ground, tell, open, hide, look };
}

suite("pages of series", () => {
  test("a page behind another one leaves a new revision unread until it is looked at", async () => {
    const { tell, followed, arrivals, open, hide, look } = makeGround();
    tell(first);
    await followed.follow(first);
    const { view, page } = await open(first);
    hide(view, page);
    await arrivals.note("own", 1, () => []);
    await arrivals.note("own", 2, () => [id]);
    tell(rerolled);
    await settled();
    assert.deepEqual([followed.isUnread(rerolled), arrivals.has(rerolled), view.title], [true, true, "v2"]);
    look(view, page);
    await settled();
    assert.deepEqual([followed.isUnread(rerolled), arrivals.has(rerolled)], [false, false]);
  });

  test("what the revision before was based on is not said of the next one", async () => {
    const { tell, ground, open } = makeGround();
    tell(first);
    const { view } = await open(first);
    ground.fault = new Error("git is not there");
    tell(rerolled);
    await settled();
    assert.deepEqual(
      view.taken().filter((message) => message.startsWith("applies")),
      ["applies"],
    );
  });

  test("a page that can be seen marks what it shows as read", async () => {
    const { tell, followed, open } = makeGround();
    tell(first);
    await followed.follow(first);
    const { view } = await open(first);
    view.isActive = false;
    tell(rerolled);
    await settled();
    assert.equal(followed.isUnread(rerolled), false);
  });

  test("for a page behind another one neither git nor mails are asked, and it is told all once it is seen", async () => {
    const { tell, asked, open, hide, look, pages } = makeGround();
    tell(first);
    const { view, page } = await open(first);
    hide(view, page);
    tell(rerolled);
    tell(rerolled);
    pages.showApplies();
    await settled();
    assert.deepEqual([asked, view.taken()], [{ bases: 1, relations: 1 }, []]);
    look(view, page);
    await settled();
    assert.deepEqual(view.taken(), ["series 2 v2 at -", "files", "applies", "applies on a base", "related 2"]);
    assert.deepEqual(asked, { bases: 2, relations: 2 });
  });

  test("nothing is told before the script runs, nor before anything was read", async () => {
    const { library, pages, tell } = makeGround();
    const view = new FakeView();
    const page = pages.add(id, view);
    page.goTo({ revision: 0, patch: null });
    page.ready();
    assert.deepEqual(view.taken(), []);
    tell(first);
    await settled();
    assert.deepEqual(view.taken(), ["series 1 v1 at 0", "files", "applies", "applies on a base", "related 1"]);
    await library.sync([]);
    tell();
    assert.deepEqual([view.taken(), page.sentIn(1)], [["gone"], null]);
  });

  test("a state stays the same while what is shown does", async () => {
    const { tell, open } = makeGround();
    tell(first);
    const { view, page } = await open(first);
    tell(first);
    assert.equal(view.taken()[0], "series 1 v1 at -");
    assert.equal(page.sentIn(1)?.series, first);
    tell(rerolled);
    assert.deepEqual([page.sentIn(1), page.sentIn(2)?.series, page.sentIn(null)], [null, rerolled, null]);
  });

  test("what was asked for an older state is dropped", async () => {
    const { tell, open, ground } = makeGround();
    tell(first);
    const { view } = await open(first);
    let release = (): void => undefined;
    ground.hold = new Promise((resolve) => (release = resolve));
    tell(rerolled);
    tell(first);
    view.taken();
    release();
    await settled();
    assert.deepEqual(view.taken(), ["applies on a base", "related 3"]);
  });

  test("clashes are told where there are any, again where they changed, and when they are gone", async () => {
    const { tell, open, ground, pages } = makeGround();
    tell(first);
    const { view } = await open(first);
    const told = (): string[] => {
      pages.showClashes();
      return view.taken().filter((message) => message.startsWith("clashes"));
    };
    const one = {} as Clash;
    assert.deepEqual(told(), []);
    ground.clashes = [one];
    assert.deepEqual([told(), told()], [["clashes 1"], []]);
    ground.clashes = [];
    assert.deepEqual([told(), told()], [["clashes 0"], []]);
  });

  test("whether it applies is said again only where it changed", async () => {
    const { tell, open, ground, pages } = makeGround();
    tell(first);
    const { view } = await open(first);
    pages.showApplies();
    ground.answer = "conflicts";
    pages.showApplies();
    assert.deepEqual(view.taken(), ["conflicts on a base"]);
  });

  test("a page is shown though git cannot be asked; the log says why", async () => {
    const { tell, ground, log, pages } = makeGround();
    ground.fault = new Error("git is not there.");
    tell(first);
    const view = new FakeView();
    pages.add(id, view).ready();
    await settled();
    assert.deepEqual([view.taken().slice(0, 3), log.warnings], [["series 1 v1 at -", "files", "applies"], ["git is not there."]]);
  });

  test("the page in front is the one with the focus, also after another one was closed", async () => {
    const { tell, open, hide, pages, front } = makeGround();
    tell(first, other);
    const one = await open(first);
    hide(one.view, one.page);
    const two = await open(other);
    assert.deepEqual([pages.active, front.series], [two.page, other]);
    pages.remove(one.page);
    assert.deepEqual([pages.active, front.series], [two.page, other]);
    two.page.select(0);
    assert.equal(front.revision, other.revisions[0]);
    assert.deepEqual([front.revisionFor(undefined), front.revisionFor(other.id)], [other.revisions[0], null]);
    pages.remove(two.page);
    assert.deepEqual([pages.active, front.series], [null, null]);
  });

  test("a page is found by the id that its series has now", async () => {
    const { tell, open, pages } = makeGround();
    tell(first);
    const { page } = await open(first);
    const joined = seriesWith([other.revisions[0]!, v1], { id: other.id, aliases: [id] });
    tell(joined);
    assert.deepEqual([pages.pageOf(joined), pages.pageOf(seriesWith([v2], { id: "cccccccccccc" }))], [page, null]);
  });
});
