/** Which mails hang together: each link key joins all mails that have it. Typed arrays, since a list has millions of keys. */

/** Mails by number, and the link keys that join them. */
export class LinkTable {
  #parents = new Int32Array(1024);
  #count = 0;
  /** Open addressing; -1 marks an empty place. */
  #keys = new Float64Array(4096).fill(-1);
  #owners = new Int32Array(4096);
  #used = 0;

  get count(): number {
    return this.#count;
  }

  /** A new mail with its keys; says its number. */
  add(keys: readonly number[]): number {
    const node = this.#count++;
    if (node === this.#parents.length) {
      const larger = new Int32Array(node * 2);
      larger.set(this.#parents);
      this.#parents = larger;
    }
    this.#parents[node] = node;
    for (const key of keys) this.#link(key, node);
    return node;
  }

  #link(key: number, node: number): void {
    if (this.#used * 2 >= this.#keys.length) this.#grow();
    const place = this.#placeOf(key);
    if (this.#keys[place] === key) this.join(this.#owners[place] ?? node, node);
    else {
      this.#keys[place] = key;
      this.#owners[place] = node;
      this.#used++;
    }
  }

  #placeOf(key: number): number {
    const mask = this.#keys.length - 1;
    let place = (key ^ Math.floor(key / 65536)) & mask;
    for (;;) {
      const found = this.#keys[place];
      if (found === key || found === -1) return place;
      place = (place + 1) & mask;
    }
  }

  #grow(): void {
    const [keys, owners] = [this.#keys, this.#owners];
    this.#keys = new Float64Array(keys.length * 2).fill(-1);
    this.#owners = new Int32Array(keys.length * 2);
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at] ?? -1;
      if (key === -1) continue;
      const place = this.#placeOf(key);
      this.#keys[place] = key;
      this.#owners[place] = owners[at] ?? 0;
    }
  }

  /** The mail that stands for all that hang together with one. */
  find(node: number): number {
    let root = node;
    for (let parent = this.#parents[root] ?? root; parent !== root; parent = this.#parents[root] ?? root) root = parent;
    for (let at = node; at !== root;) {
      const next = this.#parents[at] ?? root;
      this.#parents[at] = root;
      at = next;
    }
    return root;
  }

  join(a: number, b: number): void {
    const [first, second] = [this.find(a), this.find(b)];
    // The smaller number stands for both, so that components come in the order of their first mails.
    if (first < second) this.#parents[second] = first;
    else this.#parents[first] = second;
  }

  /** The mails of each component, in the order of their first mails. */
  components(): number[][] {
    const byRoot = new Map<number, number[]>();
    for (let node = 0; node < this.#count; node++) {
      const root = this.find(node);
      const known = byRoot.get(root);
      if (known) known.push(node);
      else byRoot.set(root, [node]);
    }
    return [...byRoot.values()];
  }

  /** All keys in ascending order, and a mail that has each. */
  sortedKeys(): { keys: Float64Array; owners: Int32Array } {
    const keys = this.#keys.filter((key) => key !== -1).sort();
    const owners = new Int32Array(keys.length);
    for (let at = 0; at < keys.length; at++) owners[at] = this.#owners[this.#placeOf(keys[at] ?? 0)] ?? 0;
    return { keys, owners };
  }
}
