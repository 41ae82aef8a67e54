/** Series for the tests of the page. Everyone in them is invented. */
import type { TouchedFile } from "../../src/core/diff/diffstat";
import type { Patch, Series } from "../../src/core/series/series";
import { ada, ben, samplePatch, sampleRevision, sampleSeries } from "./pageBuilders";

const lockHunk = [
  " \tstruct timer *t = &v->arch.timer;",
  " \tunsigned long flags;",
  " ",
  "-\tspin_lock_irqsave(&t->lock, flags);",
  "-\tif (timer_expired(t))",
  "-\t\ttimer_cancel(t);",
  "+\tguard(spinlock_irqsave)(&t->lock);",
  "+\tif (timer_expired(t) && !t->frozen)",
  "+\t\ttimer_cancel(t);",
  "+",
  " \tv->arch.loaded = true;",
  " \treturn 0;",
  " }",
];
const callHunk = [
  " static void vcpu_put(struct vcpu *v)",
  " {",
  "-\ttimer_save(v, true);",
  "+\ttimer_save(v);",
  " \tv->arch.loaded = false;",
  " }",
];
const freshHunk = Array.from({ length: 24 }, (_, at) => `+\tcase TIMER_STATE_${at}: /* reached when the guest rearms in window ${at} */`);

const letter = `Hi,

loading a vCPU takes the timer lock twice, and between the two a reader can
see a timer that is neither armed nor cancelled.  This series takes the lock
once (see https://lore.kernel.org/kvm/20250901.7-ben@example.org/ for the
report) and makes the helpers say what they expect.

Patches 1-2 prepare, patch 4 is the change itself.  The numbers below are
from a guest with 64 vCPUs:

             before    after
  load        410 ns   265 ns
  put         190 ns   185 ns

v3:
 - Use guard() in the first patch. [Ben]
 - Drop the tracepoint; it can come later. [Chen]
 - https://lore.kernel.org/all/20251201.0-ada@example.org

v2:
 - Rebase on kvm-x86/next.
 - Split the helper from its users.

v1 (RFC):
 - https://lore.kernel.org/all/20251010.0-ada@example.org

Thanks,
Ada

Ada Marsh (4):
  KVM: x86: Add a helper that saves a timer
  KVM: x86: Take the lock before the list is walked
  KVM: VMX: Say that the caller holds the lock
  KVM: selftests: Load and unload a vCPU in a loop

Ben Okoro (1):
  KVM: x86: Document who owns a frozen timer

 Documentation/virt/kvm/locking.rst             |  9 +++++++++
 arch/x86/kvm/lapic.c                           | 14 +++++++++-----
 arch/x86/kvm/vmx/vmx.c                         |  2 +-
 tools/testing/selftests/kvm/x86/load_loop.c    | 24 ++++++++++++++++++++++++
 4 files changed, 43 insertions(+), 6 deletions(-)


base-commit: 0123456789abcdef0123456789abcdef01234567
-- 
2.52.0
`;

