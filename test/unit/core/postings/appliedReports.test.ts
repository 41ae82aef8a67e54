import assert from "node:assert/strict";
import type { Author } from "../../../../src/core/mail/author";
import type { ReportedApplied } from "../../../../src/core/series/series";
import { alex, bea, hour, made, madeSeries, revisionOf, start } from "../../../support/madeMail";

const titles = ["One", "Two", "Three", "Four", "Five"].map((name) => `KVM: x86: Step ${name.toLowerCase()}`);
const paths = titles.map((_, at) => `arch/x86/kvm/f${at + 1}.c`);

interface Answer {
  readonly body: string;
  /** 0 is the cover letter. */
  readonly to?: number;
  readonly from?: Author;
  readonly subject?: string;
}

/** What is reported of five patches by one answer. */
function reports({ body, to = 0, from = bea, subject = `Re: [PATCH ${to}/5] KVM: x86: Steps` }: Answer): readonly ReportedApplied[] {
  const answer = made({ id: "r@example.org", subject, from, at: start + hour, to: `v1-${to}@example.org`, body });
  return revisionOf(madeSeries({ id: "v1", title: "KVM: x86: Steps", titles, paths }), answer).posted?.applied ?? [];
}

/** `all`, `1 3`, or `none`. */
function said(answer: Answer): string {
  const found = reports(answer);
  if (found.length === 0) return "none";
  if (found.some(({ patches }) => patches === null)) return "all";
  const numbers = [...new Set(found.flatMap(({ patches }) => patches ?? []))].sort((a, b) => a - b);
  return numbers.length === 0 ? "some" : numbers.join(" ");
}

function each(cases: readonly string[], expected: string, more: Partial<Answer> = {}): void {
  const wrong = cases.map((body) => [body, said({ ...more, body: `${body}\n` })]).filter(([, found]) => found !== expected);
  assert.deepEqual(wrong, []);
}

