/**
 * Text from strangers on its way into HTML: nothing of it becomes markup, and characters that hide or turn text round
 * are written out, so that a person sees what is there and not what its author wants to be seen.
 */
import { remembering } from "../core/memory/memory";

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Escapes text for element content and for quoted attribute values. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/**
 * Control characters except tab and LF, bidirectional controls, zero-width and invisible ones, tags, lone surrogates.
 * The joiner inside an emoji (ZWJ after a pictograph) is left alone, since it only joins pictures.
 */
const hidden =
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|(?<!\p{Extended_Pictographic}\ufe0f?|\p{Emoji_Modifier})\u200d|\u034f|\u17b4|\u17b5|[\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

const names: Readonly<Record<string, string>> = {
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

function codePoint(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}

/** Whether a text holds characters that hide or turn text round. */
export function hasHiddenCharacters(text: string): boolean {
  hidden.lastIndex = 0;
  return hidden.test(text);
}

/** Writes hidden characters out as `⟨U+202E⟩`, for places that take plain text: labels, terminals, announcements. */
export function visibleText(text: string): string {
  return text.replace(hidden, writtenOut);
}

const writtenOut = remembering((character) => `⟨U+${codePoint(character)}⟩`);

/** Writes hidden characters of JSON out as escapes of its own, so that it says the same and shows nothing of them. */
export function visibleJson(json: string): string {
  return json.replace(hidden, (character) =>
    Array.from({ length: character.length }, (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`).join(""),
  );
}

/** Writes hidden characters out in HTML that is already escaped, each in a span whose tooltip names it. */
export function revealHiddenInHtml(html: string): string {
  return html.replace(hidden, revealed);
}

/** A mail may hold a hundred thousand of them. */
const revealed = remembering((character) => {
  const code = codePoint(character);
  return `<span class="hidden-character" title="U+${code} ${names[code] ?? "invisible character"}">⟨U+${code}⟩</span>`;
});

/** Text as element content: escaped, with hidden characters written out. */
export function visibleHtml(text: string): string {
  return revealHiddenInHtml(escapeHtml(text));
}

/** Text as a quoted attribute value that people read: escaped, with hidden characters written out. */
export function visibleAttribute(text: string): string {
  return escapeHtml(visibleText(text));
}
