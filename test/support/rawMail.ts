/** Invented mails as the bytes that an archive or an mbox holds. */
import { alex, start, type MadeMail } from "./madeMail";

export function rawMail({ id, subject, from = alex, at = start, to, references, body = "" }: MadeMail): Buffer {
  const headers = [
    `From: ${from.name} <${from.email}>`,
    "To: kvm@vger.kernel.org",
    "List-Id: <kvm.vger.kernel.org>",
    `Subject: ${subject}`,
    `Date: ${new Date(at).toUTCString()}`,
    `Message-ID: <${id}>`,
    ...(to === undefined ? [] : [`In-Reply-To: <${to}>`]),
    ...(references === undefined ? [] : [`References: ${references.map((one) => `<${one}>`).join(" ")}`]),
    "Content-Type: text/plain; charset=UTF-8",
  ];
  return Buffer.from(`${headers.join("\n")}\n\n${body}`);
}

export function rawMbox(mails: readonly Buffer[]): Buffer {
  return Buffer.concat(mails.flatMap((mail) => [Buffer.from("From mboxrd@z Thu Jan  1 00:00:00 1970\n"), mail, Buffer.from("\n")]));
}
