/** “Check Whether It Applies” and “Check Against...”: the checks that a person asks for; the others run in the background. */
import * as vscode from "vscode";
import type { offeredBases } from "../checkout/commits";
import { HumanError } from "../core/humanError";
import { isPending, type Series } from "../core/series/series";
import { shownCommit } from "../core/text";
import type { ApplyStates } from "../engines/applyStates";
import type { OpenTrees } from "../engines/openTrees";
import type { FoundBase, SeriesNeeds } from "../engines/seriesNeeds";
import type { PageInFront } from "../engines/seriesPages";
import type { Library } from "../library/library";
import { applySentence } from "../render/applies";
import { plural, titleText } from "../render/labels";
import { registerCommand } from "./commands";
import { plainMessage, withoutIcons } from "./markdown";
import { isSeriesNode, seriesFor } from "./seriesPick";
import { readSettings } from "./settings";

export interface ApplyCommandsParts {
  readonly library: Library;
  readonly front: PageInFront;
  readonly trees: OpenTrees;
  readonly applies: ApplyStates;
  readonly needs: SeriesNeeds;
  readonly engine: () => Promise<{ readonly offeredBases: typeof offeredBases }>;
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
      const top = series
        ? applies.treeOf(series)
        : (trees.topsFor("kernel")[0] ?? trees.trees.find(({ project }) => project !== null)?.top ?? trees.tops[0]);
      if (series && top === null) throw new HumanError(noTree);
      if (top == null) throw new HumanError("Open a git checkout to check series against its branches.");
      const { offeredBases: basesOf } = await engine();
      const offered = await basesOf(top, { binary: readSettings().gitPath });
      const asked = series ? [series] : library.series.filter((one) => applies.treeOf(one) === top && isPending(one, null));
      const base = await pickCheckedBase(withSaidBases(offered, await needs.bases(asked)), applies.base);
      if (base === undefined) return;
      await applies.choose(base);
      // A person who asked about one series gets its answer; the others are checked in the background.
      if (series) await checkOne(series, applies);
    }),
  );
}

const noTree = "To check it, open a checkout of the tree this series is for.";

function needTrust(): void {
  if (!vscode.workspace.isTrusted)
    throw new HumanError("git does not run in Restricted Mode. Trust the workspace to check series against it.");
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

/** Longer lists of bases are no help in choosing one. */
const mostSaid = 40;

interface Offered {
  readonly name: string;
  readonly about: string;
}

/** Adds the bases that series name, where the repository has them, after HEAD and its upstream. */
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
    label: withoutIcons(shownCommit(name)),
    description: [name === current ? "current" : "", withoutIcons(titleText(about))].filter(Boolean).join(" · "),
    name,
  }));
  const other = { label: "Another commit...", description: "A tag or an id", name: null };
  const title = "KVM Series: Check Against";
  const picked = await vscode.window.showQuickPick([...items, other], { title, placeHolder: "Check series against" });
  if (!picked) return undefined;
  return picked.name ?? (await vscode.window.showInputBox({ title, prompt: "A branch, a tag or a commit id", value: current }))?.trim();
}
