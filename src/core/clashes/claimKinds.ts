/**
 * The numbers and names that only one series can have: which lines of which files define them, and in which number space. Another
 * such list is a row in `families`.
 */

/** A number or a name that a line defines. */
export interface Definition {
  /** `capability`, `ioctl`: a person's word for it. */
  readonly kind: string;
  /** The space in which numbers and names must differ: `KVM_CAP_*`, `ioctl KVMIO`. */
  readonly space: string;
  readonly name: string;
  /**
   * The value in the line, without comment: `249`, `_IO(KVMIO, 0xe4)`; `KVM_DEV_TYPE_X + 1` for a counted one; empty for a name
   * without a value.
   */
  readonly value: string;
  /** Null for a name without a value and for a counted one; a bit is its power of two. */
  readonly number: number | null;
  /** The part that allows a tree to have two equal numbers: direction and argument of an ioctl, the size of a register; empty for most. */
  readonly variant: string;
  /** Relative to the tree. */
  readonly path: string;
  /** From one, in the file as its patch leaves it. */
  readonly line: number;
}

interface Family {
  readonly kind: string;
  /** The files that have the list, without a leading `tools/`; see `originalPath`. */
  readonly files: RegExp;
  readonly names: RegExp;
  /** The number space, if the value does not tell it. The path follows for `perFile`. */
  readonly space: string;
  /** Each of the files has a list of its own. */
  readonly perFile?: true;
  /** Values that do not belong to the list. */
  readonly form?: ValueForm;
  /** An enumerator without a value has the number after the one above it, and programs are built with it. */
  readonly counted?: true;
}

/** A number, or a call that names the space too. */
type ValueForm = "number" | "call" | "register" | "bit of a word";

const kvm = /^include\/uapi\/linux\/kvm\.h$/;
const kvmOfArch = /^arch\/[^/]+\/include\/uapi\/asm\/kvm\.h$/;
const anyKvm = /^(?:include\/uapi\/linux|arch\/[^/]+\/include\/uapi\/asm)\/kvm\.h$/;
const para = /^arch\/[^/]+\/include\/uapi\/asm\/kvm_para\.h$/;
const uapi = /^(?:include|arch\/[^/]+\/include)\/uapi\/.*\.h$/;
const number = "number";

