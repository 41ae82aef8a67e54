/** Mails with something missing or odd in them. */

export interface BadMail {
  readonly number: number;
  readonly subject?: string;
  readonly from?: string;
  /** Null leaves the field out. */
  readonly date?: string | null;
  readonly id?: string | null;
  /** Further header lines. */
  readonly headers?: string;
  readonly body?: string;
}

/** A patch to arch/x86/kvm/x86.c, unless said otherwise. */
export function badMail({ number, subject, from, date, id, headers = "", body }: BadMail): Buffer {
  const lines = [
    `From: ${from ?? "Ada <ada@example.org>"}\n`,
    date === null ? "" : `Date: ${date ?? "Mon, 19 Oct 2026 10:00:00 +0000"}\n`,
    `Subject: ${subject ?? `[PATCH] KVM: x86: Change number ${number}`}\n`,
    id === null ? "" : `Message-ID: <${id ?? `bad${number}@example.org`}>\n`,
    headers,
    "\n",
    body ?? patch(number),
  ];
  return Buffer.from(lines.join(""));
}

function patch(number: number): string {
  const file = "arch/x86/kvm/x86.c";
  return `Some words.

Signed-off-by: Ada <ada@example.org>
---
 ${file} | 2 +-
 1 file changed, 1 insertion(+), 1 deletion(-)

diff --git a/${file} b/${file}
index 1111111..2222222 100644
--- a/${file}
+++ b/${file}
@@ -${number * 10} +${number * 10} @@ int f(void)
-old ${number}
+new ${number}
-- 
2.43.0
`;
}

/** As mboxrd, of mails without lines to be quoted. */
export function mboxOf(...mails: readonly Buffer[]): Buffer {
  return Buffer.concat(
    mails.map((mail) => Buffer.concat([Buffer.from("From mboxrd@z Thu Jan  1 00:00:00 1970\n"), mail, Buffer.from("\n")])),
  );
}
