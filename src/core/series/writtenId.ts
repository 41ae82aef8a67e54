/** An id as a person has it at hand: from a list, a mail's header, a page of the list's archive, or another tool. */

/** Nothing that names a mail is longer. */
const longestText = 2000;

/**
 * What a text may mean by an id, the likeliest first: a series' id, a Message-ID without its brackets. Links are read whatever
 * server they lead to, since a mail's own server may be anybody's; a Message-ID may hold a slash itself, so the whole text comes first.
 */
export function idsMeant(text: string): string[] {
  const whole = withoutLabel(text.slice(0, longestText).trim());
  const parts = whole.split(/[\s/?#&=]+/).filter((part) => part.includes("@") || part.includes("%"));
  const candidates = [whole, ...parts].flatMap((part) => [bare(part), bare(decoded(part))]);
  return [...new Set(candidates)].filter((one) => one !== "");
}

/** `Message-ID: <...>`, `id:...` and `mid:...`, as headers and other tools have it. */
function withoutLabel(text: string): string {
  return text.replace(/^(?:message-id|in-reply-to|link|url|id|mid|m):\s*(?=\S)/i, "");
}

function bare(text: string): string {
  const inside = /^<([^<>]*)>[.,;]?$/.exec(text)?.[1] ?? text.replace(/^[<("“]+/, "").replace(/[>)"”.,;:]{1,8}$/, "");
  return /^[0-9a-f]{1,12}$/i.test(inside) ? inside.toLowerCase() : inside;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
