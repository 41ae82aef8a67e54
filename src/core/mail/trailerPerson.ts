/**
 * The person a trailer names, `Name <mail> # note`: read out of what mail programs make of an address on its way, and compared
 * with the sender of the mail the trailer stands in.
 */
import type { Author } from "./author";

/** Who gave a trailer, seen from the address in it: the sender, the sender from another address of theirs, or somebody else. */
export type Giver = "sender" | "sender-elsewhere" | "other";

/** The sender of a mail, as far as the mail tells. */
export interface Sender extends Author {
  /** A list has put its own address in place of theirs, so that only the name tells who it is. */
  readonly isMunged: boolean;
}

interface NamedPerson extends Author {
  /** What stands behind the address: `# arm64`, `(for the x86 part)`. */
  readonly note: string;
}

/**
 * The value of a trailer as it belongs into a commit: `Name <mail>` for each person it names, the last with the note that follows. Undone are the link
 * that a mail program made of the address (`<a@b<mailto:a@b>>`, `[a@b](mailto:a@b)`, `<mailto:a@b>`), its entities, blanks that do not break,
 * the backslash that Markdown sets before a bracket, a missing bracket, the stop at the end of a sentence, and `a at b` of an archive that hides addresses.
 *
 * @returns [] where it holds no address
 */
export function cleanPeople(value: string): string[] {
  const people: string[] = [];
  for (let rest = value; rest !== "" && people.length < mostPeople;) {
    const person = readPerson(rest);
    if (!person) break;
    const { name, email, note } = person;
    const isMore = /^(?:[,;&]|and\b)/i.test(note) && note.includes("@");
    rest = isMore ? note.replace(/^(?:[,;&]|and)/i, "") : "";
    people.push([name, name === "" && note === "" ? email : `<${email}>`, isMore ? "" : note].filter(Boolean).join(" "));
  }
  return people;
}

/** One line names no more. */
const mostPeople = 10;

/** Whether the person of a trailer sent the mail it stands in. Case, `+tag`, and a sub-domain make no other address. */
export function giverOf(value: string, sender: Sender): Giver {
  const person = readPerson(value);
  if (!person) return "other";
  const isSame = sender.email !== "" && isNear(plainAddress(person.email), plainAddress(sender.email));
  const isNamed = nameKey(person.name) !== "" && nameKey(person.name) === nameKey(sender.name);
  if (isSame || (isNamed && sender.isMunged)) return "sender";
  return isNamed ? "sender-elsewhere" : "other";
}

/** One key for all the ways in which the address of a person is written. */
export function personOf(value: string): string {
  const person = readPerson(value);
  return person ? plainAddress(person.email) : value.toLowerCase();
}

const anyBlank = /[\s\u00a0\u2007\u202f]+/g;
const unseen = /[\u200b-\u200f\u2060\ufeff]/g;
const entities: Readonly<Record<string, string>> = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&", "&nbsp;": " " };

function readPerson(value: string): NamedPerson | null {
  const text = withAt(
    withoutLinks(
      value
        .replace(unseen, "")
        .replace(/\\(?=[<>@_.[\]*])/g, "")
        .replace(/&(?:lt|gt|quot|amp|nbsp);/g, (entity) => entities[entity] ?? entity),
    ),
  )
    .replace(anyBlank, " ")
    .trim();
  const at = text.indexOf("@");
  if (at < 0) return null;
  const open = text.lastIndexOf("<", at);
  let start = at;
  while (start > 0 && !/[\s<>"'()[\],;]/.test(text.charAt(start - 1))) start--;
  let end = at + 1;
  // Inside brackets a comma is a slip of who typed it, and no end.
  const stop = open >= 0 && open + 1 === start ? /[\s<>"'()[\]]/ : /[\s<>"'()[\],;]/;
  while (end < text.length && !stop.test(text.charAt(end))) end++;
  const email = withoutStop(text.slice(start, end));
  if (email.length < at - start + 2 || start === at) return null;
  return { name: cleanName(text.slice(0, open >= 0 ? open : start)), email, note: cleanNote(text.slice(end)) };
}

/** Links that mail programs make: Outlook's `<mailto:...>` behind the address, Markdown's `[address](mailto:address)`, Lynx's `[1]`. */
function withoutLinks(text: string): string {
  if (!/mailto:|https?:|\[\d/i.test(text)) return text;
  const flat = text.replace(/\[([^[\]]*)\]\((?:mailto|https?):[^()]*\)/gi, "$1").replace(/\[\d{1,3}\]/g, "");
  const rest = flat.replace(/[<[]\s{0,3}(?:mailto|https?):[^<>[\]]*[>\]]?/gi, " ");
  return rest.includes("@") ? rest : flat.replace(/\[\s{0,3}mailto:([^<>[\]]*)\]?/gi, "<$1>").replace(/mailto:/gi, "");
}

/** Archives of Mailman write `ada at example.org`. */
function withAt(text: string): string {
  return text.includes("@") ? text : text.replace(/<([^<>\s]{1,80}) (?:at|\(at\)|\[at\]) ([^<>\s.]{1,80}\.[^<>\s]{1,80})>/i, "<$1@$2>");
}

function cleanName(text: string): string {
  const name = trimmed(text, "<*_ ");
  const first = name.charAt(0);
  return name.length > 1 && (first === '"' || first === "'") && name.endsWith(first) ? name.slice(1, -1).trim() : name;
}

/** What stands behind an address, without the brackets that close it and the stop of a sentence. */
function cleanNote(text: string): string {
  let from = 0;
  while (from < text.length && " >*_\"'])".includes(text.charAt(from))) from++;
  const note = text.slice(from).trim();
  return trimmed(note, ".,;:!") === "" ? "" : note;
}

function withoutStop(email: string): string {
  let end = email.length;
  while (end > 0 && ".:!*_".includes(email.charAt(end - 1))) end--;
  return email.slice(0, end);
}

/** A text without some letters at its ends. */
function trimmed(text: string, letters: string): string {
  let [start, end] = [0, text.length];
  while (start < end && letters.includes(text.charAt(start))) start++;
  while (end > start && letters.includes(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

/** `name+tag@host` is `name@host`, in any case; a list that munges writes `name=40host@list` or `name=host@list`. */
function plainAddress(address: string): string {
  const lower = address.toLowerCase();
  const at = lower.lastIndexOf("@");
  const local = at < 0 ? lower : lower.slice(0, at);
  const hidden = /^([^=]{1,64})=(?:40)?([^=@]{1,200}\.[^=@.]{2,24})$/.exec(local);
  if (hidden) return plainAddress(`${hidden[1] ?? ""}@${hidden[2] ?? ""}`);
  const plus = local.indexOf("+");
  return (plus > 0 ? local.slice(0, plus) : local) + (at < 0 ? "" : lower.slice(at));
}

/** Whether two addresses are one, or one of them in a sub-domain of the other's. */
function isNear(a: string, b: string): boolean {
  if (a === b) return true;
  const [local, domain = ""] = a.split("@", 2);
  const [otherLocal, otherDomain = ""] = b.split("@", 2);
  if (local !== otherLocal || !domain.includes(".") || !otherDomain.includes(".")) return false;
  return domain.endsWith(`.${otherDomain}`) || otherDomain.endsWith(`.${domain}`);
}

/** The words of a name without marks, initials and what stands in brackets, in one order: `Lind, Ada` is `Ada Lind`. */
function nameKey(name: string): string {
  const words = name
    .replace(/\([^()]*\)/g, " ")
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
  const long = words.filter((word) => word.length > 1);
  return (long.length > 0 ? long : words).sort().join(" ");
}
