/** A thread that was talked about a lot, as bytes of mails: the odd things that a page has to show are all in it. All invented. */
import { diffOf } from "./pageBuilders";
import { bytesById, seriesOfMails, type MailBytes } from "./pageArchive";
import type { Series } from "../../src/core/series/series";

interface Draft {
  readonly id: string;
  readonly from: string;
  readonly subject: string;
  readonly day: number;
  readonly body: string;
  readonly answers?: string;
  readonly to?: string;
  readonly list?: string;
  /** Headers beyond those every mail has. */
  readonly more?: readonly string[];
}

const ada = "Ada Marsh <ada@example.org>";
const ben = "Ben Okoro <ben@example.org>";
const chen = "Chen Rivera <chen@example.org>";
const robot = "kernel test robot <lkp@intel.com>";
const both = "kvm@lists.example.org, linux-mm@lists.example.org, linux-block@lists.example.org";

function mail({ id, from, subject, day, body, answers, to = both, list = "kvm.lists.example.org", more = [] }: Draft): Uint8Array {
  const date = new Date(Date.UTC(2026, 0, 12 + day, 9, 30)).toUTCString().replace("GMT", "+0000");
  const headers = [
    `From: ${from}`,
    `To: ${to}`,
    `Subject: ${subject}`,
    `Date: ${date}`,
    `Message-ID: <${id}@example.org>`,
    ...(answers === undefined ? [] : [`In-Reply-To: <${answers}@example.org>`]),
    `List-Id: <${list}>`,
    ...more,
  ];
  return new TextEncoder().encode(`${headers.join("\n")}\n\n${body}`);
}

/** Lines that somebody quotes. */
function quoted(count: number): string {
  return Array.from({ length: count }, (_, at) => `> ${at % 5 === 4 ? "" : `+\ttimer_step(v, ${at});`}`.trimEnd()).join("\n");
}

const hunk = [" static void step(struct vcpu *v)", " {", "-\ttimer_save(v, true);", "+\ttimer_save(v);", " \tv->loaded = false;", " }"];

function patchMail(index: number, title: string, path: string, more: Partial<Draft> = {}): Uint8Array {
  const body = `Say it once, and where it is done (patch ${index}).

Signed-off-by: Ada Marsh <ada@example.org>
---
v2: asked for by Ben

 ${path} | 2 +-
 1 file changed, 1 insertion(+), 1 deletion(-)

${diffOf([{ path, hunks: [hunk] }])}-- 
2.52.0
`;
  return mail({ id: `p${index}`, from: ada, subject: `[PATCH v2 ${index}/5] ${title}`, day: 0, answers: "p0", body, ...more });
}

const cover = `Hi,

the timers are saved twice.  See https://lore.kernel.org/kvm/20250901.7-ben@example.org/ for how that was found.

v2:
 - Asked for by Ben: say it once.

Ada Marsh (5):
  KVM: x86: Save a timer once
  KVM: x86: Say who owns a timer
  mm: Let a guest keep its page
  KVM: x86: Walk the list under the lock
  KVM: selftests: Load a vCPU in a loop

base-commit: 0123456789abcdef0123456789abcdef01234567
prerequisite-patch-id: 89abcdef0123456789abcdef0123456789abcdef
-- 
2.52.0
`;

const longReview = `On Mon, Jan 12, 2026, Ada Marsh wrote:
${quoted(31)}

Why is the last step special?  I would expect
https://example.org/manual?section=4&page=2 to say so.

> -	timer_save(v, true);
> +	timer_save(v);

With that explained:

Reviewed-by: Ben Okoro <ben@example.org>

${quoted(12)}
-- 
Ben
`;

const hostile = `<script>alert(1)</script> <img src=x onerror=alert(2)> \u202Eevil\u202C [x](command:workbench.action.quit)
javascript:alert(3) https://evil.example/?"><b>x</b>

> <h1>quoted</h1> </details></div>
`;

