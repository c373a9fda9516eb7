import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { ditheredTransport } from '../../../src/codec/dithered/dithered-transport.ts';
import { type Header, readHeader, writeHeader } from '../../../src/codec/format/header.ts';
import { endingAt, type LadderStep, ladder } from '../../../src/codec/format/noise-ladder.ts';
import { parseStream, streamSteps } from '../../../src/codec/format/stream-parser.ts';
import { StreamWriter } from '../../../src/codec/format/stream-writer.ts';
import { ImagePyramid } from '../../../src/codec/grid/image-pyramid.ts';
import type { Plane } from '../../../src/codec/grid/plane.ts';
import { decodeWalk } from '../../../src/codec/walk/decode-walk.ts';
import { type EncodeWalkState, encodeWalk } from '../../../src/codec/walk/encode-walk.ts';
import { messageBits } from '../../../src/codec/walk/message-size.ts';
import { codedTiles } from '../../support/coded-tiles.ts';
import { gaussians, moments } from '../../support/gaussian.ts';
import { gaussianModel } from '../../support/gaussian-model.ts';
import { runOf } from '../../support/walk-runs.ts';

const TAU = 0.2;
const MODEL = gaussianModel(TAU);
const END = -700;

function gaussianImage(width: number, height: number, seed: string): Plane {
  return { width, height, data: gaussians(width * height * 3, seed).map((value) => TAU * value) };
}

function headerOf({ width, height }: Plane, more: Partial<Header> = {}): Header {
  const switches = { grey: false, checksums: false, chunks: false, dithered: true, freeEnd: true };
  return { width, height, model: MODEL.id, stepEighths: 16, seed: 11, endPosition: END, ...switches, ...more };
}

interface Encoded {
  readonly bytes: Uint8Array;
  /** State with copies of the planes, which the walk changes later. */
  readonly states: readonly EncodeWalkState[];
}

const dithered = () => runOf(MODEL, ditheredTransport());

async function encodeImage(image: Plane, header: Header): Promise<Encoded> {
  const steps = streamSteps(header);
  const writer = new StreamWriter(header);
  const states: EncodeWalkState[] = [];
  const walk = { run: dithered(), image: new ImagePyramid(image), seed: header.seed, steps, withGains: false };
  for await (const state of encodeWalk(walk)) {
    const copy = (plane: Plane): Plane => ({ ...plane, data: plane.data.slice() });
    states.push({ ...state, state: copy(state.state), mean: copy(state.mean) });
    if (state.layers === 0) continue;
    const tiles = state.tiles.map(({ bits, packed, gains }) => ({ bits, packed: packed ?? new Uint8Array(0), gains }));
    const before = writer.length;
    const step = steps[state.layers - 1];
    const length = writer.layerLength(step, tiles, false);
    writer.addLayer(step, tiles, false);
    expect(writer.length - before).toBe(length);
  }
  return { bytes: writer.bytes(header), states };
}

async function lastMean(bytes: Uint8Array, count: number): Promise<Float32Array> {
  const stream = parseStream(bytes);
  for await (const { layers, mean } of decodeWalk(stream, dithered())) if (layers === count) return mean.data.slice();
  throw new Error(`there are no ${count} layers`);
}

