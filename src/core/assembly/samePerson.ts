/** Whether two mails were sent by one person, who may have two addresses. */
import { personKey, type MailFacts } from "./mailFacts";

/** A name of one word is many people's. */
const fewestWords = 2;

/** A name as compared: `Lind, Ada` is `Ada Lind`. Null where it does not tell one person from others. */
export function nameKey(name: string): string | null {
  const words = name.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.length < fewestWords ? null : words.sort().join(" ");
}

/** Whether a mail was sent by who sent another: from the same address, under the same name, or in its name (`From:` in the body). */
export function isSamePerson(mail: MailFacts, other: MailFacts): boolean {
  if (personKey(mail.sender) === personKey(other.sender)) return true;
  const name = nameKey(mail.sender.name);
  if (name !== null && name === nameKey(other.sender.name)) return true;
  return mail.author.email !== "" && mail.author.email.toLowerCase() === other.sender.email.toLowerCase();
}
