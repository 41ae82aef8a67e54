/** The page's keys. They work without modifiers, as in mail readers, and never while text is typed. */
import { visibleHtml } from "../render/html";
import type { PageAction } from "../shared/protocol";

interface Key {
  readonly keys: readonly string[];
  readonly action: PageAction;
  readonly text: string;
}

const keys: readonly Key[] = [
  { keys: ["n", "j"], action: "nextPatch", text: "Next patch" },
  { keys: ["p", "k"], action: "previousPatch", text: "Previous patch" },
  { keys: ["o"], action: "togglePatch", text: "Expand or collapse the patch (also Enter)" },
  { keys: ["e"], action: "toggleAll", text: "Expand or collapse all patches" },
  { keys: ["r"], action: "toggleReplies", text: "Expand or collapse the replies to the patch, or to the cover letter" },
  { keys: ["s"], action: "toggleLayout", text: "Diffs side by side or line by line" },
  { keys: ["["], action: "previousRevision", text: "Previous revision" },
  { keys: ["]"], action: "nextRevision", text: "Next revision" },
  { keys: ["/"], action: "find", text: "Find on the page (also Ctrl+F)" },
  { keys: ["?"], action: "showKeys", text: "This list" },
];

/** The action of a key; null for keys that are not ours. */
export function actionOfKey(event: KeyboardEvent): PageAction | null {
  const isTyping =
    event.target instanceof HTMLElement && event.target.closest("input, textarea, select, [contenteditable], dialog[open]") !== null;
  if (isTyping || event.isComposing || event.metaKey) return null;
  // On many keyboards brackets and slashes are typed with AltGr, which browsers also report as Ctrl+Alt.
  const isPlain = (!event.ctrlKey && !event.altKey) || event.getModifierState("AltGraph");
  return isPlain ? (keys.find((key) => key.keys.includes(event.key))?.action ?? null) : null;
}

/** Whether a key opens VS Code's find box, which only finds what is drawn. */
export function isFindKey(event: KeyboardEvent): boolean {
  return (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "f";
}

/** The list of keys. */
export function keysDialogHtml(): string {
  const rows = keys.map(({ keys: names, text }) => {
    const caps = names.map((name) => `<kbd>${visibleHtml(name)}</kbd>`).join(" ");
    return `<tr><th scope="row">${caps}</th><td>${visibleHtml(text)}</td></tr>`;
  });
  return `<dialog class="keys" aria-labelledby="heading-keys"><h2 id="heading-keys">Keyboard shortcuts</h2>
<table><tbody>${rows.join("")}</tbody></table>
<form method="dialog"><button class="action">Close</button></form></dialog>`;
}