describe('encoder and decoder', () => {
  test.each([
    [40, 24, false],
    [1, 1, false],
    [72, 100, true], // one level above the image
    [280, 136, true], // two levels, two tiles
  ])('hold the same states bit for bit: %i x %i', async (width, height, checksums) => {
    const image = gaussianImage(width, height, `${width}x${height}`);
    const { bytes, states } = await encodeImage(image, headerOf(image, { checksums }));
    const stream = parseStream(bytes);
    expect(stream.status).toBe('complete');
    expect(stream.header.dithered).toBe(true);
    let layer = 0;
    for await (const { state, mean } of decodeWalk(stream, dithered())) {
      expect(Buffer.compare(Buffer.from(state.data.buffer), Buffer.from(states[layer].state.data.buffer))).toBe(0);
      expect(Buffer.compare(Buffer.from(mean.data.buffer), Buffer.from(states[layer].mean.data.buffer))).toBe(0);
      layer++;
    }
    expect(layer).toBe(stream.steps.length + 1);
  });

  test('keep the noise of the state at sigma, white and independent of the image', async () => {
    const image = gaussianImage(128, 128, 'noise');
    // Without a pyramid, because at the start of a level its detail is pure noise, so that y - x depends on the image.
    const walk = { run: dithered(), image: new ImagePyramid(image), seed: 5, steps: ladder(0, 24, END) };
    for await (const { layers, state, sigma } of encodeWalk(walk)) {
      if (layers === 0) continue;
      const noise = state.data.map((y, i) => y - image.data[i]);
      expect(Math.abs(moments(noise).deviation / sigma - 1)).toBeLessThan(0.02);
      const correlation = moments(noise.map((value, i) => value * image.data[i])).mean / (TAU * sigma);
      expect(Math.abs(correlation)).toBeLessThan(0.03);
    }
  });

  test('the size of a step is known before it is taken, for any end', async () => {
    const image = gaussianImage(280, 40, 'size');
    const header = headerOf(image);
    for (const toIndex of [500, -100, END]) {
      let sizes: number[] = [];
      const plan = (
        cost: Parameters<typeof messageBits>[0] & { readonly step: LadderStep },
      ): LadderStep | undefined => {
        const { step, layerModel } = cost;
        if (step.level > 0 || step.fromIndex <= toIndex || step.toIndex > toIndex) return undefined;
        const last = endingAt(step, toIndex);
        sizes = layerModel.tiles.map((_, tile) => messageBits(cost, last, tile, header.seed));
        return last;
      };
      const steps = streamSteps({ ...header, endPosition: -2048 });
      const walk = { run: dithered(), image: new ImagePyramid(image), seed: header.seed, steps, plan };
      for await (const { tiles } of encodeWalk(walk)) {
        if (sizes.length > 0) expect(tiles.map(({ bits }) => bits)).toEqual(sizes);
      }
      expect(sizes).toHaveLength(2);
    }
  });
});

describe('a stream', () => {
  const image = gaussianImage(24, 40, 'stream');
  let plain: Encoded;
  let checked: Encoded;
  beforeAll(async () => {
    plain = await encodeImage(image, headerOf(image));
    checked = await encodeImage(image, headerOf(image, { checksums: true }));
  });

  test('stores its transport in a further flag', () => {
    const header = headerOf(image);
    const { headerBytes, ...read } = readHeader(plain.bytes);
    expect(read).toEqual(header);
    expect(plain.bytes[2] & 0x20).toBe(0x20);
    expect(readHeader(writeHeader({ ...header, dithered: false })).dithered).toBeUndefined();
    expect(headerBytes).toBe(writeHeader({ ...header, dithered: false }).length);
  });

  test('decodes the complete layers of every prefix', async () => {
    const whole = parseStream(plain.bytes);
    const ends = whole.layers.map(({ endBit }) => endBit);
    for (let length = whole.startBytes; length < plain.bytes.length; length++) {
      const prefix = parseStream(plain.bytes.subarray(0, length));
      const count = ends.filter((end) => end <= length * 8).length;
      expect(prefix.status).toBe('truncated');
      expect(prefix.layers.map(codedTiles)).toEqual(whole.layers.slice(0, count).map(codedTiles));
      expect(prefix.partial).toBeNull();
    }
    for (const [count, { endBit }] of whole.layers.entries()) {
      const mean = await lastMean(plain.bytes.subarray(0, Math.ceil(endBit / 8)), count + 1);
      expect(mean).toEqual(plain.states[count + 1].mean.data);
    }
  });

  test('decodes to finite pictures wherever it is damaged', async () => {
    const { startBytes } = parseStream(plain.bytes);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: startBytes, max: plain.bytes.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          const bytes = plain.bytes.slice();
          bytes[at] ^= flip;
          const stream = parseStream(bytes);
          for await (const { layers, mean } of decodeWalk(stream, dithered())) {
            expect(mean.data.every(Number.isFinite)).toBe(true);
            if (layers === stream.layers.length) break;
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test('reports damage if it has checksums', () => {
    const { startBytes, layers } = parseStream(checked.bytes);
    for (let at = startBytes; at < Math.floor(layers[layers.length - 1].endBit / 8); at++) {
      const bytes = checked.bytes.slice();
      bytes[at] ^= 0x10;
      const { status, layers: intact } = parseStream(bytes);
      expect(status === 'complete').toBe(false);
      expect(intact.map(codedTiles)).toEqual(layers.slice(0, intact.length).map(codedTiles));
    }
  });
});
