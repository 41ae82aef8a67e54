/** A patch that many people and a robot had something to say of, as bytes of mails; all invented. */
import type { Series } from "../../src/core/series/series";
import { bytesById, type MailBytes, seriesOfMails } from "./pageArchive";

const ada = "Ada Marsh <ada@example.org>";
const ben = "Ben Okoro <ben@example.org>";
const chen = "Chen Rivera <chen@example.org>";
const robot = "kernel test robot <lkp@intel.com>";
const title = "[PATCH v2] KVM: x86: Count the timers of a vCPU";

function mail(id: string, from: string, answers: string | null, day: number, body: string): Uint8Array {
  const date = new Date(Date.UTC(2026, 0, 12 + day, 9, 30)).toUTCString().replace("GMT", "+0000");
  const headers = [
    `From: ${from}`,
    "To: kvm@lists.example.org",
    `Subject: ${answers === null ? title : `Re: ${title}`}`,
    `Date: ${date}`,
    `Message-ID: <${id}@example.org>`,
    ...(answers === null ? [] : [`In-Reply-To: <${answers}@example.org>`]),
    "List-Id: <kvm.lists.example.org>",
  ];
  return new TextEncoder().encode(`${headers.join("\n")}\n\n${body}`);
}

const patch = `The count is asked for more often than it changes.

Signed-off-by: Ada Marsh <ada@example.org>
---
 arch/x86/kvm/lapic.c | 8 ++++++--
 1 file changed, 6 insertions(+), 2 deletions(-)

diff --git a/arch/x86/kvm/lapic.c b/arch/x86/kvm/lapic.c
index 1111111..2222222 100644
--- a/arch/x86/kvm/lapic.c
+++ b/arch/x86/kvm/lapic.c
@@ -100,8 +100,12 @@ static int timers_of(struct vcpu *v)
 {
 	struct timer *t;
-	int n = 0;
+	unsigned int n = 0;
 
-	list_for_each(t, &v->timers)
+	if (v->timers_known)
+		return v->timers_count;
+	list_for_each_entry(t, &v->timers, link)
 		n++;
+	v->timers_count = n;
+	v->timers_known = true;
 	return n;
 }
-- 
2.52.0
`;

/** @param crowd how many more people answer, each with a comment on one line */
export function commentMails(crowd = 0): Uint8Array[] {
  return [
    mail("p1", ada, null, 0, patch),
    mail(
      "c1",
      ben,
      "p1",
      1,
      "> -	int n = 0;\n> +	unsigned int n = 0;\n\nWhy is it unsigned now?  The function still returns an int,\nsee https://example.org/manual?section=4.\n\n> +	v->timers_count = n;\n> +	v->timers_known = true;\n\nWho clears this when a timer is added?\n",
    ),
    mail(
      "c2",
      ada,
      "c1",
      2,
      "> > +	unsigned int n = 0;\n> \n> Why is it unsigned now?\n\nIt cannot be negative.  I will change the return type too.\n",
    ),
    mail("c3", chen, "c2", 3, "> It cannot be negative.\n\nThen <b>say</b> so in the message.\n"),
    mail(
      "c4",
      robot,
      "p1",
      2,
      "All warnings (new ones prefixed by >>):\n\n>> arch/x86/kvm/lapic.c:106:2: warning: 'link' is not in 'struct timer'\n     list_for_each_entry(t, &v->timers, link)\n     ^~~~~~~~~~~~~~~~~~~\n",
    ),
    ...Array.from({ length: crowd }, (_, at) =>
      mail(`x${at}`, chen, "p1", 4, `> +	list_for_each_entry(t, &v->timers, link)\n> 		n++;\n\nRemark ${at} on the loop.\n`),
    ),
  ];
}

/** The series of the patch, and its mails. */
export function commentedSeries(crowd = 0): { readonly series: Series; readonly mails: MailBytes } {
  const bytes = commentMails(crowd);
  const [series] = seriesOfMails(bytes);
  if (!series) throw new Error("The mails make no series");
  return { series, mails: bytesById(bytes) };
}
