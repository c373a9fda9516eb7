import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { BudgetPredictor } from '../../src/codec/format/budget-predictor.ts';
import { CHUNK } from '../../src/codec/format/chunks.ts';
import type { CodedTile } from '../../src/codec/format/coded-tile.ts';
import { type ParsedStream, parseStream } from '../../src/codec/format/stream-parser.ts';
import { type Gains, gainedSpectrum, NO_GAINS, sameGains } from '../../src/codec/format/variance-gains.ts';
import type { LogSpectrum } from '../../src/codec/transport/transport.ts';
import { logSpectrum, spectrumTable } from '../../src/codec/trellis/bit-allocation.ts';
import { decodePath, type PassValues } from '../../src/codec/trellis/trellis-code.ts';
import { type DecodeOptions, decode } from '../../src/entry/index.ts';
import { parseSafetensors } from '../../src/model/weights/safetensors.ts';
import { codedTiles } from './coded-tiles.ts';
import { MODEL_PATH } from './model-files.ts';

/** Expected values of a golden vector for one layer. */
export interface LayerDescription {
  readonly level: number;
  readonly from: number;
  readonly to: number;
  /** Budget B in bits of each tile. */
  readonly budgets: readonly number[];
  /** Hash of the gains of each tile, one byte for each class; only where a tile of the layer has some that are not 0. */
  readonly gains?: readonly string[];
  /**
   * Hash of the code values of each tile, as little-endian int16 multiples of 2^-12: those of each pass in canonical order, one
   * pass after the other.
   */
  readonly codeValues?: readonly string[];
  /** For dithered layers, whose values need the model: hash of the message of each tile. */
  readonly messages?: readonly string[];
  /** Hash of the picture after the layer, without alpha, on the wasm backend. */
  readonly pixels: string;
}

/** Expected values for a prefix that ends inside a layer. */
export interface PartDescription {
  /** Length of the prefix. */
  readonly bytes: number;
  /** Number of its complete layers. */
  readonly layers: number;
  /** Hash of its picture, as of a layer. */
  readonly pixels: string;
}

