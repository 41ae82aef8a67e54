/** The programs that send mail to kernel lists: how each is recognised by its sender, and its name. */
import type { Author } from "./author";

interface Robot {
  readonly label: string;
  readonly address?: RegExp;
  readonly name?: RegExp;
}

/** The first match counts. `b4` relays the mail of people and is not one of them. */
const robots: readonly Robot[] = [
  { label: "kernel test robot", address: /^(?:lkp|oliver\.sang)@intel\.com/i, name: /\bkernel test robot\b/i },
  { label: "syzbot", address: /^(?:syzbot[+@]|syzkaller-bugs@)/i, name: /\bsyzbot\b/i },
  { label: "Sashiko", address: /^sashiko/i, name: /\bsashiko(?:[- ]bot)?\b/i },
  { label: "Patchew", address: /@patchew\.org$/i },
  { label: "KernelCI", address: /^kernelci|@kernelci\.org$/i, name: /\bkernelci\.org bot\b/i },
  { label: "Patchwork", address: /^patchwork-bot/i, name: /\bpatchwork[- ]bot\b/i },
  { label: "tip-bot", address: /^tip-bot2?@/i, name: /\btip-bot2?\b/i },
  { label: "pr-tracker", address: /^pr-tracker-bot@/i },
  { label: "CIP", address: /^cip-bot/i },
  { label: "Hulk Robot", name: /\bhulk robot\b/i },
  { label: "bot", address: /^(?:bot@|[\w.+-]*-bots?@|robot@|noreply@|no-reply@|build-bot)/i },
];

/** The name of the program that sent a mail; null for a person. */
export function robotOf({ name, email }: Author): string | null {
  return robots.find((one) => one.address?.test(email) === true || one.name?.test(name) === true)?.label ?? null;
}