const families: readonly Family[] = [
  { kind: "ioctl", files: uapi, names: /^[A-Z]/, space: "ioctl", form: "call" },
  { kind: "capability", files: kvm, names: /^KVM_CAP_/, space: "KVM_CAP_*", form: number },
  // Some exits are followed by names of their details, which count from one again.
  { kind: "exit", files: kvm, names: /^KVM_EXIT_(?!(?:IO|HYPERV|XEN|ARM_SEA)_)/, space: "KVM_EXIT_*", form: number },
  { kind: "system event", files: kvm, names: /^KVM_SYSTEM_EVENT_/, space: "KVM_SYSTEM_EVENT_*", form: number },
  { kind: "register", files: anyKvm, names: /^KVM_REG_/, space: "KVM_REG_*", form: "register" },
  { kind: "device type", files: kvm, names: /^KVM_DEV_TYPE_/, space: "KVM_DEV_TYPE_*", form: number, counted: true },
  { kind: "device group", files: kvmOfArch, names: /^KVM_DEV_ARM_VGIC_GRP_/, space: "KVM_DEV_ARM_VGIC_GRP_*", form: number },
  { kind: "routing type", files: kvm, names: /^KVM_IRQ_ROUTING_(?!XEN_EVTCHN_)/, space: "KVM_IRQ_ROUTING_*", form: number },
  { kind: "run state", files: kvm, names: /^KVM_MP_STATE_/, space: "KVM_MP_STATE_*", form: number },
  { kind: "memory flag", files: kvm, names: /^KVM_MEM_/, space: "KVM_MEM_*", form: number },
  { kind: "guest_memfd flag", files: kvm, names: /^GUEST_MEMFD_FLAG_/, space: "GUEST_MEMFD_FLAG_*", form: number },
  { kind: "VM type", files: kvmOfArch, names: /^KVM_X86_[A-Z0-9_]+_VM$/, space: "KVM_X86_*_VM", form: number },
  { kind: "quirk", files: kvmOfArch, names: /^KVM_X86_QUIRK_/, space: "KVM_X86_QUIRK_*", form: number },
  { kind: "vCPU feature", files: kvmOfArch, names: /^KVM_ARM_VCPU_(?!PMU_V3_|TIMER_|PVTIME_)/, space: "KVM_ARM_VCPU_*", form: number },
  { kind: "SEV command", files: kvmOfArch, names: /^KVM_SEV_(?!(?:SNP_)?PAGE_TYPE_)/, space: "KVM_SEV_*", form: number, counted: true },
  { kind: "TDX command", files: kvmOfArch, names: /^KVM_TDX_/, space: "KVM_TDX_*", form: number, counted: true },
  { kind: "CPU feature", files: kvmOfArch, names: /^KVM_S390_VM_CPU_FEAT_/, space: "KVM_S390_VM_CPU_FEAT_*", form: number },
  { kind: "ISA extension", files: kvmOfArch, names: /^KVM_RISCV_ISA_EXT_/, space: "KVM_RISCV_ISA_EXT_*", form: number, counted: true },
  { kind: "SBI extension", files: kvmOfArch, names: /^KVM_RISCV_SBI_EXT_/, space: "KVM_RISCV_SBI_EXT_*", form: number, counted: true },
  { kind: "feature", files: para, names: /^KVM_FEATURE_/, space: "KVM_FEATURE_*", perFile: true, form: number },
  { kind: "hint", files: para, names: /^KVM_HINTS_/, space: "KVM_HINTS_*", perFile: true, form: number },
  { kind: "MSR", files: para, names: /^MSR_KVM_/, space: "MSR_KVM_*", form: number },
  { kind: "CPUID leaf", files: para, names: /^(?:KVM_)?CPUID_/, space: "KVM_CPUID_*", perFile: true, form: number },
  { kind: "hypercall", files: /^include\/uapi\/linux\/kvm_para\.h$/, names: /^KVM_HC_/, space: "KVM_HC_*", form: number },
  {
    kind: "CPU feature",
    files: /^arch\/x86\/(?:include\/asm\/cpufeatures|kvm\/reverse_cpuid)\.h$/,
    names: /^(?:KVM_)?X86_FEATURE_/,
    space: "X86_FEATURE_*",
    form: "bit of a word",
  },
  // The compiler counts these, so only their names can clash.
  {
    kind: "CPUID leaf",
    files: /^arch\/x86\/(?:include\/asm\/cpufeature|kvm\/reverse_cpuid)\.h$/,
    names: /^CPUID_[0-9A-F_]+_E[ABCD]X$/,
    space: "CPUID_*",
  },
  {
    kind: "request",
    files: /^(?:include\/linux|include\/kvm\/[^/]+|arch\/[^/]+\/include\/asm)\/kvm_host\w*\.h$/,
    names: /^KVM_REQ_/,
    space: "KVM_REQ_*",
    perFile: true,
    form: "call",
  },
  {
    kind: "SMCCC function",
    files: /^include\/linux\/arm-smccc\.h$/,
    names: /^ARM_SMCCC_KVM_FUNC_/,
    space: "ARM_SMCCC_KVM_FUNC_*",
    form: number,
  },
  {
    kind: "command",
    files: /^include\/uapi\/linux\/iommufd\.h$/,
    names: /^IOMMUFD_CMD_/,
    space: "IOMMUFD_CMD_*",
    form: number,
    counted: true,
  },
  {
    kind: "device feature",
    files: /^include\/uapi\/linux\/vfio\.h$/,
    names: /^VFIO_DEVICE_FEATURE_(?!SET_MASTER$|CLEAR_MASTER$)/,
    space: "VFIO_DEVICE_FEATURE_*",
    form: number,
  },
  { kind: "system call", files: /^include\/uapi\/asm-generic\/unistd\.h$/, names: /^__NR_/, space: "__NR_*", form: number },
];

/** The kinds whose names do not stand in a header: see `configOf` and `newFiles`. */
export const fileKind = "file";
export const configKind = "Kconfig symbol";

const kconfig = /^(?:.*\/)?Kconfig(?:\.[\w.-]+)?$/;

/** The header that a path is a copy of, else the path: `tools/` keeps copies of the kernel's headers. */
export function originalPath(path: string): string {
  return /^tools\/(?:include|arch)\//.test(path) ? path.slice("tools/".length) : path;
}

/** Whether a file may have lines that define numbers or names. */
export function holdsClaims(path: string): boolean {
  // Most files have none, which is known without asking every family.
  if (!path.endsWith(".h") && !path.includes("Kconfig")) return false;
  const original = originalPath(path);
  return kconfig.test(path) || families.some(({ files }) => files.test(original));
}

// Reads what a line defines.

/** Longer lines define nothing. */
const longestLine = 400;
/** A name in capitals; names of C functions do not count. */
const definePattern = /^[ \t]*#[ \t]*define[ \t]+([A-Z_][A-Z0-9_]*)[ \t]+(\S.*)$/;
const configPattern = /^(?:menu)?config[ \t]+([A-Za-z0-9_]{1,100})[ \t]*$/;
/** The last name of a list only tells its length. */
const endOfList = /(?:_MAX|_LAST|_NR|_COUNT)$|^(?:NR|__(?!NR_))/;

