import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FORMAT_MODEL } from '../../src/codec/format/default-model.ts';
import { DdpmError, decode, encode, inspect, type Progress, type RawImage } from '../../src/entry/index.ts';
import { otherModel } from '../support/model-files.ts';
import { gradientPicture } from '../support/pictures.ts';

const IMAGE = gradientPicture(16, 16, 3);
const FAST = { effort: 1, endSigma: 5, beamWidth: 4 };
let stream: Uint8Array;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ddpm-api-'));
  ({ data: stream } = await encode(IMAGE, FAST));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe('wrong options name the option', () => {
  test.each<[string, unknown, ErrorConstructor]>([
    ['effort', 0, RangeError],
    ['effort', 10, RangeError],
    ['effort', 1.5, RangeError],
    ['effort', '5', TypeError],
    ['ladderStep', 3, RangeError],
    ['ladderStep', '1', RangeError],
    ['beamWidth', 0, RangeError],
    ['beamWidth', 4097, RangeError],
    ['endSigma', 0.003, RangeError],
    ['endSigma', 41, RangeError],
    ['endSigma', Number.NaN, RangeError],
    ['seed', -1, RangeError],
    ['seed', 2 ** 32, RangeError],
    ['backend', 'gpu', RangeError],
    ['model', 7, TypeError],
    ['onProgress', {}, TypeError],
    ['signal', {}, TypeError],
    ['limitInputPixels', 0, RangeError],
    ['limitInputPixels', Number.POSITIVE_INFINITY, RangeError],
    ['quality', 101, RangeError],
    ['bytes', 0, RangeError],
    ['colour', 5, TypeError],
    ['layers', 3, TypeError],
  ])('encode: %s = %s', async (name, value, kind) => {
    const error = await encode(IMAGE, { [name]: value }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toMatch(new RegExp(`^"${name}" expected [^\\n]+$`));
  });

  test.each<[string, unknown, ErrorConstructor]>([
    ['bytes', 0, RangeError],
    ['bytes', 20.5, RangeError],
    ['bytes', '20', TypeError],
    ['layers', -1, RangeError],
    ['layers', 999, RangeError],
    ['layers', 0.5, RangeError],
    ['bpp', 0, RangeError],
    ['bpp', Number.NaN, RangeError],
    ['failOn', 'warning', RangeError],
    ['backend', 'gpu', RangeError],
    ['limitInputPixels', -1, RangeError],
    ['effort', 5, TypeError],
  ])('decode: %s = %s', async (name, value, kind) => {
    const error = await decode(stream, { [name]: value }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toMatch(new RegExp(`^"${name}" expected [^\\n]+$`));
  });

  test('two cuts at once', async () => {
    await expect(decode(stream, { bytes: 50, layers: 1 })).rejects.toThrow(
      new TypeError('"layers" expected alone, got bytes and layers'),
    );
    await expect(decode(stream, { bpp: 1, layers: 1 })).rejects.toThrow(/^"bpp" expected alone/);
  });

  test('options and bytes of another type', async () => {
    await expect(encode(IMAGE, null as never)).rejects.toThrow(/^"options" expected object, got null/);
    await expect(decode(stream, 5 as never)).rejects.toThrow(/^"options" expected object, got 5/);
    await expect(decode('x' as never)).rejects.toThrow(/^"bytes" expected Uint8Array/);
    expect(() => inspect([1, 2] as never)).toThrow(/^"bytes" expected Uint8Array/);
  });

  test.each<[string, unknown, string]>([
    ['too few samples', { ...IMAGE, data: new Uint8Array(767) }, 'data'],
    ['floats', { ...IMAGE, data: new Float32Array(768) }, 'data'],
    ['no width', { ...IMAGE, width: 0 }, 'width'],
    ['a missing width', { data: IMAGE.data, height: 16, channels: 3 }, 'width'],
    ['half a pixel', { ...IMAGE, height: 1.5 }, 'height'],
    ['five channels', { ...IMAGE, channels: 5 }, 'channels'],
    ['null', null, 'image'],
  ])('an image that is none: %s', async (_, image, name) => {
    const error = await encode(image as RawImage).catch((reason: unknown) => reason);
    expect(error === null ? null : (error as Error).message).toMatch(new RegExp(`^"${name}" expected `));
  });
});

describe('models', () => {
  test('a stream of one model is refused by another', async () => {
    const model = file('other.safetensors', otherModel());
    const error = await decode(stream, { model }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DdpmError);
    expect(error).toMatchObject({
      code: 'ERR_DDPM_MODEL_MISMATCH',
      message: expect.stringContaining(FORMAT_MODEL.id),
    });
    const other = await encode(IMAGE, { ...FAST, model });
    expect(other.info.model).not.toBe(FORMAT_MODEL.id);
    expect(inspect(other.data).model).toBe(other.info.model);
    expect((await decode(other.data, { model })).info.model).toBe(other.info.model);
    await expect(decode(other.data)).rejects.toMatchObject({ code: 'ERR_DDPM_MODEL_MISMATCH' });
  });

  test('a missing model, and one that appears later', async () => {
    const model = join(folder, 'later.safetensors');
    for (const run of [() => encode(IMAGE, { model }), () => decode(stream, { model })]) {
      await expect(run()).rejects.toMatchObject({
        code: 'ERR_DDPM_MODEL_MISSING',
        message: expect.stringContaining('later.safetensors'),
      });
    }
    writeFileSync(model, otherModel());
    expect((await encode(IMAGE, { ...FAST, model })).data.length).toBeGreaterThan(0);
  });

  test('a corrupt model', async () => {
    for (const [name, bytes] of [
      ['empty', new Uint8Array(0)],
      ['text', new TextEncoder().encode('not a model at all')],
      ['half', otherModel().subarray(0, 2e6)],
    ] as const) {
      await expect(encode(IMAGE, { model: file(name, bytes) })).rejects.toMatchObject({
        code: 'ERR_DDPM_MODEL_CORRUPT',
        message: expect.stringContaining(join(folder, name)),
      });
    }
  });
});

describe('abort and progress', () => {
  test('an aborted signal stops a run before it starts', async () => {
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(encode(IMAGE, { ...FAST, signal })).rejects.toBe(reason);
    await expect(decode(stream, { signal })).rejects.toBe(reason);
  });

  test('a signal stops a run between two layers', async () => {
    for (const run of [
      (options: { signal: AbortSignal; onProgress: () => void }) => encode(IMAGE, { ...FAST, ...options }),
      (options: { signal: AbortSignal; onProgress: () => void }) => decode(stream, options),
    ]) {
      const controller = new AbortController();
      let calls = 0;
      const onProgress = (): void => {
        if (++calls === 2) controller.abort();
      };
      await expect(run({ signal: controller.signal, onProgress })).rejects.toMatchObject({ name: 'AbortError' });
      expect(calls).toBe(2);
    }
  });

  test('an error in onProgress ends the run with that error', async () => {
    const reason = new Error('mine');
    const onProgress = (): never => {
      throw reason;
    };
    await expect(decode(stream, { onProgress })).rejects.toBe(reason);
  });

  test('progress rises to 1, with one event for each layer', async () => {
    const image = gradientPicture(70, 64, 1);
    const events: Progress[] = [];
    const onProgress = (progress: Progress): void => void events.push(progress);
    const { data, info } = await encode(image, { ...FAST, endSigma: 0.6, onProgress });
    const layers = info.layers.length;
    expect(new Set(info.layers.map(({ level }) => level)).size).toBe(2);
    expect(events.map(({ step }) => step)).toEqual(Array.from({ length: layers + 1 }, (_, i) => i));
    await decode(data, { onProgress });
    await decode(data, { layers: 2, onProgress });
    const runs = [events.slice(0, layers + 1), events.slice(layers + 1, 2 * layers + 2), events.slice(2 * layers + 2)];
    expect(runs.map((run) => run.length)).toEqual([layers + 1, layers + 1, 3]);
    for (const [i, run] of runs.entries()) {
      const fractions = run.map(({ fraction }) => fraction);
      expect(fractions[0]).toBe(0);
      expect(fractions[fractions.length - 1]).toBe(1);
      for (let k = 1; k < fractions.length; k++) expect(fractions[k]).toBeGreaterThan(fractions[k - 1]);
      for (const { phase, steps } of run)
        expect([phase, steps]).toEqual([i === 0 ? 'encode' : 'decode', run.length - 1]);
    }
  });

  test('timing has its parts', async () => {
    const { info } = await encode(IMAGE, FAST);
    const decoded = await decode(stream);
    for (const { totalMs, networkMs, transportMs, whiteningMs } of [info.timing, decoded.info.timing]) {
      expect(networkMs).toBeGreaterThan(0);
      expect(transportMs).toBeGreaterThanOrEqual(0);
      expect(whiteningMs).toBeGreaterThan(0);
      expect(networkMs + transportMs + whiteningMs).toBeLessThanOrEqual(totalMs + 1e-6);
    }
  });
});

describe('limitInputPixels', () => {
  test('holds for pixels, files and streams', async () => {
    const pgm = Buffer.concat([Buffer.from('P5\n16 16\n255\n'), new Uint8Array(256)]);
    for (const run of [
      () => encode(IMAGE, { limitInputPixels: 255 }),
      () => encode(pgm, { limitInputPixels: 255 }),
      () => decode(stream, { limitInputPixels: 255 }),
      async () => inspect(stream, { limitInputPixels: 255 }),
    ]) {
      await expect(run()).rejects.toMatchObject({ code: 'ERR_DDPM_LIMIT' });
    }
    expect(inspect(stream, { limitInputPixels: 256 })).toMatchObject({ width: 16, height: 16 });
    expect(() => inspect(stream, { limitInputPixels: 0 })).toThrow(/^"limitInputPixels" expected/);
    expect(() => inspect(stream, { limit: 256 } as never)).toThrow(/^"limit" expected/);
    await encode(IMAGE, { ...FAST, limitInputPixels: 256 });
    await decode(stream, { limitInputPixels: 256 });
  });

  test('is checked before memory is allocated', async () => {
    const data = new Uint8Array(8);
    const huge = { data, width: 2 ** 31 - 1, height: 2 ** 31 - 1, channels: 1 } as const;
    await expect(encode(huge)).rejects.toThrow(/^"data" expected/);
  });
});

test('reports input that is not a .ddpm stream', async () => {
  for (const bytes of [new Uint8Array(0), new TextEncoder().encode('GIF89a')]) {
    await expect(decode(bytes)).rejects.toMatchObject({ code: 'ERR_DDPM_CORRUPT' });
    expect(() => inspect(bytes)).toThrow(expect.objectContaining({ code: 'ERR_DDPM_CORRUPT' }));
  }
});

test('reports input that is not an image', async () => {
  for (const bytes of [new Uint8Array(0), new TextEncoder().encode('hello')]) {
    await expect(encode(bytes)).rejects.toMatchObject({ code: 'ERR_DDPM_INPUT' });
  }
});
