/** The functions that get hostile bytes, and checks of their results. */

import { parseStream } from '../../src/codec/format/stream-parser.ts';
import { parsePlaceholder } from '../../src/codec/placeholder/placeholder-stream.ts';
import type { DecodeOptions } from '../../src/coding/decoder/decode-options.ts';
import { prepareDecode } from '../../src/coding/decoder/decoder.ts';
import { decodeArriving, type ProgressiveOptions } from '../../src/coding/decoder/progressive-decoder.ts';
import { inspect } from '../../src/coding/inspect.ts';
import { truncate } from '../../src/coding/truncate.ts';
import { loadUncalibratedModel, openBackend } from '../../src/entry/model.ts';
import { importDiffusers } from '../../src/model/weights/diffusers.ts';
import { parseSafetensors } from '../../src/model/weights/safetensors.ts';
import { NODE, openInlineEngine } from '../../src/node/node-platform.ts';
import { stubEngine } from './corpus.ts';
import type { Random } from './random.ts';

/** Limit of pixels, so that a case takes only milliseconds. The canvas may have twice as many. */
export const LIMIT_PIXELS = 4608;

/** Makes a case fail, with a message that names the broken promise. */
function assertHolds(holds: boolean, promise: string): asserts holds {
  if (!holds) throw new Error(`broken promise: ${promise}`);
}

/** All targets by name. `second` is a second input for targets that take one. */
export const TARGETS = {
  /** Parses header, chunks, side information of all layers and the tail section, with the default limit of pixels. */
  inspect(bytes: Uint8Array): void {
    const info = inspect(bytes);
    assertHolds(info.layers.length <= info.layersTotal, 'no more layers than the ladder has');
    assertHolds(info.layersTotal <= 117 + 11 * 26, 'the ladder ends');
    assertHolds(info.bytes + info.trailingBytes === bytes.length, 'all bytes are told of');
  },

  /** Checks that the truncated stream is as long as asked for, and as intact as before; with an index also by PSNR. */
  truncate(bytes: Uint8Array, random: Random): void {
    const most = random.between(1, bytes.length + 10);
    const cut = truncate(bytes, { bytes: most });
    assertHolds(cut.length <= Math.min(most, bytes.length), 'no longer than asked for');
    const whole = parseStream(bytes);
    const wasIntact = whole.status !== 'corrupt';
    assertHolds(!wasIntact || parseStream(cut).status !== 'corrupt', 'an intact stream stays so');
    const there = bytes.length - whole.trailing;
    assertHolds(!wasIntact || cut.length === Math.min(most, there), 'an intact stream is cut exactly');
    const layers = random.between(0, whole.layers.length);
    const { layers: kept } = parseStream(truncate(bytes, { layers }));
    assertHolds(kept.length >= layers, 'all layers that were asked for are there');
    if (inspect(bytes).index) truncate(bytes, { psnr: random.between(0, 60) });
  },

  /** All of `decode`, with a trivial denoiser instead of the network. */
  async decode(bytes: Uint8Array, random: Random): Promise<void> {
    await decodeWith(bytes, random, async () => stubEngine());
  },

  /** All of `decode`, with the default model. */
  async 'decode-model'(bytes: Uint8Array, random: Random): Promise<void> {
    await decodeWith(bytes, random, openInlineEngine);
  },

  /** `decodeProgressive` with chunks of random length, frames after layers or whenever some bytes have come, and a size. */
  async progressive(bytes: Uint8Array, random: Random): Promise<void> {
    async function* arrivals(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; ) {
        const end = at + random.between(1, 120);
        yield bytes.subarray(at, end);
        at = end;
      }
    }
    const place = { platform: NODE, openEngine: async () => stubEngine() };
    const options: ProgressiveOptions = {
      limitInputPixels: LIMIT_PIXELS,
      ...(random.between(0, 2) === 0 && { everyBytes: random.between(1, 300) }),
      ...(random.between(0, 2) === 0 && { maxWidth: random.between(1, 70) }),
    };
    let layers = 0;
    let shown = 0;
    let isLast = false;
    for await (const { data, info } of decodeArriving(arrivals(), options, place)) {
      assertHolds(!isLast, 'nothing follows the last frame');
      isLast = info.complete;
      if (options.everyBytes === undefined) {
        if (!info.lossless && info.partialLayer === null && info.layer > layers) layers++;
        assertHolds(info.layer === layers, 'a frame for each layer, and one more for a part or the tail');
      }
      assertHolds(info.bytes >= shown, 'frames show ever more bytes');
      shown = info.bytes;
      assertHolds(data.length === info.width * info.height * info.channels, 'frames have their size');
    }
  },

  /** Parses the two header bytes and the layers of a placeholder. */
  placeholder(bytes: Uint8Array): void {
    parsePlaceholder(bytes.subarray(0, 1100));
  },

  /** Parses the container of weights. */
  safetensors(bytes: Uint8Array): void {
    parseSafetensors(bytes, 'fuzz');
  },

  /** Loads a weights file, including the network on its backend. */
  async model(bytes: Uint8Array): Promise<void> {
    const model = await loadUncalibratedModel(bytes, { backend: await openBackend('wasm'), source: 'fuzz' });
    model.denoiser.dispose();
  },
} as const;

/** Imports a model in diffusers' layout. */
export function importFiles(config: Uint8Array, scheduler: Uint8Array, weights: Uint8Array): void {
  importDiffusers({
    config: { source: 'config', bytes: config },
    scheduler: { source: 'scheduler', bytes: scheduler },
    weights: { source: 'weights', bytes: weights },
  });
}

async function decodeWith(
  bytes: Uint8Array,
  random: Random,
  openEngine: Parameters<Awaited<ReturnType<typeof prepareDecode>>['run']>[0],
): Promise<void> {
  const options: DecodeOptions = {
    limitInputPixels: LIMIT_PIXELS,
    failOn: random.pick(['none', 'error', 'truncated']),
    ...(random.chance(0.1) && { reconstruction: 'sample' as const }),
    ...(random.chance(0.2) && { maxWidth: random.between(1, 40) }),
  };
  const { run } = await prepareDecode(bytes, options, NODE);
  const { data, info } = await run(openEngine);
  assertHolds(data.length === info.width * info.height * info.channels, 'pixels have their size');
  assertHolds(info.width <= (options.maxWidth ?? info.fullWidth), 'the picture fits its box');
  assertHolds(info.damage === null || options.failOn === 'none', 'damage is an error unless asked otherwise');
}
