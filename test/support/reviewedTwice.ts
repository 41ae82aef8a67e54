/** The mails of an invented series of two revisions with reviews: one patch is the same but for its context, the other one changed. */
import type { Author } from "../../src/core/mail/author";
import { adding, bodyOf, drifted, type MadePatch } from "./comparedSeries";
import { bea, cleo, day, start } from "./madeMail";
import { rawMail } from "./rawMail";

const count = adding("KVM: x86: Count the teapots", "arch/x86/kvm/teapot.c", "	count_teapots(kvm);", "	tell_teapots(kvm);");
const warm = adding("KVM: x86: Warm the teapots", "arch/x86/kvm/warm.c", "	warm_teapot(vcpu);", "	wait_for_steam(vcpu);");
const hot = adding("KVM: x86: Warm the teapots", "arch/x86/kvm/warm.c", "	warm_teapot(vcpu);", "	wait_for_whistle(vcpu);");

export const byBea = "Bea Baker <bea@example.org>";
export const byCleo = "Cleo Carver <cleo@example.net>";
export const byEd = "Ed Fell <ed@example.org>";

/** Its first mail is `v1-0@example.org`; those of v2 are `v2-0@example.org` and so on. */
export function reviewedTwice(): Buffer[] {
  return [
    ...posting(1, [count, warm], "Tea.\n"),
    answer("a1", "v1-1", bea, `Reviewed-by: ${byBea}\n`),
    answer("a2", "v1-2", bea, `Reviewed-by: ${byBea} # the warm part\n`),
    answer("a3", "v1-0", cleo, "Acked-by: Cleo Carver\n <cleo@example.net>\n"),
    ...posting(2, [drifted(count), { ...hot, trailers: [`Acked-by: ${byCleo}`] }], `Tea.\n\nTested-by: ${byEd}\n`),
    answer("a4", "v2-2", { name: "Di Ek", email: "di@example.org" }, `Tested-by: ${byBea}\n`),
  ];
}

function posting(version: number, patches: readonly MadePatch[], letter: string): Buffer[] {
  const at = start + version * day;
  const mail = (place: number, title: string, body: string): Buffer =>
    rawMail({
      id: `v${version}-${place}@example.org`,
      subject: `[PATCH v${version} ${place}/${patches.length}] ${title}`,
      at: at + place * 1000,
      ...(place > 0 ? { to: `v${version}-0@example.org` } : {}),
      body,
    });
  return [mail(0, "KVM: x86: Add teapots", letter), ...patches.map((patch, at) => mail(at + 1, patch.title, bodyOf(patch)))];
}

function answer(id: string, to: string, from: Author, body: string): Buffer {
  return rawMail({ id: `${id}@example.org`, subject: "Re: Tea", from, at: start + 1.5 * day, to: `${to}@example.org`, body });
}
