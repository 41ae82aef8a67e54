/** What the components of an index are assembled to, remembered, with the corrections of the person in place. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Correction } from "../core/lineage/corrections";
import { findSeries } from "../core/series/findSeries";
import type { Revision, Series } from "../core/series/series";
import type { UntakenDiff } from "../core/assembly/untaken";
import { assembleComponent, assembleComponents } from "./assembling";
import { readComponent, type StoredComponent } from "./componentBody";
import type { Entry, RecordContext } from "./entry";
import { keyHash } from "./keyHash";
import { readSourceNames, readWords } from "./schema";

export interface AssemblingOptions {
  /** What subsystem a series belongs to, by the user's rules and the open trees. */
  readonly subsystemOf?: (revision: Revision) => string;
  /** What was joined and split by hand. */
  readonly corrections?: readonly Correction[];
}

/** Components remembered; an editor asks for the same few again and again. */
const mostComponents = 16_384;

/** What a component was assembled to, alone or together with those a correction joins it with. */
interface AssembledGroup {
  readonly mails: string;
  readonly series: readonly Series[];
  /** Whether it is known to be what the index holds now. */
  checked: boolean;
}

export class AssembledComponents {
  readonly #db: DatabaseSync;
  readonly #options: AssemblingOptions;
  readonly #component: StatementSync;
  readonly #places: StatementSync;
  readonly #linkKey: StatementSync;
  readonly #groups = new Map<number, AssembledGroup>();
  #context: RecordContext | null = null;
  /** Components joined with others by a correction, each with all of its group. */
  #joined: Map<number, readonly number[]> | null = null;
  #corrected: ReadonlySet<number> | null = null;

  constructor(db: DatabaseSync, options: AssemblingOptions) {
    this.#db = db;
    this.#options = options;
    this.#component = db.prepare("SELECT places, body FROM component WHERE id = ?");
    this.#places = db.prepare("SELECT places FROM component WHERE id = ?");
    this.#linkKey = db.prepare("SELECT component FROM link_key WHERE key = ?");
  }

  /** Tells it that the index was written to: what it remembers is compared with what is there now before it is used again. */
  indexChanged(): void {
    this.#context = null;
    this.#joined = null;
    this.#corrected = null;
    // Of a large list a sync changes a few components; the others are recognised and need not be assembled again.
    for (const group of this.#groups.values()) group.checked = false;
  }

  /** The component a link key (`<Message-ID>`, `id:...`) is of; null where there is none. */
  componentOf(key: string): number | null {
    const found = this.#linkKey.get(keyHash(key))?.["component"];
    return typeof found === "number" ? found : null;
  }

  /** The mails of a component. */
  entries(component: number): Entry[] {
    const row = this.#component.get(component);
    if (!row) return [];
    this.#context ??= this.#readContext();
    return readComponent(row as unknown as StoredComponent, this.#context).entries;
  }

  #readContext(): RecordContext {
    const [words, names] = [readWords(this.#db), readSourceNames(this.#db)];
    return { words, sourceOf: (epoch) => names.get(epoch) ?? "" };
  }

  /** A series of a component, by its id, a former one, or a Message-ID in it. */
  find(component: number, id: string): Series | undefined {
    return findSeries(this.seriesOf(component), id);
  }

  /** The series of a component, and of those that corrections join it with. */
  seriesOf(component: number): readonly Series[] {
    const known = this.#groups.get(component);
    if (known?.checked) return known.series;
    const group = this.#joinedComponents().get(component) ?? [component];
    const mails = group.map((id) => this.#mailsIn(id)).join(" ");
    if (known?.mails === mails) {
      known.checked = true;
      return known.series;
    }
    const facts = group.map((id) => this.entries(id).map((entry) => entry.facts));
    const { series } = assembleComponents(facts, this.#options.subsystemOf ?? (() => ""), this.#options.corrections ?? []);
    const [oldest] = this.#groups.keys();
    if (this.#groups.size >= mostComponents && oldest !== undefined) this.#groups.delete(oldest);
    for (const id of group) this.#groups.set(id, { mails, series, checked: true });
    return series;
  }

  /** The mails of a component whose diffs are in no series. */
  untakenOf(component: number): readonly UntakenDiff[] {
    return assembleComponent(this.entries(component).map(({ facts }) => facts)).untaken;
  }

  /** Which mails are in a component: the places of all of them, which name their contents too. */
  #mailsIn(component: number): string {
    const places = this.#places.get(component)?.["places"];
    return places instanceof Uint8Array ? Buffer.from(places.buffer, places.byteOffset, places.byteLength).toString("latin1") : "";
  }

  /** A correction may join postings that nothing else connects; then their components are assembled together. */
  #joinedComponents(): Map<number, readonly number[]> {
    if (this.#joined) return this.#joined;
    const groups = new Map<number, Set<number>>();
    for (const { kind, first, second } of this.#options.corrections ?? []) {
      const [a, b] = [this.componentOf(`<${first}>`), this.componentOf(`<${second}>`)];
      if (kind !== "join" || a === null || b === null || a === b) continue;
      const group = new Set([...(groups.get(a) ?? [a]), ...(groups.get(b) ?? [b])]);
      for (const member of group) groups.set(member, group);
    }
    this.#joined = new Map([...groups].map(([id, group]) => [id, [...group].sort((x, y) => x - y)]));
    return this.#joined;
  }

  /** The components that corrections speak of. The rows of the tables know nothing of these. */
  get corrected(): ReadonlySet<number> {
    if (this.#corrected) return this.#corrected;
    const ids = (this.#options.corrections ?? []).flatMap(({ first, second }) => [first, second]);
    const components = ids.map((id) => this.componentOf(`<${id}>`)).filter((component) => component !== null);
    return (this.#corrected = new Set(components));
  }
}