/** Reads the lines of one file in their order. */
export class ClaimReader {
  readonly #path: string;
  readonly #families: readonly Family[];
  readonly #isKconfig: boolean;
  /** The last enumerator, and how many were counted from it. */
  #above: { readonly name: string; count: number } | null = null;

  constructor(path: string) {
    const original = originalPath(path);
    this.#path = path;
    this.#families = families.filter(({ files }) => files.test(original));
    this.#isKconfig = kconfig.test(path);
  }

  /** Lines are missing between the last one and the next. */
  skip(): void {
    this.#above = null;
  }

  /**
   * What a line defines; null for most lines.
   *
   * @param line its number, from one
   * @param isNew it is not in the file yet, so it is counted from the last line that is
   */
  read(text: string, line: number, isNew: boolean): Definition | null {
    if (text.length > longestLine) return null;
    if (this.#isKconfig) return configOf(text, this.#path, line);
    const bare = withoutComments(text);
    const defined = definePattern.exec(bare);
    if (defined) return this.#definition(defined[1] ?? "", (defined[2] ?? "").trim(), line);
    const listed = enumeratorOf(bare);
    if (!listed) {
      if (bare.includes("{") || bare.includes("}")) this.#above = null;
      return null;
    }
    const { name, value } = listed;
    if (value === "" && isNew) {
      if (this.#above) this.#above.count++;
      return this.#counted(name, this.#above, line);
    }
    this.#above = { name, count: 0 };
    return value === "" ? this.#counted(name, null, line) : this.#definition(name, value, line);
  }

  #definition(name: string, value: string, line: number): Definition | null {
    for (const family of this.#families) {
      if (!family.names.test(name) || endOfList.test(name)) continue;
      const found = placed(family, { name, value, path: this.#path });
      if (!found) continue;
      const said = found.number === null ? "" : value;
      return { kind: family.kind, name, value: said, path: this.#path, line, ...found, space: this.#spaceOf(family, found.space) };
    }
    return null;
  }

  /** An enumerator without a value. */
  #counted(name: string, above: { readonly name: string; readonly count: number } | null, line: number): Definition | null {
    const family = this.#families.find(({ names, form }) => names.test(name) && (form === undefined || form === number));
    if (!family || endOfList.test(name)) return null;
    const value = family.counted && above ? `${above.name} + ${above.count}` : "";
    return { kind: family.kind, name, value, number: null, variant: "", path: this.#path, line, space: this.#spaceOf(family, "") };
  }

  #spaceOf({ space, perFile }: Family, more: string): string {
    const own = more === "" ? space : `${space} ${more}`;
    return perFile ? `${own} in ${originalPath(this.#path)}` : own;
  }
}

/** A Kconfig symbol. Two architectures may have symbols of the same name. */
function configOf(text: string, path: string, line: number): Definition | null {
  const name = configPattern.exec(text)?.[1];
  if (name === undefined) return null;
  return { kind: configKind, space: configSpace(path), name, value: "", number: null, variant: "", path, line };
}

export function configSpace(path: string): string {
  const arch = /^arch\/[^/]+\//.exec(path)?.[0];
  return arch === undefined ? "Kconfig" : `Kconfig of ${arch.slice(0, -1)}`;
}

/** `NAME,` and `NAME = VALUE,` on a line of their own. */
function enumeratorOf(text: string): { readonly name: string; readonly value: string } | null {
  const line = text.trim().replace(/,$/, "");
  if (!/^[\t ]/.test(text) || line.includes(",")) return null;
  const equals = line.indexOf("=");
  const name = (equals < 0 ? line : line.slice(0, equals)).trimEnd();
  return /^[A-Z_][A-Z0-9_]*$/.test(name) ? { name, value: equals < 0 ? "" : line.slice(equals + 1).trim() } : null;
}

function withoutComments(text: string): string {
  let [bare, at] = ["", 0];
  for (let open = text.indexOf("/*"); open >= 0; open = text.indexOf("/*", at)) {
    bare += `${text.slice(at, open)} `;
    const close = text.indexOf("*/", open + 2);
    at = close < 0 ? text.length : close + 2;
  }
  bare += text.slice(at);
  const line = bare.indexOf("//");
  return line < 0 ? bare : bare.slice(0, line);
}

type Placed = Pick<Definition, "number" | "variant" | "space">;

const word = /^\w+$/;

/** The place of a value in the lists of a family; null if it is in none. */
function placed({ form, space }: Family, { name, value, path }: Pick<Definition, "name" | "value" | "path">): Placed | null {
  if (form === undefined) return { space: "", number: null, variant: "" };
  const text = unwrapped(value);
  const plain = integer(text);
  if (form === number) return plain === null ? null : { space: "", number: plain, variant: "" };
  if (form === "register") return registerOf(text);
  const call = /^(\w+)\(([^()]*)\)$/.exec(text);
  const [macro = "", args = []] = [call?.[1], call?.[2]?.split(",").map((one) => one.trim())];
  if (space === "ioctl") return ioctlOf(text, name, path);
  if (form === "bit of a word") {
    const bits = /^(\w+)\s*\*\s*32\s*\+\s*(\d+)$/.exec(text);
    if (bits) return { space: `word ${bits[1] ?? ""}`, number: Number(bits[2]), variant: "" };
    const [leaf = "", bit = ""] = args;
    return macro === "KVM_X86_FEATURE" && integer(bit) !== null ? { space: leaf, number: integer(bit), variant: "" } : null;
  }
  // Requests: the number belongs to one list, with or without flags.
  if (plain !== null) return { space: "", number: plain, variant: "" };
  const [first = ""] = args;
  const base = /^\(?(\d+)\s*\|/.exec(text);
  if (base) return { space: "", number: Number(base[1]), variant: "" };
  return macro === "" || integer(first) === null ? null : { space: macro.replace(/_FLAGS$/, ""), number: integer(first), variant: "" };
}

/**
 * `_IOWR(KVMIO, 0x53, struct ...)`, `_IO(VFIO_TYPE, VFIO_BASE + 21)`. A letter belongs to one header, since many drivers have it;
 * VFIO counts anew in each of its files.
 */
function ioctlOf(text: string, name: string, path: string): Placed | null {
  const found = /^(_IO[RW]{0,2})\(\s*(\w+|'.')\s*,\s*(?:(\w+)\s*\+\s*)?(\w+)\s*(?:,(.*))?\)$/.exec(text);
  const at = integer(found?.[4] ?? "");
  if (!found || at === null) return null;
  const [, macro = "", type = "", base, , argument = ""] = found;
  const list = [type, base ?? "", type === "VFIO_TYPE" ? `${name.split("_", 2).join("_")}_*` : ""].filter(Boolean).join(" ");
  const where = /^[A-Z_]{2}/.test(type) ? "" : ` in ${originalPath(path)}`;
  return { space: `${list}${where}`, number: at, variant: `${macro} ${argument.trim().replace(/\s+/g, " ")}`.trim() };
}

/** `(KVM_REG_PPC | KVM_REG_SIZE_U64 | 0xc4)`, `(0x3 << KVM_REG_RISCV_SUBTYPE_SHIFT)`, `KVM_REG_ARM_FW_REG(3)`. */
function registerOf(text: string): Placed | null {
  const call = /^(\w+)\(\s*(\w+)\s*\)$/.exec(text);
  if (call) {
    const at = integer(call[2] ?? "");
    return at === null ? null : { space: call[1] ?? "", number: at, variant: "" };
  }
  const parts = text.split("|").map((one) => unwrapped(one.trim()));
  const numbers = parts.filter((one) => integer(one) !== null);
  const [only = ""] = numbers;
  const names = parts.filter((one) => integer(one) === null);
  if (numbers.length !== 1 || names.length === 0 || !names.every((one) => word.test(one))) return null;
  const sizes = names.filter((one) => one.includes("_SIZE_"));
  return { space: names.filter((one) => !sizes.includes(one)).join(" | "), number: integer(only), variant: sizes.join(" ") };
}

/** The text without parentheses around the whole. */
function unwrapped(value: string): string {
  let text = value.trim();
  for (let times = 0; times < 4 && /^\([^()]*\)$/.test(text); times++) text = text.slice(1, -1).trim();
  return text;
}

/** `249`, `0xe4UL`, `1 << 3`, `BIT(3)`, `_BITULL(3)`; null for anything else. */
function integer(text: string): number | null {
  const bit = /^(?:_?BIT(?:_?ULL?)?\(\s*(\w+)\s*\)|1(?:U|UL|ULL|L|LL)?\s*<<\s*(\w+))$/i.exec(text);
  const at = bit ? literal(bit[1] ?? bit[2] ?? "") : null;
  if (bit) return at === null || at > 63 ? null : 2 ** at;
  return literal(text);
}

function literal(text: string): number | null {
  const found = /^(0x[0-9a-f]{1,16}|\d{1,18})(?:U|UL|ULL|L|LL)?$/i.exec(text);
  return found ? Number(found[1]) : null;
}
