import { badMail } from "./badMails";
import { hostileAuthor, hostileTitle, outsidePaths } from "./hostileDigest";

/** Names of files in the diffs: outside every tree, or more than a name. */
export const hostileFiles = [
  ...outsidePaths,
  "arch/x86/kvm/<img src=x onerror=hacked()>.c",
  "arch/x86/kvm/[a](command:workbench.action.quit).c",
  "arch/x86/kvm/x86.c",
];

/** What stands in messages, lines of diffs and replies. */
export const hostileText =
  "<img src=x onerror=hacked()> <script>hacked()</script> [click](command:workbench.action.quit) $(bug) javascript:hacked()";

const from = `"${hostileAuthor}" <eve@example.org>`;

/** A series of one patch with a cover letter, and a reply to each; every field is hostile. */
export function hostileMails(): Buffer[] {
  const answers = (id: string): string => `In-Reply-To: <${id}>\nReferences: <${id}>\n`;
  const diffs = hostileFiles.map(
    (file) =>
      `diff --git a/${file} b/${file}\n--- a/${file}\n+++ b/${file}\n@@ -1,2 +1,2 @@ ${hostileText}\n ${hostileText}\n-old\n+${hostileText}\n`,
  );
  return [
    badMail({
      number: 1,
      from,
      id: "cover@example.org",
      subject: `[PATCH v2 0/1] ${hostileTitle}`,
      body: `A cover letter with ${hostileText}\n`,
    }),
    badMail({
      number: 2,
      from,
      id: "patch@example.org",
      subject: `[PATCH v2 1/1] ${hostileTitle}`,
      headers: answers("cover@example.org"),
      body: `A message with ${hostileText}\n\nReviewed-by: ${from}\n---\n${diffs.join("")}-- \n2.43.0\n`,
    }),
    badMail({
      number: 3,
      from,
      id: "reply@example.org",
      subject: `Re: [PATCH v2 1/1] ${hostileTitle}`,
      headers: answers("patch@example.org"),
      body: `> ${hostileText}\n\nAn answer with ${hostileText}\nfile:///etc/passwd data:text/html,<script>hacked()</script>\n`,
    }),
  ];
}
