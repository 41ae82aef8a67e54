/** Finds the characters in mail that hide text or reverse it, and writes them out so that a person sees them. */

/**
 * Control characters except tab and LF, bidirectional controls, zero-width and invisible ones, tags, lone surrogates.
 * The joiner inside an emoji (ZWJ after a pictograph) does not count, since it only joins pictures.
 */
export const hiddenCharacters =
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|(?<!\p{Extended_Pictographic}\ufe0f?|\p{Emoji_Modifier})\u200d|\u034f|\u17b4|\u17b5|[\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

/** The code point of a character in hex, with at least four digits. */
export function codePoint(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}

/** Whether a text has characters that hide or reverse text. */
export function hasHiddenCharacters(text: string): boolean {
  hiddenCharacters.lastIndex = 0;
  return hiddenCharacters.test(text);
}

/** Writes hidden characters out as `⟨U+202E⟩`, where plain text is shown: labels, terminals, announcements. */
export function visibleText(text: string): string {
  return text.replace(hiddenCharacters, (character) => `⟨U+${codePoint(character)}⟩`);
}

/** Writes hidden characters out as the escapes of JSON, so that it means the same. */
export function visibleJson(json: string): string {
  return json.replace(hiddenCharacters, (character) =>
    Array.from({ length: character.length }, (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`).join(""),
  );
}
