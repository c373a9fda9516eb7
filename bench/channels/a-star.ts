/**
 * A* coding with dyadic splits (AD*, Flamich, Markou & Hernandez-Lobato 2022), of single coefficients or of chunks of a few. It
 * looks for the same point as the Poisson functional representation, the one with the least t / w, but in a tree: a node is a
 * box of quantiles of p, its children are the halves of the box, and its point is the first of the box after its parent's. A bound of w in a
 * box says when no box that is left can have a better point. The message is the path to the node.
 */
import { FenwickModel, RangeDecoder, RangeEncoder, type SharedTile } from 'ddpm-codec/codec';
import { HASH_INDEX, hash, mix, normalQuantile } from '#dist/codec/math/gaussian-table.js';
import type { Channel, ChannelReceiver, ChannelSender, ChannelTile, Sent } from './channel.ts';
import { type Chunk, classOf, cutChunks } from './chunk.ts';
import { PrivateRandom } from './private-random.ts';

/** Number of path lengths that can be coded. */
const DEPTHS = 128;
/** Least distance of a quantile to 0 and 1. */
const LEAST_TAIL = 2e-10;
/** Most nodes of a chunk: a search that needs more is cut, and takes the best point so far. */
const MOST_NODES = 2 ** 20;

/** z of a quantile of p; infinite at 0 and 1. */
function placeOf(quantile: number): number {
  if (quantile <= 0) return Number.NEGATIVE_INFINITY;
  if (quantile >= 1) return Number.POSITIVE_INFINITY;
  return normalQuantile(Math.min(Math.max(quantile, LEAST_TAIL), 1 - LEAST_TAIL));
}

/** Key of the half of a box, from the key of the box. */
function keyOfHalf(key: number, side: number): number {
  return mix(key ^ Math.imul(side + 1, HASH_INDEX)) >>> 0;
}

/** Coefficient i of the point of a box. */
function coordinate(key: number, i: number, low: number, high: number): number {
  const u = ((hash(key, i) >>> 0) + 0.5) / 2 ** 32;
  return placeOf(low + (high - low) * u);
}

/**
 * Which coefficient each level of the tree halves: always the one whose expected bits exceed its halvings most. Both sides know r.
 */
class SplitOrder {
  readonly #wanted: Float64Array;
  readonly #axes: number[] = [];

  constructor({ residualVariance }: SharedTile, { from, to }: Chunk) {
    this.#wanted = Float64Array.from(residualVariance.subarray(from, to), (r) => -0.5 * Math.log2(r));
  }

  /** Coefficient that is halved at a depth; the root has depth 0. */
  axis(depth: number): number {
    while (this.#axes.length <= depth) {
      let next = 0;
      for (let i = 1; i < this.#wanted.length; i++) if (this.#wanted[i] > this.#wanted[next]) next = i;
      this.#wanted[next]--;
      this.#axes.push(next);
    }
    return this.#axes[depth];
  }
}

// Fields of a node, before the low and high quantiles of its box.
const TIME = 0;
/** log of the least t / w that the box may hold. */
const BOUND = 1;
/** Largest log weight in the box, without the constant. */
const MOST = 2;
const KEY = 3;
const PARENT = 4;
const SIDE = 5;
const DEPTH = 6;
const BOX = 7;

/** Finds the best point of a chunk. */
class TreeSearch {
  readonly #random: PrivateRandom;
  /** Rows of BOX + 2 m numbers. */
  #nodes: Float64Array = new Float64Array(4096);
  #count = 0;
  #row = 0;
  /** Nodes that are left, as a heap: the least bound first. */
  #heap: Int32Array = new Int32Array(512);
  #heaped = 0;
  #size = 0;
  #linear: Float64Array = new Float64Array(0);
  #quadratic: Float64Array = new Float64Array(0);
  /** Coefficients of points that the search has looked at since it began. */
  lookUps = 0;
  /** Chunks whose search was cut since it began. */
  cut = 0;

  constructor(random: PrivateRandom) {
    this.#random = random;
  }

  /** Bytes of its arrays. */
  get bytes(): number {
    return this.#nodes.byteLength + this.#heap.byteLength + this.#linear.byteLength + this.#quadratic.byteLength;
  }

