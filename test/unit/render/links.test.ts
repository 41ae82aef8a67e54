import assert from "node:assert/strict";
import { linkedText } from "../../../src/render/html";
import { webUrl } from "../../../src/shared/protocol";

suite("links", () => {
  const urls = (text: string): string[] => Array.from(linkedText(text).matchAll(/data-url="([^"]*)"/g), ([, url]) => url ?? "");

  for (const [text, expected] of [
    ["see https://lore.kernel.org/all/20260112.1-a@example.org/.", ["https://lore.kernel.org/all/20260112.1-a@example.org/"]],
    ["(https://example.org/a_(b)) and <https://example.org/c>", ["https://example.org/a_(b)", "https://example.org/c"]],
    ["[1] https://example.org/x?a=1&b=2#c, then", ["https://example.org/x?a=1&amp;b=2#c"]],
    ["http://example.org:8080/", ["http://example.org:8080/"]],
    ["javascript:alert(1) data:text/html,x command:workbench.action.quit vscode://x file:///etc/passwd", []],
    ["https://lore.kernel.org@evil.example/ https://a:b@evil.example/", []],
    ["https:// https://[ https://exa\u202Emple.org", []],
    [`https://example.org/${"x".repeat(3000)}`, []],
  ] as const) {
    test(`links in ${text.slice(0, 60)}`, () => assert.deepEqual(urls(text), expected));
  }

  test("the text is the same with its links as without", () => {
    const text = `a <b> "https://example.org/?q=<x>" & 'c'`;
    const shown = linkedText(text)
      .replace(/<[^>]*>/g, "")
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&quot;", '"')
      .replaceAll("&#39;", "'");
    assert.equal(shown.replaceAll("&amp;", "&"), text);
  });

  test("an address is normalised, so that a look-alike host shows what it is", () => {
    assert.equal(webUrl("https://ex\u0430mple.org/"), "https://xn--exmple-4nf.org/");
    assert.equal(webUrl("ftp://example.org"), null);
  });
});
