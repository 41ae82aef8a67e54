/** Links in mail text: only web addresses become links, and a click only asks the host to open one. */
import { escapeHtml, hasHiddenCharacters, visibleAttribute, visibleHtml } from "./escape";

/** The normalised address when it is one to open in a browser, else null: no other schemes, no user names, nothing hidden. */
export function webUrl(text: string): string | null {
  if (text.length > 2000 || !/^https?:\/\//i.test(text) || hasHiddenCharacters(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  const isWeb = url.protocol === "https:" || url.protocol === "http:";
  // A user name in an address is nearly always there to make another host look like a known one.
  return isWeb && url.username === "" && url.password === "" && url.hostname !== "" ? url.href : null;
}

/**
 * A link without `href`, because VS Code opens those by itself and would open it twice; the page's script sends `data-url`.
 *
 * @param html the content of the link, already escaped
 */
export function linkHtml(url: string, html: string): string {
  return `<a class="link" role="link" tabindex="0" data-do="openLink" data-url="${escapeHtml(url)}" title="${visibleAttribute(url)}">${html}</a>`;
}

const address = /https?:\/\/[^\s<>"`]+/gi;

/** Text as HTML, its web addresses as links. */
export function linkedText(text: string): string {
  let html = "";
  let done = 0;
  for (const match of text.matchAll(address)) {
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
  const unopened = new Map<string, number>(brackets.map(([opening, closing]) => [closing, count(found, closing) - count(found, opening)]));
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

function count(text: string, letter: string): number {
  let times = 0;
  for (let at = text.indexOf(letter); at >= 0; at = text.indexOf(letter, at + 1)) times++;
  return times;
}