const attached = `--=_cut
Content-Type: text/plain; charset=utf-8

The whole log is attached.
--=_cut
Content-Type: application/gzip; name="dmesg <b>.log.gz"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="dmesg <b>.log.gz"

H4sIAAAAAAAAAwMAAAAAAAAAAAA=
--=_cut--
`;

/** All mails of the thread. Patch 3 of 5 went to another list alone. */
export function threadMails(): Uint8Array[] {
  const list = "linux-mm.lists.example.org";
  return [
    mail({ id: "p0", from: ada, subject: "[PATCH v2 0/5] KVM: x86: Save timers once", day: 0, body: cover }),
    patchMail(1, "KVM: x86: Save a timer once", "arch/x86/kvm/lapic.c"),
    patchMail(2, "KVM: x86: Say who owns a timer", "arch/x86/kvm/x86.c"),
    patchMail(4, "KVM: x86: Walk the list under the lock", "arch/x86/kvm/vmx/vmx.c"),
    patchMail(4, "KVM: x86: Walk the list under the lock", "arch/x86/kvm/vmx/vmx.c", { id: "p4again", day: 1, answers: "p4" }),
    patchMail(5, "KVM: selftests: Load a vCPU in a loop", "tools/testing/selftests/kvm/x86/load.c", { list }),
    mail({ id: "r1", from: ben, subject: "Re: [PATCH v2 1/5] KVM: x86: Save a timer once", day: 1, answers: "p1", body: longReview }),
    mail({
      id: "r2",
      from: ada,
      subject: "Re: [PATCH v2 1/5] KVM: x86: Save a timer once",
      day: 2,
      answers: "r1",
      body: "> Why is the last step special?\n\nIt frees the timer.  I will say so in v3.\n",
    }),
    mail({
      id: "r3",
      from: chen,
      subject: "Re: [PATCH v2 1/5] KVM: x86: Save a timer once",
      day: 3,
      answers: "r2",
      body: "Nacked-by: Chen Rivera <chen@example.org>\nTested-by: Dana Novak <dana@example.org>\n\nPlease not in this series.\n",
    }),
    mail({
      id: "r4",
      from: robot,
      subject: "Re: [PATCH v2 1/5] KVM: x86: Save a timer once",
      day: 2,
      answers: "p1",
      body: attached,
      more: ["MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="=_cut"'],
    }),
    mail({
      id: "r5",
      from: `"<u>Eve</u>" <eve@example.org>`,
      subject: "Re: [PATCH v2 2/5] KVM: x86: Say who owns a timer",
      day: 2,
      answers: "p2",
      body: hostile,
    }),
    mail({
      id: "r6",
      from: ben,
      subject: "Re: [PATCH v2 0/5] KVM: x86: Save timers once",
      day: 6,
      answers: "p0",
      body: "On Mon, 12 Jan 2026, Ada Marsh wrote:\n> the timers are saved twice.\n\nApplied to kvm-x86 misc, thanks!\n\n[1/5] KVM: x86: Save a timer once\n      https://example.org/commit/?id=abcdef0123456789abcdef0123456789abcdef01\n[2/5] KVM: x86: Say who owns a timer\n      https://example.org/commit/?id=fedcba9876543210fedcba9876543210fedcba98\n",
    }),
    mail({
      id: "r7",
      from: chen,
      subject: "Re: [PATCH v2 0/5] KVM: x86: Save timers once",
      day: 1,
      answers: "p0",
      body: "Acked-by: Chen Rivera <chen@example.org>\n",
    }),
  ];
}

/** The series of the thread, and its mails. */
export function threadSeries(): { readonly series: Series; readonly mails: MailBytes } {
  const bytes = threadMails();
  const [series] = seriesOfMails(bytes);
  if (!series) throw new Error("The thread makes no series");
  return { series, mails: bytesById(bytes) };
}
