/** Buttons of the page. A click is told by `data-do`; no markup ever carries a handler. */
import { visibleAttribute, visibleHtml } from "./escape";

export interface Control {
  /** What a click does; the page's script knows the word. */
  readonly does: string;
  /** A codicon's name. */
  readonly icon: string;
  readonly label: string;
  /** What is heard instead of the label, where several buttons have the same. */
  readonly spoken?: string;
  /** Why it cannot be used now; the button stays reachable, so that the reason can be read. */
  readonly unavailable?: string | null;
  readonly pressed?: boolean;
}

/** The icon alone. Icons are never heard: what they say is said by text beside them or by a label. */
export function iconHtml(name: string): string {
  return `<span class="codicon codicon-${name}" aria-hidden="true"></span>`;
}

/** A button of one icon; its label is its tooltip. */
export function iconButton(control: Control): string {
  const spoken = visibleAttribute(control.spoken ?? control.label);
  return `<button class="icon" ${attributes(control)} aria-label="${spoken}">${iconHtml(control.icon)}</button>`;
}

/** A button of icon and text. */
export function textButton(control: Control): string {
  const spoken = control.spoken === undefined ? "" : ` aria-label="${visibleAttribute(control.spoken)}"`;
  return `<button class="action" ${attributes(control)}${spoken}>${iconHtml(control.icon)}<span>${visibleHtml(control.label)}</span></button>`;
}

function attributes({ does, label, unavailable, pressed }: Control): string {
  const title = visibleAttribute(unavailable ? `${label}: ${unavailable}` : label);
  return [
    'type="button"',
    `data-do="${does}"`,
    `title="${title}"`,
    ...(unavailable ? ['aria-disabled="true"'] : []),
    ...(pressed === undefined ? [] : [`aria-pressed="${pressed ? "true" : "false"}"`]),
  ].join(" ");
}

/** A person's name or a title, kept from turning the text around it when it is written right to left. */
export function isolated(html: string): string {
  return `<bdi>${html}</bdi>`;
}
