/** Whether pending series apply to the open trees and what they need: found out in the background, and asked for by command. */
import { join } from "node:path";
import * as vscode from "vscode";
import type { checkApplies } from "../checkout/applies";
import type { ApplyCache, openApplyCache } from "../checkout/cachedAnswers";
import type { findBases, offeredBases } from "../checkout/commits";
import { HumanError } from "../core/humanError";
import type { ApplyAnswer } from "../core/series/applyAnswer";
import {
  type Dependency,
  type DependencyIndex,
  dependencyIndex,
  type KnownBase,
  knownBase,
  type SaidBase,
  saidBases,
} from "../core/series/dependencies";
import { movedIn } from "../core/series/movedFiles";
import { isPending, newestRevision, newestRevisionKey, type Series } from "../core/series/series";
import type { MovedFiles } from "../engines/movedFiles";
import type { HeadMoves, OpenTrees } from "../engines/openTrees";
import type { PageInFront } from "../engines/seriesPages";
import { type Library, projectOfSeries } from "../library/library";
import { applySentence } from "../render/applies";
import { plural, titleText } from "../render/labels";
import { registerCommand } from "./commands";
import { plainMessage, withoutIcons } from "./markdown";
import { isSeriesNode, seriesFor } from "./seriesPick";
import { onDidChangeSettings, readSettings } from "./settings";

/** The code that asks git; a bundle of its own. */
export type LoadApplyEngine = () => Promise<{
  readonly checkApplies: typeof checkApplies;
  readonly openApplyCache: typeof openApplyCache;
  readonly offeredBases: typeof offeredBases;
}>;

export interface ApplyStatesParts {
  readonly library: Library;
  readonly trees: OpenTrees;
  readonly moved: MovedFiles;
  readonly headMoves: HeadMoves;
  readonly log: vscode.LogOutputChannel;
  readonly engine: LoadApplyEngine;
  readonly needs: SeriesNeeds;
  /** Folder of the extension's own. */
  readonly storage: string;
  /** Where the chosen commit is remembered for this workspace. */
  readonly state: vscode.Memento;
}

/** An answer and what it is about. */
export interface ApplyAnswered {
  readonly answer: ApplyAnswer;
  /** What was checked against, as the person calls it. */
  readonly base: string;
  readonly revision: string;
}

/** A sync tells of changes one after the other; and a commit writes several files. */
const quietMilliseconds = 1000;
/** While answers come, the views are drawn again only so often. */
const drawMilliseconds = 500;

export class ApplyStates {
  readonly #answers = new Map<string, ApplyAnswered>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #subscriptions: vscode.Disposable;
  #cache: Promise<ApplyCache> | null = null;
  #running: AbortController | null = null;
  #waiting: NodeJS.Timeout | undefined;
  #drawing: NodeJS.Timeout | undefined;