/** Expected values of a golden vector for a whole file. */
export interface StreamDescription {
  readonly bytes: number;
  readonly sha256: string;
  /** Hash of the picture before the first layer. */
  readonly pixels: string;
  readonly layers: readonly LayerDescription[];
  /** Some prefixes of which a part of a layer counts; only if there are any. */
  readonly parts?: readonly PartDescription[];
  /** Hash of the stored data of each chunk, by type. */
  readonly chunks?: Readonly<Record<string, string>>;
  /** Hash of the alpha plane. */
  readonly alpha?: string;
  /** The lossless tail: its section in the file, the CRC-32 that it contains, and the hash of the pixels. */
  readonly tail?: { readonly start: number; readonly end: number; readonly checksum: number; readonly pixels: string };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Hash of the code values of a tile, those of its passes one after the other. */
function codeValueHash(passes: readonly PassValues[]): string {
  const values = passes.flatMap((pass) => [...pass.values]);
  const view = new DataView(new ArrayBuffer(2 * values.length));
  values.forEach((value, i) => void view.setInt16(2 * i, value * 4096, true));
  return sha256(new Uint8Array(view.buffer));
}

/** Separates pixels and alpha. */
async function picturesOf(
  bytes: Uint8Array,
  options: DecodeOptions,
): Promise<{ colours: Uint8Array; alpha: Uint8Array | null }> {
  const { data, info } = await decode(bytes, { ...options, model: MODEL_PATH });
  const { channels } = info;
  if (channels === 1 || channels === 3) return { colours: data, alpha: null };
  const isAlpha = (i: number): boolean => i % channels === channels - 1;
  return { colours: data.filter((_, i) => !isAlpha(i)), alpha: data.filter((_, i) => isAlpha(i)) };
}

/** Hashes of the tiles of a layer: of code values, or of messages if the values need the model. */
function describeTiles(
  { header }: ParsedStream,
  tiles: readonly CodedTile[],
  counts: readonly number[],
  layer: { readonly number: number; readonly spectrum: LogSpectrum },
): Pick<LayerDescription, 'budgets' | 'gains' | 'codeValues' | 'messages'> {
  const budgets = tiles.map(({ bits }) => bits);
  if (header.dithered) return { budgets, messages: tiles.map(({ packed }) => sha256(packed)) };
  const gainsOf = ({ gains = NO_GAINS }: CodedTile): Gains => gains;
  const codeValues = tiles.map((coded, tile) => {
    const key = { seed: header.seed, layer: layer.number, tile };
    const spectrum = gainedSpectrum(layer.spectrum, gainsOf(coded));
    return codeValueHash(decodePath({ bits: coded.bits, packed: coded.packed, key, spectrum }, counts[tile]).passes);
  });
  const haveGains = tiles.some((coded) => !sameGains(gainsOf(coded), NO_GAINS));
  const gains = tiles.map((coded) => sha256(new Uint8Array(gainsOf(coded))));
  return { budgets, ...(haveGains && { gains }), codeValues };
}

async function describeLayers(bytes: Uint8Array, stream: ParsedStream): Promise<LayerDescription[]> {
  const { tensors } = parseSafetensors(new Uint8Array(readFileSync(MODEL_PATH)), MODEL_PATH);
  const [sigma, bandShape] = ['calibration.sigma', 'calibration.band_shape'].map((name) => tensors.get(name)?.data);
  if (!sigma || !bandShape) throw new Error(`no calibration in ${MODEL_PATH}`);
  const table = spectrumTable({ sigma, bandShape });
  const predictor = new BudgetPredictor(stream.header);
  const described: LayerDescription[] = [];
  for (const [number, layer] of stream.layers.entries()) {
    const tiles = codedTiles(layer);
    const step = stream.steps[number];
    const counts = predictor.context(step).map(({ n }) => n);
    const said = describeTiles(stream, tiles, counts, { number, spectrum: logSpectrum(table, step.fromIndex) });
    predictor.learn(step, tiles);
    const { colours } = await picturesOf(bytes, { layers: number + 1 });
    const { level, fromIndex: from, toIndex: to } = step;
    described.push({ level, from, to, ...said, pixels: sha256(colours) });
  }
  return described;
}

/** Number of prefixes described. */
const PARTS = 3;

/** Describes prefixes that end inside layers, spread evenly over all those of which a part of a layer counts. */
async function describeParts(bytes: Uint8Array): Promise<Pick<StreamDescription, 'parts'>> {
  const cuts = Array.from(bytes, (_, length) => length).filter((length) => cutInside(bytes, length));
  const chosen = Array.from({ length: PARTS }, (_, i) => cuts[Math.floor((cuts.length * (2 * i + 1)) / (2 * PARTS))]);
  const parts: PartDescription[] = [];
  for (const length of new Set(cuts.length > 0 ? chosen : [])) {
    const prefix = bytes.subarray(0, length);
    const { colours } = await picturesOf(prefix, {});
    parts.push({ bytes: length, layers: parseStream(prefix).layers.length, pixels: sha256(colours) });
  }
  return parts.length > 0 ? { parts } : {};
}

/** Tells whether a prefix has a part of a layer. */
function cutInside(bytes: Uint8Array, length: number): boolean {
  try {
    return parseStream(bytes.subarray(0, length)).partial !== null;
  } catch {
    return false; // the header is incomplete
  }
}

async function describeTail(
  bytes: Uint8Array,
  { tail }: ParsedStream,
): Promise<Pick<StreamDescription, 'tail'> | undefined> {
  if (!tail) return undefined;
  const { start, end, checksum } = tail;
  const pixels = sha256((await picturesOf(bytes, { failOn: 'truncated' })).colours);
  return { tail: { start, end, checksum, pixels } };
}

/** Computes the expected values of a complete file that was made with the default model. */
export async function describeStream(bytes: Uint8Array): Promise<StreamDescription> {
  const stream = parseStream(bytes);
  if (stream.status !== 'complete') throw new Error(`the stream is ${stream.status}: ${stream.damage}`);
  const { colours, alpha } = await picturesOf(bytes, { layers: 0 });
  const chunks = Object.fromEntries([...stream.chunks].map(([type, data]) => [type, sha256(data)]));
  return {
    bytes: bytes.length,
    sha256: sha256(bytes),
    pixels: sha256(colours),
    layers: await describeLayers(bytes, stream),
    ...(await describeParts(bytes)),
    ...(stream.chunks.size > 0 && { chunks }),
    ...(alpha && stream.chunks.has(CHUNK.alpha) && { alpha: sha256(alpha) }),
    ...(await describeTail(bytes, stream)),
  };
}
