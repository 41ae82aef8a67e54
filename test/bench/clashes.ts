/** How long the numbers and names of many pending series take to read and to compare, and the longest time without a pause. */
import { setImmediate } from "node:timers/promises";
import { readClashes, readDefinitions } from "../../src/library/clashes";
import { projectOfSeries } from "../../src/library/library";
import { makeSlicer } from "../../src/library/slices";
import { bytesById, seriesOfMails } from "../support/pageArchive";
import { rawMail } from "../support/rawMail";

export interface ClashFigures {
  readonly series: number;
  readonly patches: number;
  readonly clashes: number;
  readonly firstMs: number;
  /** When all mails were read before. */
  readonly againMs: number;
  readonly longestBlockMs: number;
}

const [header, requests] = ["include/uapi/linux/kvm.h", "arch/x86/include/asm/kvm_host.h"];

/** Each series has four patches and takes the numbers of another one. */
export async function benchClashes(count: number): Promise<ClashFigures> {
  const mails = Array.from({ length: count * 4 }, (_, place) => {
    const [at, index] = [Math.floor(place / 4), place % 4];
    const number = 300 + Math.floor(at / 2);
    const file = index === 0 ? header : index === 1 ? requests : `virt/kvm/teapot${at}_${index}.c`;
    const line = index === 0 ? `#define KVM_CAP_TEAPOT_${at} ${number}` : `#define KVM_REQ_TEAPOT_${at} KVM_ARCH_REQ(${number})`;
    const context = Array.from({ length: 200 }, (_line, row) => ` /* line ${row} of what is around it */\n`).join("");
    const diff = `diff --git a/${file} b/${file}\n--- a/${file}\n+++ b/${file}\n@@ -10,200 +10,201 @@\n${context}+${line}\n`;
    const id = `s${at}-${index}@example.org`;
    const subject = `[PATCH ${index + 1}/4] KVM: Add teapot ${at} part ${index}`;
    return rawMail({ id, subject, ...(index === 0 ? {} : { to: `s${at}-0@example.org` }), body: `Because.\n---\n${diff}-- \n2.39.5\n` });
  });
  const [bytes, series] = [bytesById(mails), seriesOfMails(mails)];
  const known = readDefinitions();
  let longest = 0;
  const run = async (): Promise<readonly [number, number]> => {
    await setImmediate();
    const start = performance.now();
    let [since, isOver] = [start, false];
    const watch = async (): Promise<void> => {
      while (!isOver) {
        await setImmediate();
        longest = Math.max(longest, performance.now() - since);
        since = performance.now();
      }
    };
    const watched = watch();
    const found = await readClashes(series, {
      library: {
        mailBytes: (ids) => Promise.resolve(new Map(ids.flatMap((id) => (bytes.has(id) ? [[id, bytes.get(id)!] as const] : [])))),
      },
      projectOf: projectOfSeries,
      below: () => [],
      tree: () => Promise.resolve(null),
      known,
      pause: makeSlicer(() => false),
    });
    isOver = true;
    await watched;
    return [performance.now() - start, found?.length ?? 0];
  };
  const [firstMs, clashes] = await run();
  const [againMs] = await run();
  return { series: series.length, patches: mails.length, clashes, firstMs, againMs, longestBlockMs: longest };
}