  constructor(private readonly parts: ApplyStatesParts) {
    const { library, trees, moved, headMoves } = parts;
    const later = (): void => this.checkSoon();
    this.#subscriptions = vscode.Disposable.from(
      this.#changed,
      library.onDidChange(later),
      trees.onDidChange(later),
      moved.onDidChange(later),
      headMoves.onDidMove(later),
      vscode.workspace.onDidGrantWorkspaceTrust(later),
      // Where a commit was made elsewhere and no file told of it: HEAD is asked for again, and the rest is remembered.
      vscode.window.onDidChangeWindowState(({ focused }) => focused && later()),
      onDidChangeSettings((changed) => {
        if (!changed("checkApplies") && !changed("gitPath")) return;
        if (!readSettings().checkApplies) this.#forget();
        later();
      }),
    );
  }

  /** What is checked against: `HEAD` until the person chose something else. */
  get base(): string {
    return this.parts.state.get<string>("applyBase") ?? "HEAD";
  }

  /** Checks against something else from now on. */
  async choose(base: string): Promise<void> {
    await this.parts.state.update("applyBase", base === "HEAD" ? undefined : base);
    this.#forget();
    this.checkSoon();
  }

  /** What is known of a series; null where nothing is yet. */
  of(series: Series): ApplyAnswered | null {
    const known = this.#answers.get(series.id);
    return known?.revision === newestRevisionKey(series) ? known : null;
  }

  /** The open tree a series is for; null where none is. */
  treeOf(series: Series): string | null {
    return this.parts.trees.topsFor(projectOfSeries(series))[0] ?? null;
  }

  /** Checks one series now. */
  async check(series: Series, signal: AbortSignal): Promise<ApplyAnswered | null> {
    const top = this.treeOf(series);
    if (top === null) return null;
    await this.#check(top, [series], this.base, signal, true);
    this.#changed.fire();
    return this.of(series);
  }

  #forget(): void {
    this.#running?.abort();
    this.#answers.clear();
    this.#changed.fire();
  }

  /** Checks all again once it has been quiet for a while; what is known already costs nothing. */
  checkSoon(): void {
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => void this.#checkAll(), quietMilliseconds);
  }

  async #checkAll(): Promise<void> {
    const { library, trees, log } = this.parts;
    if (!vscode.workspace.isTrusted || !readSettings().checkApplies || trees.trees.length === 0) return;
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    const groups = new Map<string, Series[]>();
    for (const series of library.series) {
      // A digest has no diffs, so there is nothing to be done for it.
      const top = newestRevision(series).posted && isPending(series, null) ? this.treeOf(series) : null;
      if (top === null) continue;
      const group = groups.get(top);
      if (group) group.push(series);
      else groups.set(top, [series]);
    }
    for (const [top, series] of groups) {
      try {
        await this.#check(top, series, this.base, running.signal);
      } catch (error) {
        if (running.signal.aborted) return;
        // A folder without git is nothing to complain of each time; who asks for it is told.
        log.info(error instanceof Error ? error.message : String(error));
      }
    }
    this.#drawNow();
  }

  /** @param anew whoever asks for it has a reason to doubt what was answered before */
  async #check(top: string, series: readonly Series[], base: string, signal: AbortSignal, anew = false): Promise<void> {
    const { library, moved, engine, needs, storage } = this.parts;
    const { checkApplies, openApplyCache } = await engine();
    this.#cache ??= openApplyCache(join(storage, "applies.json"));
    const cache = await this.#cache;
    const options = {
      mails: (ids: readonly string[]) => library.mailBytes(ids),
      known: library.series,
      ofPatchId: needs.ofPatchId,
      moved: (one: Series) => movedIn(newestRevision(one), moved.namesIn(top)),
      binary: readSettings().gitPath,
      signal,
      cache: anew ? { ...cache, get: () => undefined } : cache,
      answered: (one: Series, answer: ApplyAnswer) => {
        if (signal.aborted) return;
        const before = this.#answers.get(one.id);
        const now: ApplyAnswered = { answer, base: shownBase(base), revision: newestRevisionKey(one) };
        this.#answers.set(one.id, now);
        // Rows that are drawn again lose an open menu, so it is done only where they say something else.
        if (JSON.stringify(before) !== JSON.stringify(now)) this.#drawSoon();
      },
    };
    try {
      await checkApplies(top, { base }, series, options);
    } finally {
      await cache.save();
    }
  }

  #drawSoon(): void {
    this.#drawing ??= setTimeout(() => this.#drawNow(), drawMilliseconds);
  }

  /** Draws what has changed since it was drawn last. */
  #drawNow(): void {
    if (!this.#drawing) return;
    clearTimeout(this.#drawing);
    this.#drawing = undefined;
    this.#changed.fire();
  }

  dispose(): void {
    this.#running?.abort();
    clearTimeout(this.#waiting);
    clearTimeout(this.#drawing);
    this.#subscriptions.dispose();
  }
}

/** Nobody reads a whole id. */
function shownBase(base: string): string {
  return /^[0-9a-f]{40,64}$/.test(base) ? base.slice(0, 12) : base;
}

// What series say they need and are based on: looked for in the archives, and in the repository of the tree they are for.

export interface SeriesNeedsParts {
  readonly library: Library;
  readonly trees: OpenTrees;
  readonly engine: () => Promise<{ readonly findBases: typeof findBases }>;
}

/** What a series says it is based on, and what the repository has of it. */
export interface FoundBase {
  readonly said: SaidBase;
  /** Null where it has nothing of that name; undefined where there is none to ask. */
  readonly known: KnownBase | null | undefined;
}

export class SeriesNeeds {
  #known: readonly Series[] = [];
  #index: DependencyIndex | null = null;
  readonly #owners = new Map<string, Series>();

  constructor(private readonly parts: SeriesNeedsParts) {}

  /** The series that hold a patch with an id; what is not found may be once the full text has been filled further. */
  readonly ofPatchId = (patchId: string): Series | undefined => {
    this.index();
    const owner = this.#owners.get(patchId) ?? this.#search(patchId);
    if (owner) this.#owners.set(patchId, owner);
    return owner;
  };

  /** What a series says it needs. */
  dependencies(series: Series): Dependency[] {
    return this.index().of(series);
  }

  /** What series say they are based on; in an untrusted workspace, or without a tree of theirs, nobody is asked for it. */
  async bases(all: readonly Series[]): Promise<Map<Series, FoundBase[]>> {
    const { trees, engine } = this.parts;
    const said = new Map(all.map((series) => [series, saidBases(series)] as const));
    const byTop = new Map<string | null, Series[]>();
    for (const series of all) {
      const top = vscode.workspace.isTrusted ? (trees.topsFor(projectOfSeries(series))[0] ?? null) : null;
      byTop.set(top, [...(byTop.get(top) ?? []), series]);
    }
    const found = new Map<Series, FoundBase[]>();
    for (const [top, some] of byTop) {
      const names = some.flatMap((series) => said.get(series) ?? []).flatMap((one) => one.names);
      const known =
        top === null || names.length === 0 ? null : await (await engine()).findBases(top, names, { binary: readSettings().gitPath });
      for (const series of some) {
        const bases = (said.get(series) ?? []).map((one) => ({ said: one, known: known ? knownBase(one, known) : undefined }));
        found.set(series, bases);
      }
    }
    return found;
  }

  /** By what the series of now are found that others need. */
  index(): DependencyIndex {
    const { library } = this.parts;
    if (this.#index && this.#known === library.series) return this.#index;
    this.#known = library.series;
    this.#owners.clear();
    return (this.#index = dependencyIndex(library.series, {
      ofPatchId: this.ofPatchId,
      ofMessageId: (messageId) => library.find(messageId),
    }));
  }

  #search(patchId: string): Series | undefined {
    // A query is words; what is no id would be read as other ones.
    return /^[0-9a-f]{40}$/.test(patchId) ? this.parts.library.search(`patchid:${patchId}`)[0] : undefined;
  }
}

