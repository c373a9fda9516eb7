import { describe, expect, test } from 'vitest';
import { decodeMemory } from '../../../src/coding/decoder/decode-limits.ts';
import type { DecodeOptions } from '../../../src/coding/decoder/decode-options.ts';
import { type Decoded, prepareDecode } from '../../../src/coding/decoder/decoder.ts';
import { decodeArriving } from '../../../src/coding/decoder/progressive-decoder.ts';
import { prepareEncode } from '../../../src/coding/encoder/encoder.ts';
import type { OpenEngine } from '../../../src/coding/engine.ts';
import { decode } from '../../../src/entry/index.ts';
import { NODE } from '../../../src/node/node-platform.ts';
import { stubEngine } from '../../fuzz/corpus.ts';
import { gradientPicture } from '../../support/pictures.ts';

const options = { beamWidth: 4, endSigma: 0.5 } as const;
const { run: encode } = await prepareEncode(async () => gradientPicture(40, 24, 3), options, NODE);
const { data: STREAM } = await encode(async () => stubEngine());
const NEEDED = decodeMemory({ width: 40, height: 24 }) + STREAM.length;
/** An engine that must not be opened. */
const noEngine: OpenEngine = async () => {
  throw new Error('the model was asked for');
};

async function decodeWith(limits: DecodeOptions, openEngine: OpenEngine = async () => stubEngine()): Promise<Decoded> {
  const { run } = await prepareDecode(STREAM, limits, NODE);
  return run(openEngine);
}

/** A model that takes 30 ms for each window. */
const slowEngine: OpenEngine = async () => {
  const engine = stubEngine();
  return {
    ...engine,
    executor: (transport) => {
      const executor = engine.executor(transport);
      const denoise: typeof executor.denoise = async (job) => {
        await new Promise((resolve) => setTimeout(resolve, 30));
        return executor.denoise(job);
      };
      return { ...executor, denoise };
    },
  };
};

describe('limitMemory', () => {
  test('grows with the picture, its canvas and its tail', () => {
    const bytes = (width: number, height: number, tail = false): number => decodeMemory({ width, height, tail });
    expect(bytes(4000, 3000)).toBeGreaterThan(bytes(2000, 1500) * 2);
    expect(bytes(1, 100_000)).toBe(bytes(8, 100_000));
    expect(bytes(1000, 1000, true)).toBeGreaterThan(bytes(1000, 1000));
  });

  test('is checked before the model is loaded', async () => {
    const refused = {
      code: 'ERR_DDPM_LIMIT',
      message: expect.stringMatching(/40 x 24 pixels takes about \d+ MB, more/),
    };
    await expect(decodeWith({ limitMemory: NEEDED - 1 }, noEngine)).rejects.toMatchObject(refused);
    expect((await decodeWith({ limitMemory: NEEDED })).info.width).toBe(40);
  });

  test('applies to arriving bytes, also while the size of the picture is unknown', async () => {
    const place = { platform: NODE, openEngine: noEngine };
    const first = async (chunks: Iterable<Uint8Array>, limitMemory: number): Promise<unknown> => {
      async function* source(): AsyncGenerator<Uint8Array> {
        yield* chunks;
      }
      return decodeArriving(source(), { limitMemory }, place).next();
    };
    const limit = { code: 'ERR_DDPM_LIMIT' };
    await expect(first([STREAM], NEEDED - 1)).rejects.toMatchObject(limit);
    // Flags `more` and `chunks`, then an ICC profile that claims 2 GB; the source never ends.
    const head = Uint8Array.of(0xdd, 0xc1, 0x04, 0x08, 0x08);
    const { crc8 } = await import('../../../src/base/crc.ts');
    const header = Uint8Array.of(...head, crc8(head), 0x81, 0xff, 0xff, 0xff, 0xff, 0x07);
    function* endless(): Generator<Uint8Array> {
      yield header;
      for (;;) yield new Uint8Array(2 ** 20);
    }
    await expect(first(endless(), decodeMemory({ width: 1, height: 1 }) + 5e6)).rejects.toMatchObject(limit);
  });
});

describe('timeout', () => {
  const late = { name: 'DdpmError', code: 'ERR_DDPM_LIMIT', message: expect.stringContaining('longer than timeout') };

  test('ends a decoder that takes longer, but not a faster one', async () => {
    await expect(decodeWith({ timeout: 0.05 }, slowEngine)).rejects.toMatchObject(late);
    expect((await decodeWith({ timeout: 60 }, slowEngine)).info.height).toBe(24);
  });

  test('ends a progressive decoder', async () => {
    async function* source(): AsyncGenerator<Uint8Array> {
      yield STREAM;
    }
    const frames: number[] = [];
    const watch = async (): Promise<void> => {
      const place = { platform: NODE, openEngine: slowEngine };
      for await (const { info } of decodeArriving(source(), { timeout: 0.1 }, place)) frames.push(info.layer);
    };
    await expect(watch()).rejects.toMatchObject(late);
    expect(frames.length).toBeLessThan(5);
  });

  test("does not change the caller's signal", async () => {
    const reason = new Error('the caller had enough');
    await expect(decodeWith({ timeout: 60, signal: AbortSignal.abort(reason) }, slowEngine)).rejects.toBe(reason);
  });
});

test('wrong limits are reported as wrong options', async () => {
  await expect(decode(STREAM, { limitMemory: 0 })).rejects.toThrow(/^"limitMemory" expected number 1 or more/);
  await expect(decode(STREAM, { timeout: 0 })).rejects.toThrow(/^"timeout" expected number 0\.001\.\.2147483, got 0$/);
  await expect(decode(STREAM, { timeout: '1' as never })).rejects.toBeInstanceOf(TypeError);
});
