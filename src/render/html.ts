/** The small pieces of HTML that all sections of the page use: escaped text, links, icons, buttons, dates. Text from mail never becomes markup, and hidden characters in it are written out. */
import { codePoint, hiddenCharacters, visibleText } from "../core/mail/hiddenCharacters";
import { webUrl } from "../shared/protocol";

/**
 * A link without `href`, because VS Code opens those by itself and would open it twice; the page's script sends `data-url`.
 *
 * @param html the content of the link, already escaped
 */
export function linkHtml(url: string, html: string): string {
  return `<a class="link" role="link" tabindex="0" data-do="openLink" data-url="${escapeHtml(url)}" title="${visibleAttribute(url)}">${html}</a>`;
}

const webAddress = /https?:\/\/[^\s<>"`]+/gi;

/** Text as HTML, with web addresses as links. */
export function linkedText(text: string): string {
  let html = "";
  let done = 0;
  for (const match of text.matchAll(webAddress)) {
    const found = withoutTrailingPunctuation(match[0]);
    const url = webUrl(found);
    if (url === null) continue;
    html += visibleHtml(text.slice(done, match.index)) + linkHtml(url, visibleHtml(found));
    done = match.index + found.length;
  }
  return html + visibleHtml(text.slice(done));
}

/** The dot after an address ends the sentence; a closing bracket belongs to it only when it was opened in it. */
function withoutTrailingPunctuation(found: string): string {
  const unopened = new Map<string, number>(
    brackets.map(([opening, closing]) => [closing, countOf(found, closing) - countOf(found, opening)]),
  );
  for (let end = found.length; end > 0; end--) {
    const last = found.charAt(end - 1);
    const extra = unopened.get(last) ?? 0;
    if (extra <= 0 && !".,;:!?'*".includes(last)) return found.slice(0, end);
    unopened.set(last, extra - 1);
  }
  return "";
}

const brackets = [
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
] as const;

function countOf(text: string, letter: string): number {
  let times = 0;
  for (let at = text.indexOf(letter); at >= 0; at = text.indexOf(letter, at + 1)) times++;
  return times;
}

// Buttons of the page. `data-do` says what a click does; no markup has a handler.

export interface Control {
  /** What a click does, as a word that the page's script knows. */
  readonly does: string;
  /** A codicon's name. */
  readonly icon: string;
  readonly label: string;
  /** The text for screen readers, when several buttons have the same label. */
  readonly spoken?: string;
  /** Why it cannot be used now; the button can still be focused, so that the reason can be read. */
  readonly unavailable?: string | null;
  readonly pressed?: boolean;
}

/** An icon. Screen readers skip it, because text beside it or a label says the same. */
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

/** A person's name or a title, isolated so that right-to-left text does not reorder the text around it. */
export function isolated(html: string): string {
  return `<bdi>${html}</bdi>`;
}

// Days and times of mails, always UTC and always with the month in letters.

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `12 Jan 2026`; null for anything but a date. */
export function dayText(date: string): string | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})T/.exec(date);
  if (!match) return null;
  const [, year = "", month = "", day = ""] = match;
  return `${Number(day)} ${months[Number(month) - 1] ?? month} ${year}`;
}

/**
 * A day, with its time in the tooltip; empty for anything but a date.
 *
 * @param more more text for the tooltip
 */
export function timeHtml(date: string, more = ""): string {
  const day = dayText(date);
  const time = /T(\d{2}:\d{2})/.exec(date)?.[1] ?? "";
  if (day === null) return "";
  return `<time datetime="${visibleAttribute(date)}" title="${visibleAttribute(`${day}, ${time} UTC${more}`)}">${visibleHtml(day)}</time>`;
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Escapes text for element content and for quoted attribute values. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

const hiddenCharacterNames: Readonly<Record<string, string>> = {
  "000D": "carriage return",
  "001B": "escape",
  "00AD": "soft hyphen",
  "061C": "Arabic letter mark",
  "200B": "zero width space",
  "200C": "zero width non-joiner",
  "200D": "zero width joiner",
  "200E": "left-to-right mark",
  "200F": "right-to-left mark",
  "202A": "left-to-right embedding",
  "202B": "right-to-left embedding",
  "202C": "pop directional formatting",
  "202D": "left-to-right override",
  "202E": "right-to-left override",
  "2066": "left-to-right isolate",
  "2067": "right-to-left isolate",
  "2068": "first strong isolate",
  "2069": "pop directional isolate",
  FEFF: "byte order mark",
};

/** Writes hidden characters out in HTML that is already escaped, each in a span whose tooltip names it. */
export function revealHiddenInHtml(html: string): string {
  return html.replace(hiddenCharacters, (character) => {
    const code = codePoint(character);
    return `<span class="hidden-character" title="U+${code} ${hiddenCharacterNames[code] ?? "invisible character"}">⟨U+${code}⟩</span>`;
  });
}

/** Text as element content: escaped, with hidden characters written out. */
export function visibleHtml(text: string): string {
  return revealHiddenInHtml(escapeHtml(text));
}

/** Text as a quoted attribute value that people read: escaped, with hidden characters written out. */
export function visibleAttribute(text: string): string {
  return escapeHtml(visibleText(text));
}