suite("what an answer reports as applied", () => {
  test("a finished act on what is answered, however maintainers put it", () => {
    each(
      [
        "Applied, thanks.",
        "Applied, thanks!",
        "Applied. Thanks!",
        "applied.",
        "Applied",
        "Thanks, applied.",
        "Thanks! Applied.",
        "Thanks Alex, applied.",
        "Hi Alex, applied to kvm/next, thanks.",
        "Ok, applied, thank you.",
        "OK, I applied this.",
        "Looks good to me, applied.",
        "It looks good to me, applied to for-next.",
        "Applied to kvm-x86 misc, thanks!",
        "Applied to powerpc/next.",
        "Applied to vfio next branch for v5.20 with a conversion to a multi-line\ncomment to avoid the long line.  Thanks,",
        "Applied for 6.12, thanks.",
        "Applied to the hmm tree with the modification I noted, I think all the\ncomments in the past versions were addressed.",
        "Applied on branch fixes-6.12 after the typo was fixed. Applied to my fixes branch.",
        "Applied both, and all the rest too. Applied all, thanks.",
        "Belatedly merged through other eyes, applied to my tree now.",
        "Queued, thanks.",
        "Queued up for 6.13, thanks!",
        "Queued for the next merge window.",
        "Queued. Paolo, please test kvm/next in a couple of days.",
        "Now queued for 6.9, sorry for the delay.",
        "Merged to for-next.",
        "Merged, thanks.",
        "Merged into kvm/next, thanks a lot.",
        "Now merged through misc/queue.",
        "Pushed to kvm/queue, thanks.",
        "Pushed to drm-misc-next.",
        "Picked up, thanks.",
        "Picked this up for 6.15, thanks.",
        "Picked up for tip:x86/urgent.",
        "Pulled into my tree, thanks!",
        "Taken, thanks.",
        "Taken through the vfio tree.",
        "Took this, thanks.",
        "I took this for 6.4.",
        "I took it into my for-next branch.",
        "I've taken this in my next branch.",
        "I have taken this series in my kvm-ppc-next branch.",
        "I applied this to example-queue, I will place it in example/master too\nunless you shout.",
        "I've applied this to ppc-for-6.1.",
        "This is a reasonable cleanup regardless of the rest, so\nI've applied this to ppc-for-6.1, all of it.",
        "I have now queued this.",
        "I've queued this for 6.20.",
        "I queued this series, but reworked the commit log and fixed a couple of\nirritating issues.",
        "I went ahead and applied this to kvm/queue.",
        "I fixed up the commit message and applied it to kvm/queue.",
        "We've merged this into the example/next branch.",
        "Rebased, and queued with the fix that Sean suggested.",
        "Fixed up the subject and applied to next, thanks.",
        "I have this queued for 6.8 already.",
        "I've got it queued in my tree.",
        "Now in my tree.",
        "This is now in my tree.",
        "In kvm/next now.",
        "In -next now, thanks.",
        "This is now in kvm/next.",
        "Committed to trunk, thanks.",
        "Pushed, thanks!",
        "Staged for 6.18, thanks.",
        "Added to for-next, thanks.",
        "I've added this to my for-next branch.",
        "Grabbed, thanks.",
        "Cherry-picked to fixes, thanks.",
        "Applying to kvm/next, thanks.",
        "Queueing for 6.3, thanks!",
        "I'm taking this through my next tree.",
        "This has been applied to kvm/next, thanks.",
        "It's been queued in kvm/queue.",
        "This is now queued in kvm/queue.",
        "Series is now applied to the powerpc topic/ppc-kvm branch.",
        "Patch series applied to my kvm-ppc-next tree.  I added two\npatches of mine on top.",
        "This set was merged to kvm/next by me.",
        "Everything is in order.  All patches applied, thanks.",
        "The whole series has been applied to kvm-arm64/misc.",
        "Entire series queued.",
        "Applied all of these, thanks.",
        "Applied *all* patches to _next_, thanks.",
        '"Applied" to kvm/next, thanks.',
        "Hello:\n\nI have pushed this to kvm/queue, and will push it out to kvm/next next week.",
        "applied and queued for master.\n\nThank you",
        "Queued, but can you please send the test too?",
        "Applied, thanks. Could you send a fix for the comment?",
        "Queued, thanks\nBea",
        "Thanks, applied\nBest regards,\nBea",
        "Applied, Thanks Alex",
        "Applied.. thanks",
        "Applied with minor tweaks, thanks.",
        "Applied (with a fixed up subject), thanks.",
        "Applied, with the last sentence of the comment removed.",
        "Applied without changes, thanks.",
        "I’ve applied this to my tree.",
        "Since I have already applied this to my tree, please send a fix on top.",
        "Applied to https://git.example.org/kvm.git next",
        "Applied to\n\n   https://git.example.org/linux.git for-next\n\nThanks!",
        "I applied this series internally and queued for CI.",
        "Applied to for-next, we use it elsewhere already.",
        "Thanks, picked.",
        "I've queued this on a stable branch here:\n\nhttps://git.example.org/linux.git topic",
        "Applied on kvm/next, thanks.",
        "Given how long this has been around, I've picked this series up, applying Bea's\nfixes in the process.",
        "Fixed up, and applied anyway.",
        "Thanks this is queued for next.",
        "thanks applied (assuming Paolo's agreement)",
        "Queued to\n\nhttps://git.example.org/kvm-unit-tests.git s390x-next",
        "Yes, of course.  I have just pushed it to kvm/next and I'll send it\ntomorrow.",
      ],
      "all",
    );
  });

  test("no wish, plan, condition, question, and nothing that was not done", () => {
    each(
      [
        "It would be good to have this merged before the window closes.",
        "Once the other half is merged I can drop my workaround.",
        "Once applied, this needs a test.",
        "If applied, it would break the build.",
        "When this is applied, the guest hangs.",
        "Should be applied after the other series.",
        "This should be merged for 6.12.",
        "This can be applied to kvm/next.",
        "This could be queued for 6.12.",
        "This will be merged into kvm/next.",
        "I will apply this to kvm/next.",
        "I'll queue it, thanks.",
        "I'll get this queued for 6.12.",
        "I am going to queue this patch.",
        "I was about to queue this.",
        "I would have applied this, but it does not build.",
        "I'd have merged it.",
        "I can take it through my tree.",
        "I'd like to see this applied to kvm/next.",
        "I want it merged into next.",
        "Please get this merged.",
        "Can this be applied to kvm/next, please?",
        "Can you take this?",
        "Has this been applied?",
        "Has this been applied to kvm/next?",
        "Is this merged already, or does it wait for a review?",
        "Applied?",
        "Queued for 6.12?",
        "Was this applied to kvm/next?",
        "Have you applied this to kvm/next?",
        "Did you merge it?",
        "I have not applied this, since it does not build.",
        "I haven't merged it because there were questions.",
        "Not applied.",
        "Not queued yet.",
        "This was never merged.",
        "This is not yet applied to kvm/next.",
        "It hasn't been applied to next.",
        "Nobody applied this.",
        "This doesn't apply to kvm/next.",
        "It does not apply.",
        "I've dropped this from my queue.",
        "Reverted, sorry.",
        "I applied this to kvm/next and then reverted it.",
        "I added this to my fixes-test, will pull it since you are taking it.",
        "I had queued this for my local build to play with it.",
        "I had applied it to my tree, but that was wrong.",
        "I doubt this will be merged.",
        "I don't think this was merged.",
        "I hope this is applied soon.",
        "I guess it was applied to the wrong tree.",
        "Assuming this series actually gets merged this\ntime, the old versions could be removed.",
        "As soon as this is merged to kvm/next, I will rebase.",
        "Before this is applied to kvm/next, fix the comment.",
        "After this was merged to kvm/next, my guest stopped working.",
        "Since this patch is merged my VM is experiencing a crash at boot.",
        "Waiting for this to be applied to the next branch.",
        "Speaking of that, do you have an\nidea when it will be merged?",
        "Ready to be applied.",
        "To be merged via kvm/next.",
        "Ping, this needs to be queued for 6.12.",
        "I think I can get this queued up for 5.17 sooner than\nlater.",
        "Merging them as soon as they're ready would be my preference.",
      ],
      "none",
    );
  });

  test("nobody but who did it: not you, not others, not who tries it, not a robot", () => {
    each(
      [
        "I see that you have merged the patch to kvm/queue, although it still has\nto be tested.",
        "You have applied this to kvm/next.",
        "Paolo applied this to kvm/next.",
        "Paolo has already queued this.",
        "It looks like you\nalready have queued the patch.",
        "This was already applied in kvm/next by Paolo.",
        "Somebody merged this into the wrong tree.",
        "Looking at the code with the whole series applied I see no more warnings.",
        "My guest boots with this patch applied.",
        "With this series applied, all is well.",
        "With this patch, applied on top of v6.12, I see no crash.",
        "I applied this locally and it builds.",
        "I have applied this locally and tested.",
        "I have applied this patch and tested it.",
        "I applied this series on top of kvm/next and ran the selftests.",
        "I've applied your patches on a\ndifferent base than the one you're using.",
        "I applied this patch, built a kernel and booted it.",
        "- I checked out v5.13 and powerpc/merge, applied this patch, built a\n  defconfig and boot tested it.",
        "(1) applied the patch which shares the page with the hypervisor.",
        "Applied cleanly.",
        "Applied cleanly on kvm/next.",
        "Applied and tested, works for me.",
        "Applies fine to kvm/next.",
        "Built with no patches applied at all.",
        "I tried that again (applied the series on v5.16-rc8 after applying the other), and it\nworked fine.",
        "I applied this series to the then current master several days ago, so I have no\nproblem reasoning about that state of code.",
        "I applied this series to the latest kvm/queue.",
        "I applied this on kvm/next and see a warning.",
        "I've applied the series on top of linux-next.",
        "Great, I pulled it and merged the next series.",
        "I pushed them here:",
        "I thought we agreed I'm merging this through my tree, not net-next.",
        "Works disabled _without_ this patch\napplied.",
        "stock kernel (*no patches applied at all*) after just few seconds.",
        "Tested-by: Bea Baker <bea@example.org> # applied to kvm/next",
        "Tested on v6.12 with the series applied to kvm/next.",
      ],
      "none",
    );
    each(
      [
        "[If your patch is applied to the wrong git tree, kindly drop us a note.\nAnd when submitting patch, we suggest to use '--base']",
        "Applied to kvm/next for a build.\n\nBuild error.",
        "url: https://example.org/c/0123456789ab\nmerged to kvm/next",
      ],
      "none",
      { from: { name: "kernel test robot", email: "lkp@intel.com" } },
    );
    each(["Applied, thanks.", "This series was applied to kvm/next."], "none", { from: { name: "syzbot", email: "syzbot@example.org" } });
  });

  test("no word of the code, of hardware or of another work", () => {
    each(
      [
        "I read it as follows: when the bit is set the branch is taken and the\nsecond interrupt has been queued behind the first one.",
        "We should make sure that the length of a vector that is off is not\ntaken into account when the state is allocated.",
        "The reference is taken here.",
        "The lock is taken.",
        "It is taken under the lock.",
        "Taken together, this is fine.",
        "Taken from the previous version of this patch.",
        "Taken care of.",
        "This check is taken from the previous version of this patch.",
        "I have taken a further look into the code.",
        "I took a look.",
        "I took this to mean that it is broken.",
        "I took it as a hint.",
        "I took that into account.",
        "This has to be taken into account.",
        "It was pushed onto the stack.",
        "We have pushed the limits further on a 1TB system.",
        "I just pushed a new tree https://example.org/linux/tree/kvm-in-c-3",
        "I pushed the fix in my QEMU branch :",
        "Queued spinlocks are faster.",
        "queued spinlock selection, obviously.",
        "Queued events are lost here.",
        "The event is queued to the next vCPU.",
        "It is queued.",
        "They are merged into one.",
        "Merged EBB/BHRB and PMU patches into one and reorganized code.",
        "- Merged both patches into one.",
        "- Picked up Reviewed-by tags.",
        "Picked up the tags, thanks.",
        "I picked this approach because it is simple.",
        "I've merged this into the previous patch.",
        "I applied that to next patchset version.",
        "I have queued the typo fixes for v2.",
        "I have a fix queued for that.",
        "There is a patch queued in\nlinux-mm which removes it.",
        "I have this queued:\n  https://patches.example.org/patch/4711/\nWhich I think does the same thing?",
        "I have the other series queued in kvm/next.",
        "I've applied your other patch to kvm/next.",
        "I've applied v1 of this series to kvm/next.".replace("v1", "v7"),
        "The header it needs was merged in v6.9.",
        "This patch was merged in linux 4.16 and thus is on the 4.16.y\nstable branch.",
        "A similar fix was applied to kvm/next.",
        "A followup was immediately added to x86 to\nencapsulate the logic.",
        "Some of the optimization has been merged into the mainline.",
        "some architectures have been merged, some need to update the patch.",
        "kvm/next is stuff that is merged and will be in the next merge window.",
        "The same fix needs to be applied there.",
        "If the offset is applied per cpu, why don't we get this info only there?",
        "The patch that introduced this was merged in 2019.",
        "Applied the comments, thanks.",
        "Fair point, taken.",
        "Unapplied for now; it was queued in kvm/next but breaks 32-bit.",
        "Good catch, taken.",
        "I applied your suggestion, thanks.",
        "Applied Sean's suggestion to the next version.",
        "I have simply replaced it.",
        "Added a test, thanks.",
        "Committed memory is not freed.",
        "The value is in the tree.",
        "It is in the list now.",
        "> Applied, thanks.\n\nThank you!",
        "On Mon, Bea wrote:\n> Applied to kvm/next, thanks.\n\nGreat!",
        "-----Original Message-----\nFrom: Bea\n\nApplied, thanks.",
        "Great, thanks.\n\nFrom: Bea Baker\nSent: Monday\nTo: Alex\n\nApplied to kvm/next, thanks.",
        "diff --git a/f.c b/f.c\n--- a/f.c\n+++ b/f.c\n@@ -1,1 +1,2 @@\n int a;\n+queued, thanks\n applied to kvm/next\n",
        "\tapplied to kvm/next\n",
        "-- \nApplied to kvm/next, thanks.",
      ],
      "none",
    );
  });

  test("prose names patches of the series", () => {
    const cases: ReadonlyArray<readonly [body: string, expected: string, to?: number]> = [
      ["Queued 1 and 3, thanks. I have to think more about 2.", "1 3"],
      ["Queued 1-2 and 4-5.", "1 2 4 5"],
      ["Queued and 1-3 and 5, thanks.  There's a small issue in patch 4.", "1 2 3 5"],
      ["Applied 1-2 to example misc, thanks!", "1 2"],
      ["Applied patches 1 and 2 to kvm-x86 fixes, thanks!", "1 2"],
      ["Applied patches 1, 2, and 5 to fixes.", "1 2 5"],
      ["Applied patches 1,2,5 to fixes.", "1 2 5"],
      ["Applied patch 1 to fixes and patches 3-4 to next.", "1 3 4"],
      ["Applied 1-2 to fixes and 5 to next, thanks.", "1 2 5"],
      ["Queued 1-2 for this release and 4 for the next one, thanks.", "1 2 4"],
      ["Queued 1 for 6.21, and 3 for 6.22.", "1 3"],
      ["Queued 1 for 6.21, and 3 for you to look at again.", "1"],
      ["Patch 2 applied to powerpc/fixes.", "2"],
      ["Patches 2-4 applied to powerpc/next.", "2 3 4"],
      ["Patches 1-2 applied.  Thanks.", "1 2"],
      ["On the first three: applied.", "1 2 3"],
      ["On the first three: applied, thanks.", "1 2 3"],
      ["For patches 1 and 2: applied to kvm/next.", "1 2"],
      ["For 1-3, queued, thanks.", "1 2 3"],
      ["Regarding the last patch: applied.", "5"],
      ["On patch 4: applied, thanks.", "4"],
      ["For the whole series: applied, thanks.", "all"],
      ["Re the rest: applied, thanks.", "some"],
      ["The rest: applied, thanks.", "some"],
      ["1-3 applied, 4 and 5 need another round.", "1 2 3"],
      ["Patch #3 applied, thanks.", "3"],
      ["Applied #1 and #4, thanks.", "1 4"],
      ["Applied 2/5 to kvm/next.", "2"],
      ["Patches 1 to 3 of this series applied to my tree.", "1 2 3"],
      ["Thanks, patches 3 and 4 of this series applied to my kvm-ppc-next branch.", "3 4", 3],
      ["I've queued patches 1 through 3, thanks.", "1 2 3"],
      ["I've applied patch 2 to kvm/next.", "2"],
      ["I queued 1, 2 & 4.", "1 2 4"],
      ["Patch 1 has been applied to kvm/next.", "1"],
      ["Patches 4-5 are now queued in kvm/queue.", "4 5"],
      ["To spare the others the noise, applied patch 1 to example next.\nI'll send a v2 for the rest.", "1"],
      ["Applied the first two patches, thanks.", "1 2"],
      ["Applied the first patch to fixes.", "1"],
      ["Queued the last two patches for 6.12.", "4 5"],
      ["I've applied the last patch to my tree.", "5"],
      ["OK, I've applied this set, minus #2 which was applied elsewhere.", "1 3 4 5"],
      ["Applied to kvm/next, except for patch 4.", "1 2 3 5"],
      ["Applied all but patch 3, thanks.", "1 2 4 5"],
      ["Queued everything except 2 and 3.", "1 4 5"],
      ["Series applied, excluding the last patch.", "1 2 3 4"],
      ["Applied without patch 5, thanks.", "1 2 3 4"],
      ["Queued the selftest patches, thanks.", "some"],
      ["I've applied the remaining patches to kvm/next.", "some"],
      ["Series applied to example next, thanks.", "all", 1],
      ["Applied the series, thanks.", "all", 1],
      ["I've queued the whole series.", "all", 3],
      ["All patches applied.", "all", 2],
      ["All five patches queued, thanks.", "all", 2],
      ["Series (minus patch 1, which is in already) queued.", "2 3 4 5", 2],
      ["Thanks, patches 1, 3 and 4 are now in kvm/next.", "1 3 4"],
      ["Patches 1, 2, and 5 are queued, thanks.", "1 2 5"],
      ["Queued, with the extra newline removed. Thanks!", "2", 2],
      ["All applied, thanks.", "all", 2],
      ["Applied, thanks.", "2", 2],
      ["I applied this patch to my tree.", "4", 4],
      ["Patch applied to my kvm-ppc-fixes branch.", "3", 3],
      ["Both applied, thanks.", "2", 2],
      ["Applied patches 1-5, thanks.", "all"],
      ["Patch 1 applied to fixes.\n\nPatches 2 and 3 applied to next.", "1 2 3"],
      ["Queued 1-3, 4 needs more work.", "1 2 3"],
      ["Applied 1 and 2, 3 and 5 still have conflicts.", "1 2"],
      ["Applied 1-2 to fixes; 3-4 to next.", "1 2 3 4"],
      ["Applied patches 1-2 to fixes, and 4 to next.", "1 2 4"],
      ["Patch 1: applied to fixes.", "1"],
      ["- 1/5: applied, thanks\n- 2/5: needs a test", "1"],
      ["Patches 1, 2 and 4: queued.", "1 2 4"],
      ["Applied, but not patch 3.", "1 2 4 5"],
      ["Applied up to patch 3, thanks.", "1 2 3"],
      ["I've queued this up to and including patch 2.", "1 2"],
      ["Regarding this series:\n\n- I am queuing it up to this patch\n\n- I am queuing it to kvm/next.", "1 2 3", 3],
      ["Applied only patches 1-2.", "1 2"],
      ["Merged patch 1.", "1"],
      ["I was hoping for some more tests of these, but for now I queued patches 1 and\n2. Thanks,", "1 2"],
      ["I've picked up patches 2 and 3 for 6.9.", "2 3"],
      ["Patches 1/5 and 2/5 applied.", "1 2"],
      ["Applied 01-04, thanks.", "1 2 3 4"],
      ["Applied all except the last one.", "1 2 3 4"],
      ["Applied the patch to my testing branch, thanks!", "some"],
      ["Applied the patch to my testing branch, thanks!", "2", 2],
      ["I've queued this patch.", "some"],
      ["Applied 5 days ago, thanks.", "none"],
      ["Applied to 6.12-rc3, thanks.", "all"],
      ["Queued for 5.3, thanks.", "all"],
      ["Applied patch 9, thanks.", "all"],
    ];
    const wrong = cases.map(([body, expected, to = 0]) => [body, said({ body: `${body}\n`, to }), expected]);
    assert.deepEqual(
      wrong.filter(([, found, expected]) => found !== expected),
      [],
    );
  });

  test("part of the shortlog that is quoted above names patches", () => {
    const body = `On Sun, Alex Archer wrote:\n> Alex Archer (5):\n>   ${titles[0] ?? ""}\n>   ${titles[3] ?? ""}\n\nApplied to my tree, thanks!\n\n>   ${titles[4] ?? ""}\n\nThis one needs an ack.\n`;
    assert.equal(said({ body }), "1 4");
  });

  test("what is listed by title has its commit or none, and never the next one's", () => {
    const list = (...lines: string[]): string =>
      `Applied to kvm-x86 misc, thanks!\n\n${lines.join("\n")}\n--\nhttps://git.example.org/tree/next\n`;
    const found = (body: string, more: Partial<Answer> = {}): unknown =>
      reports({ body, ...more }).map(({ patches, commit }) => [patches, commit]);
    const url = "      https://git.example.org/kvm/c/";
    assert.deepEqual(found(list(`[1/5] ${titles[0] ?? ""}`, `${url}aaaaaaaaaaaa`, `[2/5] ${titles[1] ?? ""}`, "      (no commit info)")), [
      [[1], "aaaaaaaaaaaa"],
    ]);
    assert.deepEqual(
      found(
        list(
          `  - [1/5] ${titles[0] ?? ""}`,
          "    (no matching commit)",
          `  - [2/5] ${titles[1] ?? ""}`,
          "    https://git.example.org/kvm/c/bbbbbbbbbbbb",
        ),
      ),
      [[[2], "bbbbbbbbbbbb"]],
    );
    // Nothing of it has a commit: then the sentence counts, for what is listed.
    assert.deepEqual(
      found(list(`[1/5] ${titles[0] ?? ""}`, "      (no commit info)", `[3/5] ${titles[2] ?? ""}`, "      (no commit info)")),
      [[[1, 3], null]],
    );
    // A title that the mail program wrapped, or the maintainer reworded.
    assert.deepEqual(found(list("[4/5] KVM: x86: Step", "      four", "      commit: 0123456789abcdef0123456789abcdef01234567")), [
      [[4], "0123456789abcdef0123456789abcdef01234567"],
    ]);
    assert.deepEqual(found(list("[5/5] KVM: Step five, reworded", `${url}cccccccccccc`)), [[[5], "cccccccccccc"]]);
    // Numbers of another posting say nothing of this one.
    assert.deepEqual(
      found(list("[1/9] KVM: arm64: Something else", `${url}cccccccccccc`, `[2/9] ${titles[2] ?? ""}`, `${url}dddddddddddd`)),
      [[[3], "dddddddddddd"]],
    );
    assert.deepEqual(
      found(list(...titles.flatMap((title, at) => [`[${at + 1}/5] ${title}`, `${url}${String(at).repeat(12)}`]))),
      titles.map((_, at) => [[at + 1], String(at).repeat(12)]),
    );
    assert.deepEqual(found(`Applied to powerpc/next.\n\nhttps://git.example.org/powerpc/c/0123456789ab\n\ncheers\n`, { to: 2 }), [
      [[2], "0123456789ab"],
    ]);
    assert.deepEqual(found("Applied to my tree as commit 0123456789ab, thanks.\n", { to: 4 }), [[[4], "0123456789ab"]]);
    assert.deepEqual(found("This is now commit 0123456789ab in kvm/next.\n", { to: 4 }), [[[4], "0123456789ab"]]);
  });

  test("robots that report for a tree", () => {
    const bot = { name: "", email: "patchwork-bot+example@kernel.org" };
    const head =
      "Hello:\n\nThis series was applied to example/linux.git (fixes)\nby Max Oak <max@example.org>:\n\nHi,\n\nHere is the summary with links:\n";
    assert.equal(
      said({
        body: `${head}  - [v1,1/5] ${titles[0] ?? ""}\n    https://git.example.org/c/aaaaaaaaaaaa\n\nYou are awesome, thank you!\n`,
        from: bot,
      }),
      "1",
    );
    assert.equal(
      said({ body: "This patch was applied to example/linux.git (main)\nby Max Oak <max@example.org>:\n", from: bot, to: 3 }),
      "3",
    );
    assert.equal(
      said({
        body: "The pull request you sent on Mon, 2 Nov 2026 18:40:54 +0100:\n\n> https://git.example.org/kvm.git tags/x\n\nhas been merged into torvalds/linux.git:\nhttps://git.example.org/torvalds/c/0123456789ab\n\nThank you!\n",
        from: { name: "", email: "pr-tracker-bot@kernel.org" },
      }),
      "all",
    );
    const tip = reports({
      body: "The following commit has been merged into the x86/urgent branch of tip:\n\nCommit-ID:     0123456789abcdef0123456789abcdef01234567\nGitweb:        https://git.example.org/tip/0123456789ab\n",
      subject: `[tip: x86/urgent] ${titles[1] ?? ""}`,
      from: { name: "tip-bot2 for Max Oak", email: "tip-bot2@linutronix.de" },
      to: 2,
    });
    assert.deepEqual(
      tip.map(({ patches, commit }) => [patches, commit]),
      [[[2], "0123456789abcdef0123456789abcdef01234567"]],
    );
  });

  test("the author himself only where he applies for the tree", () => {
    const own = { from: alex };
    each(
      [
        "Applied, thanks.",
        "Thanks, applied.",
        "Queued, thanks.",
        "This patch is merged through the mm-tree.",
        "I have queued the typo fixes for v2 and\nwait for more comments.",
        "It was applied to kvm/next.",
        "Pushed to my github tree.",
        "I've queued this for 6.12.",
        "Applied to my tree for v2, thanks.",
        "I've applied this to my tree, it will be in the next version.",
        "Queued in my tree for the next version.",
        "I've merged the helpers in my tree.",
        "I have applied your suggestion to my for-next branch.",
      ],
      "none",
      own,
    );
    each(["Applied to my for-next branch, thanks.", "Applied to kvm-x86/misc, thanks!", "I've queued this in kvm/queue."], "all", own);
    assert.equal(said({ ...own, body: `Applied.\n\n[1/5] ${titles[0] ?? ""}\n      commit: 0123456789abcdef\n` }), "1");
    // He may write from another address.
    each(["Applied, thanks."], "none", { from: { name: alex.name, email: "alex@other.example.com" } });
  });

  test("a pull request is reported as applied where the tree is named", () => {
    const pull = made({
      id: "p@example.org",
      subject: "[GIT PULL] KVM: fixes for 6.12",
      body: "The following changes since commit 0123:\n\nare available in the Git repository at:\n\n  https://git.example.org/kvm tags/x\n",
    });
    const answer = (body: string): unknown =>
      revisionOf(
        pull,
        made({
          id: "r@example.org",
          subject: "Re: [GIT PULL] KVM: fixes for 6.12",
          from: bea,
          at: start + hour,
          to: "p@example.org",
          body,
        }),
      ).posted?.applied.map(({ patches }) => patches);
    assert.deepEqual(answer("Pulled, thanks.\n"), []);
    assert.deepEqual(answer("Pulled into kvm/next, thanks.\n"), [null]);
  });

  test("the claim keeps its words, who wrote them and when", () => {
    const body =
      "On Sun, Alex Archer wrote:\n> Hello.\n\nHi Alex.  I have applied this to my kvm-next branch, since nobody\nsaid a word against it.  See you!\n";
    assert.deepEqual(reports({ body }), [
      {
        messageId: "r@example.org",
        from: bea,
        date: "2026-03-01T11:00:00Z",
        patches: null,
        commit: null,
        quote: "I have applied this to my kvm-next branch, since nobody said a word against it.",
      },
    ]);
    const [long] = reports({ body: `Applied to kvm/next, ${"and so on ".repeat(100)}\n` });
    assert(long && long.quote.length <= 301 && long.quote.endsWith("…"));
  });

  test("what a mail says twice of the same patches is one report", () => {
    const twice = "Queued, thanks.\n\nBea\n\n> + teapot();\n\nQueued, thanks.\n\nBea\n";
    assert.deepEqual(
      reports({ body: twice }).map(({ quote, patches }) => [quote, patches]),
      [["Queued, thanks.", null]],
    );
    const parts = "Applied patches 1 and 2, thanks.\n\nI have applied patch 4 too.\n";
    assert.deepEqual(
      reports({ body: parts }).map(({ patches }) => patches),
      [[1, 2], [4]],
    );
  });
});