// Check Whether It Applies* and *Check Against...*: what a person asks for; the rest is found out by itself.

export interface ApplyCommandsParts {
  readonly library: Library;
  readonly front: PageInFront;
  readonly trees: OpenTrees;
  readonly applies: ApplyStates;
  readonly needs: SeriesNeeds;
  readonly engine: LoadApplyEngine;
  readonly log: vscode.LogOutputChannel;
}

export function registerApplyCommands({ library, front, trees, applies, needs, engine, log }: ApplyCommandsParts): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommand(log, "kvmSeries.checkApplies", async (argument) => {
      const series = await seriesFor(argument, { library, front }, "KVM Series: Check Whether It Applies");
      if (series) await checkOne(series, applies);
    }),
    registerCommand(log, "kvmSeries.chooseApplyBase", async (argument) => {
      needTrust();
      const series = isSeriesNode(argument) ? (library.find(argument.series.id) ?? argument.series) : null;
      const top = series ? applies.treeOf(series) : trees.trees.find(({ project }) => project !== null)?.top;
      if (series && top === null) throw new HumanError(noTree);
      if (top == null) throw new HumanError("Open a git checkout first; then series can be checked against its branches.");
      const { offeredBases } = await engine();
      const offered = await offeredBases(top, { binary: readSettings().gitPath });
      const asked = series ? [series] : library.series.filter((one) => applies.treeOf(one) === top && isPending(one, null));
      const base = await pickCheckedBase(withSaidBases(offered, await needs.bases(asked)), applies.base);
      if (base === undefined) return;
      await applies.choose(base);
      // Who asked about one series is told of it; the others are checked in the background.
      if (series) await checkOne(series, applies);
    }),
  );
}

