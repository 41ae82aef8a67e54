/** How much of a hostile mail is read. What is over a limit is said in the mail's problems and left out; nothing throws. */
export const mailLimits = {
  /** Bytes of one mail; the largest patch ever sent to the kernel's lists is a small part of it. */
  bytes: 32 * 1024 * 1024,
  /** Characters of all headers of a mail or part together. */
  headers: 1024 * 1024,
  /** Addresses in one header. */
  addresses: 2000,
  /** Message-IDs in one header; the newest are kept. */
  references: 1000,
  /** Characters of one Message-ID. */
  messageId: 1000,
  /** Parts of a multipart mail, over all levels. */
  parts: 1000,
  /** Levels of multiparts and of mails inside mails. */
  nesting: 20,
  /** Characters of a boundary; the standard allows 70. */
  boundary: 200,
  /** Characters of a line of the body; the rest of a longer one is cut off. */
  line: 1024 * 1024,
} as const;
