import type { Frame } from "playwright-core";

/** What a hostile text has become in a frame, by its name: an element, or a script that ran. */
export async function nothingOf(frame: Frame): Promise<string[]> {
  return frame
    .evaluate(() => {
      const made = [...document.querySelectorAll("img[src='x'], img[onerror]")].map((element) => element.outerHTML);
      const scripts = [...document.scripts].map((script) => script.text).filter((text) => text.includes("hacked"));
      return [...made, ...scripts];
    })
    .catch(() => []);
}
