/** Cases written down as files: what goes in, what is expected to come out, and what the mail shows. See test/cases/README.md. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseDigest } from "../../src/core/digest/digest";
import { type NamedDigest, postingsOfDigests, withoutKnownPostings } from "../../src/core/digest/digestPostings";
import { readMail } from "../../src/core/mail/mail";
import { readMbox } from "../../src/core/mail/mbox";
import { assembleMails, unusedDiffs } from "../../src/core/postings/assembleMails";
import { parseCorrections } from "../../src/core/postings/corrections";
import { type MailFacts, mailFactsOf } from "../../src/core/postings/mailFacts";
import type { Problem } from "../../src/core/series/series";
import { finished } from "../../src/core/steps";
import { patchKey } from "../../src/index/hashes";
import { seriesOfPostings } from "../../src/library/library";
import { seriesReport } from "../../src/render/seriesJson";

/** Compiled, this file stands in out/test/support. */
export const casesFolder = resolve(__dirname, "../../../test/cases");

/** `assembly`: mails and digests become series. `mail`: each mail is read by itself. */
export type CaseKind = "assembly" | "mail";
const kinds: readonly CaseKind[] = ["assembly", "mail"];

export interface CaseFolder {
  readonly kind: CaseKind;
  /** `assembly/partial-reroll`. */
  readonly name: string;
  readonly path: string;
}

/** Every case of a folder with the two folders `assembly` and `mail`, by name. */
export function caseFolders(root: string): CaseFolder[] {
  return kinds.flatMap((kind) =>
    readdirSync(join(root, kind), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }): CaseFolder => ({ kind, name: `${kind}/${name}`, path: join(root, kind, name) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  );
}

export const expectedFile = "expected.json";
const aboutFile = "about.txt";
const correctionsFile = "corrections.txt";
/** `input.mbox`, `input.eml`, `input.txt` (a digest); several are numbered in the order they are given: `input-1.txt`. */
const inputFile = /^input(?:-\d)?\.(?:mbox|eml|txt)$/;

/** What is wrong with the files of a case, one sentence each; [] where nothing is. `expected.json` is looked at by who needs it. */
export function caseProblems({ kind, name, path }: CaseFolder): string[] {
  const files = readdirSync(path);
  const inputs = files.filter((file) => inputFile.test(file));
  const problems: string[] = [];
  if (inputs.length === 0) problems.push(`test/cases/${name} has no input: input.mbox, input.eml or (for a digest) input.txt.`);
  if (kind === "mail" && inputs.some((file) => file.endsWith(".txt")))
    problems.push(`test/cases/${name} is a case of mail and has a digest.`);
  const about = files.includes(aboutFile) ? readFileSync(join(path, aboutFile), "utf8") : "";
  if (!/^\S[^\n]*\n$/.test(about)) problems.push(`test/cases/${name} needs an about.txt of one line that says what the mail shows.`);
  const known = [...inputs, expectedFile, aboutFile, correctionsFile];
  for (const file of files) if (!known.includes(file)) problems.push(`test/cases/${name}/${file} is none of the files of a case.`);
  return problems;
}

/** The expected output that is written down; null where the command has not been run. */
export function expectedText({ path }: CaseFolder): string | null {
  const file = join(path, expectedFile);
  return existsSync(file) ? readFileSync(file, "utf8") : null;
}

/**
 * What a case comes to, as the text of its expected.json.
 *
 * @param reversed gives the mails in reverse, which must not change anything
 */
export function outputOf({ kind, path }: CaseFolder, reversed = false): string {
  const inputs = readdirSync(path)
    .filter((file) => inputFile.test(file))
    .sort();
  const mails = inputs.filter((file) => !file.endsWith(".txt")).flatMap((file) => mailsOf(join(path, file)));
  const corrections = join(path, correctionsFile);
  const output =
    kind === "mail"
      ? mails.map(mailReport)
      : seriesOutput({
          mails: reversed ? mails.toReversed() : mails,
          digests: inputs.filter((file) => file.endsWith(".txt")).map((file) => [file, readFileSync(join(path, file), "utf8")] as const),
          corrections: existsSync(corrections) ? readFileSync(corrections, "utf8") : "",
        });
  return `${JSON.stringify(output, null, 2)}\n`;
}

function mailsOf(file: string): Uint8Array[] {
  const bytes = readFileSync(file);
  return file.endsWith(".mbox") ? readMbox(bytes) : [bytes];
}

function factsOf(bytes: Uint8Array): MailFacts {
  const place = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
  return mailFactsOf(readMail(bytes), { place, committed: null, source: "case", patchId: patchKey });
}

interface SeriesInput {
  readonly mails: readonly Uint8Array[];
  /** By the names of their files, oldest first. */
  readonly digests: ReadonlyArray<readonly [name: string, text: string]>;
  readonly corrections: string;
}

/** What `kvm-series series --json` prints of the same files. */
function seriesOutput({ mails, digests, corrections }: SeriesInput): object {
  const problems: Problem[] = [];
  const named = digests.flatMap(([name, text]): NamedDigest[] => {
    const { digest, problems: said } = parseDigest(text);
    problems.push(...said.map((message) => ({ source: name, message })));
    return digest ? [{ name, digest }] : [];
  });
  const corrected = parseCorrections(corrections, correctionsFile);
  problems.push(...corrected.problems);
  const facts = mails.map(factsOf);
  const { postings } = assembleMails(facts);
  const known = postings.map(({ revision }) => revision);
  const all = [...finished(withoutKnownPostings(postingsOfDigests(named), known)), ...postings];
  const series = seriesOfPostings(all, { rules: [], trees: [] }, corrected.corrections);
  return seriesReport(series, problems, unusedDiffs(facts, postings).length);
}

/** What is read of one mail: what kind it is, what its header and subject say, its patches, and what an answer says of others. */
function mailReport(bytes: Uint8Array): object {
  const facts = factsOf(bytes);
  return {
    kind: facts.kind,
    messageId: facts.messageId,
    inReplyTo: facts.inReplyTo,
    references: facts.references,
    lists: facts.lists,
    date: facts.date === 0 ? null : new Date(facts.date).toISOString(),
    sender: facts.sender,
    author: facts.author,
    subject: facts.line,
    read: facts.subject,
    stable: facts.stable,
    hasDiff: facts.hasDiff,
    patches: facts.patches.map(({ files, ...patch }) => ({
      ...patch,
      files: files.map(({ hunks, ...file }) => ({ ...file, hunks: hunks?.length ?? 0 })),
    })),
    shortlog: facts.shortlog,
    diffstat: facts.diffstat,
    coverTrailers: facts.coverTrailers,
    replyTrailers: facts.given,
    applied: facts.applied,
    changeId: facts.changeId,
    baseCommit: facts.baseCommit,
    prerequisites: facts.prerequisites,
    citations: facts.citations,
    formerTitles: facts.formerTitles,
    problems: readMail(bytes).problems,
  };
}
