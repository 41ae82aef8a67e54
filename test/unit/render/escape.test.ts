import fc from "fast-check";
import assert from "node:assert/strict";
import { hasHiddenCharacters, visibleText } from "../../../src/core/mail/hiddenCharacters";
import { escapeHtml, visibleAttribute, visibleHtml } from "../../../src/render/html";

suite("escape", () => {
  test("markup becomes text", () => {
    assert.equal(escapeHtml(`<a href="x" title='y'>&amp;</a>`), "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;");
  });

  test("characters that hide or turn text round are written out", () => {
    assert.equal(visibleText("a\u202Eb\u200B\u0007\r\u2066\uFEFF"), "a⟨U+202E⟩b⟨U+200B⟩⟨U+0007⟩⟨U+000D⟩⟨U+2066⟩⟨U+FEFF⟩");
    assert.equal(visibleText("\u{e0041}\ud800"), "⟨U+E0041⟩⟨U+D800⟩");
    assert.equal(visibleHtml("<\u202E"), '&lt;<span class="hidden-character" title="U+202E right-to-left override">⟨U+202E⟩</span>');
    assert.equal(visibleAttribute('"\u202E'), "&quot;⟨U+202E⟩");
  });

  test("ordinary text of any script is left alone, joined pictures too", () => {
    const text = "\tJürgen 李雷 שלום\n👩\u200d💻 🏳️\u200d🌈 é";
    assert.equal(visibleText(text), text);
    assert.equal(visibleText("ad\u200dmin"), "ad⟨U+200D⟩min");
    assert.equal(hasHiddenCharacters(text), false);
    assert.deepEqual([hasHiddenCharacters("\u202E"), hasHiddenCharacters("\u202E")], [true, true]);
  });

  test("no text makes markup or leaves a hidden character", () => {
    // Of all characters there are, few are markup or hidden, so these are tried more often.
    const any = fc.integer({ min: 0, max: 0x10ffff }).map((point) => String.fromCodePoint(point));
    const unit = fc.oneof(any, fc.constantFrom("<", ">", '"', "'", "&", "\u202e", "\u200d", "\ufe0f", "\u{1f469}", "\ud83d", "\ude00"));
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        const html = visibleHtml(text);
        assert.doesNotMatch(html.replace(/<span class="hidden-character" title="U\+[0-9A-F]+ [a-z -]+">|<\/span>/gi, ""), /[<>"']/);
        assert.equal(hasHiddenCharacters(html), false);
      }),
    );
  });
});
