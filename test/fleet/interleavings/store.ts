/** Millions of states in one piece of memory, found by their hash. */

import type { State } from './layout.ts';

/** A growing list of 32-bit numbers. */
export class Numbers {
  #items = new Int32Array(1024);
  length = 0;

  push(item: number): void {
    if (this.length === this.#items.length) {
      const larger = new Int32Array(2 * this.length);
      larger.set(this.#items);
      this.#items = larger;
    }
    this.#items[this.length] = item;
    this.length += 1;
  }

  at(index: number): number {
    return this.#items[index] ?? 0;
  }
}

const chunkStates = 65_536;

export class StateStore {
  readonly #width: number;
  /** A state in words of 32 bits, which are compared and hashed faster than bytes. */
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #bytes: Uint8Array;
  readonly #chunks: Int32Array<ArrayBuffer>[] = [];
  #table = new Int32Array(65_536).fill(-1);
  size = 0;

  /** @param width bytes of a state */
  constructor(width: number) {
    this.#words = new Int32Array(Math.ceil(width / 4));
    this.#bytes = new Uint8Array(this.#words.buffer);
    this.#width = width;
  }

  /** @returns its index, which is the size before if it is new */
  add(state: State): number {
    if (2 * this.size >= this.#table.length) this.#grow();
    this.#bytes.set(state);
    const words = this.#words;
    const slot = this.#slotOf(words);
    const found = this.#table[slot] ?? -1;
    if (found >= 0) return found;
    const index = this.size;
    this.#table[slot] = index;
    if (index % chunkStates === 0) this.#chunks.push(new Int32Array(chunkStates * words.length));
    this.#chunks.at(-1)?.set(words, (index % chunkStates) * words.length);
    this.size += 1;
    return index;
  }

  /** A copy. */
  get(index: number): State {
    const offset = (index % chunkStates) * this.#words.length * 4;
    return new Uint8Array(this.#chunkOf(index).buffer).slice(offset, offset + this.#width);
  }

  #chunkOf(index: number): Int32Array<ArrayBuffer> {
    const chunk = this.#chunks[Math.floor(index / chunkStates)];
    if (!chunk) throw new RangeError(`no state ${index}`);
    return chunk;
  }

  #slotOf(words: Int32Array): number {
    const mask = this.#table.length - 1;
    let slot = hash(words) & mask;
    for (;;) {
      const index = this.#table[slot] ?? -1;
      if (index < 0 || this.#isAt(index, words)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #isAt(index: number, words: Int32Array): boolean {
    const chunk = this.#chunkOf(index);
    const offset = (index % chunkStates) * words.length;
    for (let i = 0; i < words.length; i += 1) if (chunk[offset + i] !== words[i]) return false;
    return true;
  }

  #grow(): void {
    this.#table = new Int32Array(2 * this.#table.length).fill(-1);
    const words = new Int32Array(this.#words.length);
    for (let index = 0; index < this.size; index += 1) {
      const offset = (index % chunkStates) * words.length;
      words.set(this.#chunkOf(index).subarray(offset, offset + words.length));
      this.#table[this.#slotOf(words)] = index;
    }
  }
}

function hash(words: Int32Array): number {
  let sum = 0x811c9dc5;
  for (const word of words) {
    sum = Math.imul(sum ^ word, 0x9e3779b1);
    sum ^= sum >>> 15;
  }
  return sum >>> 0;
}
