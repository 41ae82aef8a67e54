/** What a posting says of itself and of what it stands on, in lines that tools and people write: `change-id:`, `base-commit:`... */
import { baseInWords } from "./baseWords";
import { referencesIn } from "../mail/mailReference";
import type { Prerequisite } from "../series/series";

export interface Basis {
  /** Of the series; null where there is none. A Gerrit `Change-Id: I...` names a single patch and is none. */
  readonly changeId: string | null;
  readonly baseCommit: string | null;
  readonly prerequisites: readonly Prerequisite[];
  /** Message-IDs of postings this one replaces (`Supersedes:`). */
  readonly supersedes: readonly string[];
}

/** The line is anchored at its start: a quoted one is somebody else's, and `prerequisite-change-id:` is no change-id. */
const basisLine =
  /^(change-id|base-commit|base|prerequisite-(?:change-id|patch-id|message-id|base-commit|base-id)|based-on|depends-on|supersedes):[ \t]*(\S.*)$/gim;
const hexId = /^[0-9a-f]{7,64}\b/i;
const gerritId = /^I[0-9a-f]{40}$/;
/** No posting names more; a longer list is an attack or a mistake. */
const mostPrerequisites = 256;
/** Lines of this kind stand in the letter, not beyond its first pages. */
const longestText = 64 * 1024;

const none: Basis = { changeId: null, baseCommit: null, prerequisites: [], supersedes: [] };

/**
 * Reads such lines from a cover letter, or the first or only patch.
 *
 * @param texts what stands above the diff and below it; never the diff itself, never a reply
 */
export function readBasis(...texts: readonly string[]): Basis {
  let changeId: string | null = null;
  let baseCommit: string | null = null;
  const prerequisites: Prerequisite[] = [];
  const supersedes: string[] = [];
  for (const whole of texts) {
    const text = whole.length > longestText ? whole.slice(0, longestText) : whole;
    for (const [, key = "", rest = ""] of text.matchAll(basisLine)) {
      const value = rest.trim();
      const word = value.split(/\s/, 1)[0] ?? "";
      const kind = key.toLowerCase();
      if (kind === "change-id") {
        if (!gerritId.test(word)) changeId ??= word;
      } else if (kind === "base-commit" || kind === "base") {
        const commit = hexId.exec(value)?.[0];
        if (commit !== undefined) baseCommit ??= commit.toLowerCase();
        else if (kind === "base-commit") prerequisites.push({ kind: "text", value });
      } else if (kind === "supersedes") {
        for (const { messageId } of referencesIn(value)) if (supersedes.length < mostPrerequisites) supersedes.push(messageId);
      } else prerequisites.push(prerequisite(kind, value, word));
    }
    const words = baseInWords(text);
    if (words !== null) prerequisites.push({ kind: "text", value: words });
  }
  if (changeId === null && baseCommit === null && prerequisites.length === 0 && supersedes.length === 0) return none;
  return { changeId, baseCommit, prerequisites: prerequisites.slice(0, mostPrerequisites), supersedes };
}

function prerequisite(key: string, value: string, word: string): Prerequisite {
  if (key === "prerequisite-change-id") return { kind: "change-id", value: word };
  if (key === "prerequisite-patch-id") return { kind: "patch-id", value: word.toLowerCase() };
  if (key === "prerequisite-base-commit" || key === "prerequisite-base-id") return { kind: "base-commit", value: word.toLowerCase() };
  const id = messageIdIn(value);
  return id === null ? { kind: "text", value } : { kind: "message-id", value: id };
}

/** The mail a value names: `<id@host>` or a link before a bare id, which may be somebody's address. */
function messageIdIn(value: string): string | null {
  const references = referencesIn(value);
  return (references.find(({ form }) => form !== "bare") ?? references.at(-1))?.messageId ?? null;
}