const noTree = "None of the open folders is a tree this series is for; open one to check the series against it.";

function needTrust(): void {
  if (!vscode.workspace.isTrusted)
    throw new HumanError("In Restricted Mode git is not asked about this folder; trust the workspace to check series against it.");
}

async function checkOne(series: Series, applies: ApplyStates): Promise<void> {
  needTrust();
  if (applies.treeOf(series) === null) throw new HumanError(noTree);
  const title = titleText(series.title);
  const options = { location: vscode.ProgressLocation.Notification, title: plainMessage(`Checking “${title}”`), cancellable: true };
  const answered = await vscode.window.withProgress(options, async (_progress, token) => {
    const stop = new AbortController();
    token.onCancellationRequested(() => stop.abort());
    try {
      return await applies.check(series, stop.signal);
    } catch (error) {
      if (stop.signal.aborted) return null;
      throw error;
    }
  });
  if (!answered) return;
  const sentence = plainMessage(`“${title}”: ${applySentence(answered.answer, answered.base)}`);
  if ((await vscode.window.showInformationMessage(sentence, "Open Series")) === "Open Series")
    await vscode.commands.executeCommand("kvmSeries.openPage", series.id);
}

/** More bases of series than these are nothing to choose from. */
const mostSaid = 40;

interface Offered {
  readonly name: string;
  readonly about: string;
}

/** Puts what series say they are based on behind HEAD and its upstream, as far as the repository has it. */
function withSaidBases(offered: readonly Offered[], bases: ReadonlyMap<Series, readonly FoundBase[]>): Offered[] {
  const named = new Map<string, { readonly titles: string[]; readonly kind: FoundBase["said"]["kind"] }>();
  for (const [{ title }, found] of bases) {
    for (const { said, known } of found) {
      if (!known) continue;
      const one = named.get(known.name);
      if (one) one.titles.push(title);
      else if (named.size < mostSaid) named.set(known.name, { titles: [title], kind: said.kind });
    }
  }
  const said = Array.from(named, ([name, { titles, kind }]) => {
    const more = titles.length > 1 ? ` and of ${plural(titles.length - 1, "other series", "other series")}` : "";
    return { name, about: `${kind === "base-commit" ? "base-commit" : "base in words"} of ${titleText(titles[0] ?? "")}${more}` };
  });
  const isFirst = ({ name, about }: Offered): boolean => name === "HEAD" || about === "upstream";
  return [...offered.filter(isFirst), ...said, ...offered.filter((one) => !isFirst(one) && !named.has(one.name))];
}

async function pickCheckedBase(offered: readonly Offered[], current: string): Promise<string | undefined> {
  const items = offered.map(({ name, about }): { label: string; description: string; name: string | null } => ({
    label: /^[0-9a-f]{40,64}$/.test(name) ? name.slice(0, 12) : withoutIcons(name),
    description: [name === current ? "current" : "", withoutIcons(titleText(about))].filter(Boolean).join(" · "),
    name,
  }));
  const other = { label: "Another commit...", description: "A tag or an id", name: null };
  const title = "KVM Series: Check Against";
  const picked = await vscode.window.showQuickPick([...items, other], { title, placeHolder: "What series shall apply to" });
  if (!picked) return undefined;
  return picked.name ?? (await vscode.window.showInputBox({ title, prompt: "A branch, a tag or a commit id", value: current }))?.trim();
}