/** A series as an archive has it: three revisions, one of them elsewhere, diffs, reviews, a gap. */
export function reviewedSeries(): Series {
  const lapic = { path: "arch/x86/kvm/lapic.c", hunks: [lockHunk, callHunk] };
  const patches = [
    samplePatch(1, "KVM: x86: Add a helper that saves a timer", [lapic], {
      trailers: [
        { key: "Reviewed-by", value: "Ben Okoro <ben@example.org>", via: "patch" },
        { key: "Acked-by", value: "Chen Rivera <chen@example.org>", via: "reply" },
      ],
    }),
    samplePatch(
      2,
      "KVM: x86: Document who owns a frozen timer",
      [{ path: "Documentation/virt/kvm/locking.rst", hunks: [["+Who owns it", "+-----------"]] }],
      {
        author: ben,
        message: "Write it down.\n\nSigned-off-by: Ben Okoro <ben@example.org>\n---\nChen, is this the wording you meant?\n",
      },
    ),
    samplePatch(4, "KVM: x86: Take the lock before the list is walked", [lapic, { path: "arch/x86/kvm/vmx/vmx.c", hunks: [callHunk] }], {
      trailers: [{ key: "Reviewed-by", value: "Ben Okoro <ben@example.org>", via: "reply" }],
    }),
    samplePatch(5, "KVM: selftests: Load and unload a vCPU in a loop", [
      { path: "tools/testing/selftests/kvm/x86/load_loop.c", hunks: [freshHunk] },
    ]),
  ];
  const diffstat: TouchedFile[] = [
    { path: "Documentation/virt/kvm/locking.rst", changed: 9, added: 9, deleted: 0 },
    { path: "arch/x86/kvm/lapic.c", changed: 19, added: 14, deleted: 5 },
    { path: "arch/x86/kvm/vmx/vmx.c", changed: 2, added: 1, deleted: 1 },
    { path: "tools/testing/selftests/kvm/x86/load_loop.c", changed: 24, added: 24, deleted: 0 },
  ];
  const third = sampleRevision({
    patches,
    expected: 5,
    missing: [3],
    diffstat,
    cover: {
      messageId: "20260112.0-ada@example.org",
      subject: "[PATCH v3 0/5] KVM: x86: Take the timer lock once while a vCPU is loaded",
      body: letter,
    },
  });
  const second = sampleRevision({
    version: 2,
    title: "KVM: x86: Take the timer lock only once",
    date: "2025-12-01T12:00:00Z",
    messageId: "20251201.0-ada@example.org",
    patches: patches.slice(0, 2),
    expected: 2,
  });
  return sampleSeries([second, third], {
    elsewhere: [
      { version: 1, rfc: true, messageId: "20251010.0-ada@example.org", url: "https://lore.kernel.org/all/20251010.0-ada@example.org" },
    ],
    links: [{ from: 0, to: 1, evidence: ["changelog-link", "same-title"] }],
  });
}

/** A series as a digest has it: no dates, Message-IDs or diffs, titles of several authors without numbers, scaled counts. */
export function digestSeries(): Series {
  const rows = Array.from({ length: 12 }, (_, at) => {
    const changed = [3, 36, 359, 210, 15, 8, 63, 11, 138, 2, 321, 31][at] ?? 1;
    return { path: `arch/x86/${["kvm", "virt", "include/asm"][at % 3] ?? ""}/${at === 4 ? "" : "vmx/"}part${at}.c`, changed };
  });
  const body = `The idea is to move only what others need, and nothing more.

Ben Okoro (1):
  x86/virt: Consolidate the hotplug handling

Ada Marsh (5):
  KVM: x86: Move the reboot flag to x86
${[2, 3, 4, 5].map((at) => `  KVM: VMX: Move part ${at} of the enablement to the kernel`).join("\n")}

${rows.map(({ path, changed }) => ` ${path.padEnd(34)} | ${String(changed).padStart(3)} ${changed > 3 ? "+".repeat(Math.ceil(changed / 30)) + "-".repeat(Math.ceil(changed / 60)) : "+".repeat(changed)}`).join("\n")}
 12 files changed, 717 insertions(+), 480 deletions(-)
`;
  const bare = { message: null, diff: null, files: [], trailers: [], messageId: null };
  const patches: Patch[] = [
    samplePatch(1, "KVM: x86: Move the reboot flag to x86", [{ path: "arch/x86/kvm/x86.c", hunks: [callHunk] }], {
      diff: null,
      messageId: null,
    }),
    { ...bare, index: null, title: "x86/virt: Consolidate the hotplug handling", author: ben },
    ...[2, 3, 4, 5].map((at) => ({
      ...bare,
      index: null,
      title: `KVM: VMX: Move part ${at} of the enablement to the kernel`,
      author: ada,
    })),
  ];
  const diffstat = rows.map(({ path, changed }) => ({
    path,
    changed,
    added: changed > 3 ? null : changed,
    deleted: changed > 3 ? null : 0,
  }));
  const revision = sampleRevision({
    patches,
    expected: 6,
    date: null,
    messageId: null,
    author: { name: "Ada Marsh", email: "" },
    diffstat: [...diffstat, { path: ".../kvm/vmx/tail.c", changed: null, added: null, deleted: null }],
    cover: { messageId: null, subject: "[PATCH v3 0/6] Move the enablement", body },
    source: "001_digest.txt",
  });
  return sampleSeries([revision], { subsystem: "x86/tdx", status: "new" });
}

