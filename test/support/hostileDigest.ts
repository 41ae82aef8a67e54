import { digestText } from "./digestText";

/** What a stranger may write into a mail to be taken for more than text, in one line. */
export const hostileTitle =
  "KVM: <img src=x onerror=hacked()> [a](command:workbench.action.quit) $(bug) `c` **b** <script>hacked()</script> \u202egnp.exe";

/** The same as a person shall see it. */
export const visibleTitle = hostileTitle.replace("\u202e", "⟨U+202E⟩");

export const hostileAuthor = "<b>Eve</b> [x](command:workbench.action.quit) $(flame)";

/** Paths of its diffstat that must never be joined to a folder. */
export const outsidePaths = ["../../../../../../etc/passwd", "/etc/passwd"];

const body = `A cover letter with <script>hacked()</script> and <img src=x onerror=hacked()>.

[click](command:workbench.action.quit) javascript:hacked() file:///etc/passwd
data:text/html,<script>hacked()</script> command:workbench.action.quit

<b>Eve</b> (2):
  KVM: First [a](command:workbench.action.quit) $(bug)
  KVM: <script>hacked()</script> second

 ${outsidePaths[0]} | 2 ++
 ${outsidePaths[1]} | 2 ++
 arch/x86/kvm/<img src=x onerror=hacked()>.c | 2 ++
 arch/x86/kvm/[a](command:workbench.action.quit).c | 2 ++
 arch/x86/kvm/x86.c | 2 ++
 5 files changed, 10 insertions(+)`;

/** A digest with one series whose every field is hostile. */
export function hostileDigest(): string {
  return digestText([{ subject: `[PATCH v2 0/2] ${hostileTitle}`, author: `${hostileAuthor} <eve@example.com>`, body }]);
}
