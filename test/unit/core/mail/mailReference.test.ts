import assert from "node:assert/strict";
import { referencesIn } from "../../../../src/core/mail/mailReference";

const id = "20260301.1-2-ada@example.org";

suite("references to mails", () => {
  const urls: ReadonlyArray<readonly [string, string | null]> = [
    [`https://lore.kernel.org/all/${id}`, id],
    [`https://lore.kernel.org/kvm/${id}/`, id],
    [`http://lore.kernel.org/r/${id}/T/#u`, id],
    [`https://lore.kernel.org/kvm/${id}/t.mbox.gz`, id],
    [`https://lore.kernel.org/kvm/${id}/raw`, id],
    [`https://lore.kernel.org/kvm/${id}/#r`, id],
    [`https://lore.kernel.org/kvm/${id}#t`, id],
    [`HTTPS://LORE.kernel.org/kvm/${id}/t/#m1800c5f5b3d4`, id],
    ["https://lore.kernel.org/kvm/a%2Fb%2Bc@example.org/", "a/b+c@example.org"],
    [`https://lore.kernel.org/kvm/${id.replace("@", "%40")}/`, id],
    [`https://lkml.kernel.org/r/%3C${id}%3E`, id],
    [`https://patch.msgid.link/${id}`, id],
    [`https://msgid.link/${id}`, id],
    [`https://patchew.org/QEMU/${id}/`, id],
    [`https://patchew.org/QEMU/${id}/mbox`, id],
    [`https://patchwork.kernel.org/project/kvm/patch/${id}/`, id],
    [`https://patchwork.ozlabs.org/project/kvm-ppc/cover/${id}/`, id],
    [`https://patchwork.ozlabs.org/patch/msgid/${id}`, id],
    [`https://marc.info/?i=${id}`, id],
    [`https://marc.info/?l=kvm&i=${id}`, id],
    [`https://marc.info/?i=%3C${id.replace("@", "%40")}%3E`, id],
    ["https://marc.info/?l=kvm&m=177000000000000&w=2", null],
    [`https://mid.mail-archive.com/${id}`, id],
    [`https://www.mail-archive.com/${id}`, id],
    [`https://www.mail-archive.com/search?l=mid&q=${id}`, id],
    ["https://www.mail-archive.com/qemu-devel@lists.example.org/msg152842.html", null],
    [`https://lore.gnuweeb.org/gwml/${id}/`, id],
    [`https://yhbt.net/lore/all/${id}/T/`, id],
    [`https://public-inbox.org/git/${id}/`, id],
    [`https://inbox.sourceware.org/gdb-patches/${id}/`, id],
    [`nntp://nntp.lore.kernel.org/${id}`, id],
    [`https://lore.kernel.org/all/${id}.`, id],
    [`https://lore.kernel.org/all/${id}).`, id],
    ["https://lore.kernel.org/kvm/", null],
    ["https://lore.kernel.org/kvm/?q=f:ada@example.org", null],
    ["https://lore.kernel.org/kvm/%E0%A4%A/", null],
    [`https://lore.kernel.org.example.org/${id}`, null],
    [`https://example.org/${id}`, null],
    ["https://github.com/ada@example/linux", null],
    ["https://lkml.org/lkml/2020/9/16/72", null],
    [`ftp://lore.kernel.org/${id}`, null],
  ];
  for (const [url, expected] of urls) test(`Message-ID of ${url}`, () => assert.equal(referencesIn(url)[0]?.messageId ?? null, expected));

  const lines: ReadonlyArray<readonly [string, readonly string[]]> = [
    [`v1: <${id}>`, [`marked ${id}`]],
    [`v1:${id}`, [`bare ${id}`]],
    [`id:${id}.`, [`bare ${id}`]],
    [`(id:"${id}")`, [`bare ${id}`]],
    [`[v1](https://lore.kernel.org/r/${id})`, [`link ${id}`]],
    [`<https://lore.kernel.org/r/${id}>,`, [`link ${id}`]],
    [`see lore.kernel.org/r/${id}; and <b1@example.org>`, [`link ${id}`, "marked b1@example.org"]],
    [`'${id.replace("@", "%40")}'`, [`bare ${id}`]],
    ["Ada Lind <ada@example.org>", ["marked ada@example.org"]],
    ["nobody@ @nowhere a@b@c https://example.org/a@b", []],
  ];
  for (const [line, expected] of lines) {
    test(line, () =>
      assert.deepEqual(
        referencesIn(line).map(({ form, messageId }) => `${form} ${messageId}`),
        expected,
      ),
    );
  }

  test("says where each stands", () => {
    const line = `Link to v1: <${id}>, v2:https://lore.kernel.org/r/${id}.`;
    assert.deepEqual(
      referencesIn(line).map(({ start, end }) => line.slice(start, end)),
      [id, `https://lore.kernel.org/r/${id}`],
    );
  });
});