/** Mail that wants to be more than text. */
export function hostileSeries(): Series {
  const title = `<img src=x onerror="alert(1)"> [click](command:workbench.action.quit) \u202Eevil\u202C <script>alert(2)</script>`;
  const evilPath = '../../etc/<b onmouseover="alert(3)">passwd';
  const patch = samplePatch(1, title, [
    {
      path: evilPath,
      hunks: [
        ["+<script>alert(4)</script>", '-"><svg onload=alert(5)>', "+if (admin\u202E) { /* \u2066 */", " </table></details><h1>out</h1>"],
      ],
    },
    { path: 'a" onclick="alert(6)', hunks: [["+x"]] },
  ]);
  const message = `<style>*{display:none}</style> command:workbench.action.quit javascript:alert(7) [a](javascript:alert(8))
data:text/html,<script>alert(9)</script> https://lore.kernel.org@evil.example/x https://ok.example.org/?a=1&b="><script>alert(10)</script>
</div></details><iframe src="https://evil.example"></iframe> https://bidi.example.org/\u202Emoc`;
  const revision = sampleRevision({
    title,
    patches: [{ ...patch, message, author: { name: "<u>Eve</u>\u202E", email: '"><script>alert(11)</script>' } }],
    expected: 1,
    messageId: '"><img src=x onerror=alert(12)>',
    source: "<b>source</b>",
    cover: { messageId: null, subject: title, body: `${message}\n\nv2:\n - <a href="javascript:alert(13)">x</a>\n` },
    diffstat: [
      { path: evilPath, changed: 3, added: 2, deleted: 1 },
      { path: "/etc/passwd", changed: 1, added: 1, deleted: 0 },
    ],
  });
  return sampleSeries([revision], {
    subsystem: "<i>x86</i>",
    elsewhere: [{ version: 1, rfc: false, messageId: "x@example.org", url: "javascript:alert(14)" }],
  });
}

/** A long series: so many patches, so many lines of diff in all. */
export function longSeries(patches: number, lines: number): Series {
  const each = Math.floor(lines / patches / 3);
  const list = Array.from({ length: patches }, (_, at) => {
    const changes = [0, 1, 2].map((file) => ({ path: `arch/x86/kvm/area${at}/file${file}.c`, hunks: hunksOf(each, at + file) }));
    return samplePatch(at + 1, `KVM: x86: Step ${at + 1} of moving the timers to their own file`, changes);
  });
  return sampleSeries([sampleRevision({ patches: list, cover: { messageId: null, subject: "[PATCH 00/44] Move", body: letter } })]);
}

function hunksOf(lines: number, seed: number): string[][] {
  const hunks: string[][] = [];
  for (let at = 0; at < lines; at += 24) hunks.push(Array.from({ length: Math.min(24, lines - at) }, (_, line) => lineOf(line, at + seed)));
  return hunks;
}

function lineOf(line: number, seed: number): string {
  const sign = line < 4 || line > 20 ? " " : line < 10 ? "-" : line < 17 ? "+" : " ";
  const change = sign === "+" ? "timer_load_locked" : "timer_load";
  return `${sign}\tret = ${change}(vcpu, state[${(line % 7) + seed}], flags | FLAG_${seed % 9});`;
}
