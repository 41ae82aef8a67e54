/** Joining and splitting series by hand: kept in a text file that a team can share, see core/postings/corrections.ts. */
import { mkdir, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { errorCode, HumanError } from "../core/humanError";
import { visibleText } from "../core/mail/hiddenCharacters";
import { versionLabel } from "../core/mail/subject";
import {
  addCorrection,
  type Correction,
  type CorrectionsFile,
  namesDigestPosting,
  parseCorrections,
  printCorrections,
  removeCorrection,
} from "../core/postings/corrections";
import type { Problem, Revision, Series } from "../core/series/series";
import { correctionNameOf } from "../library/library";
import { type Disposable, inBackground, type Log } from "./ports";
import type { WatchedFiles } from "./sync";

/** Many years of a team's corrections are far smaller; a larger file is something else. */
const largestFile = 16 * 1024 * 1024;
/** The most problems of one file that are shown; the log has the others. */
const mostProblems = 3;

const opening = "# What was joined and split by hand; lines: join <Message-ID> <Message-ID>";

type Lines = CorrectionsFile["lines"];

export interface CorrectionsParts {
  /** Absolute path of the file, from the current settings; the file may not exist yet. */
  readonly file: () => string;
  readonly watch: (files: WatchedFiles, changed: () => void) => Disposable;
  /** Called with the corrections at the start and after each change of the file. */
  readonly apply: (corrections: readonly Correction[], problems: readonly Problem[]) => Promise<void>;
  readonly log: Log;
}

export class Corrections {
  readonly #parts: CorrectionsParts;
  #watcher: Disposable | null = null;
  /** The queue of reads and writes of the file: each change builds on the result of the one before. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: CorrectionsParts) {
    this.#parts = parts;
  }

  /** Reads the file and follows it; called again when the settings give another file. */
  begin(): void {
    const file = this.#parts.file();
    const load = (): void => inBackground(this.#parts.log, () => this.#inTurn(() => this.#load()));
    this.#watcher?.dispose();
    this.#watcher = this.#parts.watch({ folder: dirname(file), glob: basename(file) }, load);
    load();
  }

  /**
   * Joins the series of two revisions.
   * @throws HumanError if the file cannot be written
   */
  async join(first: Revision, second: Revision): Promise<void> {
    await this.#change((lines) => withCorrection(lines, "join", first, second));
  }

  /**
   * Takes a revision out of a series.
   * @throws HumanError as `join`, and if the series has no other revision
   */
  async split(series: Series, revision: Revision): Promise<void> {
    const others = series.revisions.filter((one) => one !== revision);
    if (others.length === 0) throw new HumanError("This series has only one revision, so there is nothing to split off.");
    await this.#change((lines) => others.reduce<Lines>((kept, other) => withCorrection(kept, "split", revision, other), lines));
  }

  /**
   * Removes corrections.
   * @throws HumanError if the file cannot be written
   */
  async undo(corrections: readonly Correction[]): Promise<void> {
    await this.#change((lines) => corrections.reduce<Lines>(removeCorrection, lines));
  }

  /** The corrections for a series, or all of them for null; in the order of the file. */
  async of(series: Series | null): Promise<readonly Correction[]> {
    const { corrections } = await this.#inTurn(() => readCorrections(this.#parts.file()));
    if (!series) return corrections;
    const ids = new Set([series.id, ...series.aliases]);
    return corrections.filter(({ first, second }) => ids.has(first) || ids.has(second));
  }

  /** Creates the file for editing if it is missing or empty; resolves to its path. */
  async makeFile(): Promise<string> {
    await this.#change((lines) => (lines.length > 0 ? lines : [{ text: opening }]));
    return this.#parts.file();
  }

  async #load(): Promise<void> {
    const { corrections, problems } = await readCorrections(this.#parts.file());
    for (const { source, message } of problems) this.#parts.log.warn(`${source}: ${message}`);
    await this.#parts.apply(corrections, problems.slice(0, mostProblems));
  }

  #change(edit: (lines: Lines) => Lines): Promise<void> {
    return this.#inTurn(async () => {
      const path = this.#parts.file();
      const { lines, isWhole } = await readCorrections(path);
      // Only what was read is written back, so a file that was not read completely would lose the rest.
      if (!isWhole) throw new HumanError(`${path} could not be read completely and was left unchanged; see its row in the view Series.`);
      try {
        await replaceFile(path, printCorrections(edit(lines)));
      } catch (error) {
        this.#parts.log.error(error instanceof Error ? error : String(error));
        throw new HumanError(`${path} could not be written; check the setting kvmSeries.corrections.`);
      }
      await this.#load();
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  dispose(): void {
    this.#watcher?.dispose();
  }
}

interface CorrectionsRead extends CorrectionsFile {
  /** Whether `lines` have the whole file. */
  readonly isWhole: boolean;
}

async function readCorrections(source: string): Promise<CorrectionsRead> {
  const none = (message: string): CorrectionsRead => ({ lines: [], corrections: [], problems: [{ source, message }], isWhole: false });
  try {
    if ((await stat(source)).size > largestFile) return none("This file is too large for a list of joins and splits.");
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(source));
    const file = parseCorrections(text, source);
    const lineEnds = text.split("\n").length;
    return { ...file, isWhole: file.lines.length >= lineEnds - 1 };
  } catch (error) {
    const code = errorCode(error);
    // The file is created with the first correction.
    if (code === "ENOENT") return { lines: [], corrections: [], problems: [], isWhole: true };
    if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") return none("This file is not UTF-8 text, so its joins and splits are not used.");
    return none("The file of joins and splits could not be read; check the setting kvmSeries.corrections.");
  }
}

/** Writes a file beside the old one and puts it in its place, so that a full disk does not destroy the old one. */
async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const place = await realpath(path).catch(() => path);
  const old = await stat(place).catch(() => null);
  const making = `${place}.new`;
  try {
    await writeFile(making, text, old ? { mode: old.mode } : {});
    await rename(making, place);
  } catch (error) {
    await rm(making, { force: true });
    throw error;
  }
}

/** Adds a correction. For a revision of a digest, a comment explains the name. */
function withCorrection(lines: Lines, kind: Correction["kind"], one: Revision, other: Revision): Lines {
  const correction: Correction = { kind, first: correctionNameOf(one), second: correctionNameOf(other) };
  return addCorrection(lines, correction, namesDigestPosting(correction) ? `# ${titleOf(one)} | ${titleOf(other)}` : "");
}

function titleOf({ version, point = 0, title }: Revision): string {
  return visibleText(`${versionLabel(version, point)} ${title}`);
}