  /** Returns the sides of the path from the root to the best point, and writes the point to `values`. */
  search(tile: ChannelTile, chunk: Chunk, values: Float32Array): number[] {
    this.#start(tile, chunk);
    const order = new SplitOrder(tile, chunk);
    let best = Number.POSITIVE_INFINITY;
    let found = 0;
    while (this.#heaped > 0) {
      const node = this.#pop();
      const at = node * this.#row;
      if (this.#nodes[at + BOUND] >= best) break;
      const score = Math.log(this.#nodes[at + TIME]) - this.#logWeight(node);
      if (score < best) [best, found] = [score, node];
      if (this.#count + 2 > MOST_NODES) {
        this.cut++;
        break;
      }
      const axis = order.axis(this.#nodes[at + DEPTH]);
      for (let side = 0; side < 2; side++) this.#addHalf(node, axis, side, best);
    }
    for (let i = 0; i < this.#size; i++) values[chunk.from + i] = this.#coordinate(found, i);
    const path: number[] = [];
    for (let at = found * this.#row; this.#nodes[at + PARENT] >= 0; at = this.#nodes[at + PARENT] * this.#row) {
      path.unshift(this.#nodes[at + SIDE]);
    }
    return path;
  }

  #start({ target, residualVariance }: ChannelTile, { from, to, key }: Chunk): void {
    this.#size = to - from;
    this.#row = BOX + 2 * this.#size;
    this.#count = this.#heaped = 0;
    this.#linear = new Float64Array(this.#size);
    this.#quadratic = new Float64Array(this.#size);
    let most = 0;
    for (let i = 0; i < this.#size; i++) {
      const r = residualVariance[from + i];
      this.#linear[i] = target[from + i] / r;
      this.#quadratic[i] = 0.5 * (1 / r - 1);
      most += this.#mostIn(i, 0, 1);
    }
    const at = this.#newNode() * this.#row;
    const time = this.#random.exponential();
    this.#nodes.set([time, Math.log(time) - most, most, key, -1, 0, 0], at);
    for (let i = 0; i < this.#size; i++) this.#nodes.set([0, 1], at + BOX + 2 * i);
    this.#push(0);
  }

  /** Largest part of the log weight of coefficient i between two quantiles. */
  #mostIn(i: number, low: number, high: number): number {
    const [linear, quadratic] = [this.#linear[i], this.#quadratic[i]];
    if (quadratic === 0) return 0;
    const z = Math.min(Math.max(linear / (2 * quadratic), placeOf(low)), placeOf(high));
    return (linear - quadratic * z) * z;
  }

  #coordinate(node: number, i: number): number {
    const at = node * this.#row;
    const box = at + BOX + 2 * i;
    return coordinate(this.#nodes[at + KEY], i, this.#nodes[box], this.#nodes[box + 1]);
  }

  /** Log weight of a node's point, without the constant. */
  #logWeight(node: number): number {
    let sum = 0;
    for (let i = 0; i < this.#size; i++) {
      const z = this.#coordinate(node, i);
      sum += (this.#linear[i] - this.#quadratic[i] * z) * z;
    }
    this.lookUps += this.#size;
    return sum;
  }

  /** Adds a half of a box, unless it cannot hold a better point than `best`. */
  #addHalf(parent: number, axis: number, side: number, best: number): void {
    const from = parent * this.#row;
    const [low, high] = this.#nodes.subarray(from + BOX + 2 * axis, from + BOX + 2 * axis + 2);
    const half = side === 0 ? [low, (low + high) / 2] : [(low + high) / 2, high];
    const depth = this.#nodes[from + DEPTH] + 1;
    // The first point of a Poisson process in a box of mass 2^-depth, after that of the box around it.
    const time = this.#nodes[from + TIME] + this.#random.exponential() * 2 ** depth;
    const most = this.#nodes[from + MOST] - this.#mostIn(axis, low, high) + this.#mostIn(axis, half[0], half[1]);
    const bound = Math.log(time) - most;
    if (bound >= best) return;
    const node = this.#newNode();
    const at = node * this.#row;
    this.#nodes.copyWithin(at + BOX, from + BOX, from + this.#row);
    this.#nodes.set(half, at + BOX + 2 * axis);
    this.#nodes.set([time, bound, most, keyOfHalf(this.#nodes[from + KEY], side), parent, side, depth], at);
    this.#push(node);
  }

  #newNode(): number {
    if ((this.#count + 1) * this.#row > this.#nodes.length) {
      const grown = new Float64Array(2 * (this.#count + 1) * this.#row);
      grown.set(this.#nodes);
      this.#nodes = grown;
    }
    return this.#count++;
  }

  #bound(place: number): number {
    return this.#nodes[this.#heap[place] * this.#row + BOUND];
  }

  #swap(a: number, b: number): void {
    const node = this.#heap[a];
    this.#heap[a] = this.#heap[b];
    this.#heap[b] = node;
  }

  #push(node: number): void {
    if (this.#heaped === this.#heap.length) {
      const grown = new Int32Array(2 * this.#heaped);
      grown.set(this.#heap);
      this.#heap = grown;
    }
    let place = this.#heaped++;
    this.#heap[place] = node;
    for (let above = (place - 1) >> 1; place > 0 && this.#bound(place) < this.#bound(above); above = (place - 1) >> 1) {
      this.#swap(place, above);
      place = above;
    }
  }

  #pop(): number {
    const first = this.#heap[0];
    this.#heap[0] = this.#heap[--this.#heaped];
    for (let place = 0; ; ) {
      let least = place;
      for (const below of [2 * place + 1, 2 * place + 2]) {
        if (below < this.#heaped && this.#bound(below) < this.#bound(least)) least = below;
      }
      if (least === place) return first;
      this.#swap(place, least);
      place = least;
    }
  }
}

/** Statistics of the lengths of paths, for each class of chunks. */
class DepthModels {
  readonly #models: Map<number, FenwickModel> = new Map();

  of({ expectedBits }: Chunk): FenwickModel {
    const key = classOf(expectedBits);
    const model = this.#models.get(key) ?? new FenwickModel(DEPTHS, 16);
    this.#models.set(key, model);
    return model;
  }
}

class AStarSender implements ChannelSender {
  readonly #chunkBits: number;
  readonly #encoder: RangeEncoder = new RangeEncoder();
  readonly #depths: DepthModels = new DepthModels();
  readonly #search: TreeSearch = new TreeSearch(new PrivateRandom(11));

  constructor(chunkBits: number) {
    this.#chunkBits = chunkBits;
  }

  get bits(): number {
    return 8 * this.#encoder.length;
  }

  get memoryBytes(): number {
    return this.#search.bytes;
  }

  send(tile: ChannelTile): Sent {
    const values = new Float32Array(tile.target.length);
    this.#search.lookUps = this.#search.cut = 0;
    for (const chunk of cutChunks(tile, this.#chunkBits)) {
      const path = this.#search.search(tile, chunk, values);
      const model = this.#depths.of(chunk);
      this.#encoder.encode(model, path.length);
      model.update(path.length);
      for (const side of path) this.#encoder.encodeRaw(side, 1);
    }
    const { lookUps, cut } = this.#search;
    return { values, lookUps: () => lookUps, cut };
  }

  finish(): Uint8Array {
    return this.#encoder.finish();
  }
}

class AStarReceiver implements ChannelReceiver {
  readonly #chunkBits: number;
  readonly #decoder: RangeDecoder;
  readonly #depths: DepthModels = new DepthModels();

  constructor(chunkBits: number, message: Uint8Array) {
    this.#chunkBits = chunkBits;
    this.#decoder = new RangeDecoder(message);
  }

  receive(tile: SharedTile): Float32Array {
    const values = new Float32Array(tile.residualVariance.length);
    for (const chunk of cutChunks(tile, this.#chunkBits)) this.#receiveChunk(tile, chunk, values);
    return values;
  }

  #receiveChunk(tile: SharedTile, chunk: Chunk, values: Float32Array): void {
    const model = this.#depths.of(chunk);
    const depth = this.#decoder.decode(model);
    model.update(depth);
    const order = new SplitOrder(tile, chunk);
    const size = chunk.to - chunk.from;
    const low = new Float64Array(size);
    const high = new Float64Array(size).fill(1);
    let { key } = chunk;
    for (let d = 0; d < depth; d++) {
      const axis = order.axis(d);
      const side = this.#decoder.decodeRaw(1);
      (side === 0 ? high : low)[axis] = (low[axis] + high[axis]) / 2;
      key = keyOfHalf(key, side);
    }
    for (let i = 0; i < size; i++) values[chunk.from + i] = coordinate(key, i, low[i], high[i]);
  }
}

/**
 * A* coding.
 *
 * @param chunkBits - expected bits of a chunk; 0: single coefficients
 */
export function aStarChannel(chunkBits: number): Channel {
  return {
    scheme: 'A*',
    setting: chunkBits === 0 ? 'single coefficients' : `${chunkBits} bits`,
    reach: 'sample',
    sender: () => new AStarSender(chunkBits),
    receiver: (message) => new AStarReceiver(chunkBits, message),
  };
}
