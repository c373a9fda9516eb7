import { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { DdpmError, type DdpmErrorCode } from '../../../src/base/errors.ts';
import type { Library } from '../../../src/cli/library.ts';
import { runCli } from '../../../src/cli/run-cli.ts';
import type { CliIo } from '../../../src/cli/terminal/cli-io.ts';
import { checkDecodeOptions } from '../../../src/coding/decoder/decoder.ts';
import { checkEncodeOptions } from '../../../src/coding/encoder/encode-settings.ts';
import { checkTruncateOptions } from '../../../src/coding/prefix-cut.ts';
import { compareImages } from '../../../src/image/compare-images.ts';
import { imageToSrgb } from '../../../src/image/files/convert-colours.ts';
import { assertHolds, imageFormat, losesProfile } from '../../../src/image/files/image-format.ts';
import { openDists, openLpips } from '../../../src/quality/learned-distance.ts';
import { ssimulacra2 } from '../../../src/quality/ssimulacra2/ssimulacra2.ts';
import { fakeAnalysis } from './fake-analysis.ts';
import { fakeModels } from './fake-models.ts';
import { fakeTraining } from './fake-training.ts';

type EncodeInfo = Awaited<ReturnType<Library['encode']>>['info'];
type DecodeInfo = Awaited<ReturnType<Library['decode']>>['info'];

const rates = { actualBits: 800, bpp: 0.2, bitsPerDim: 0.2 / 3 };
const layers = [
  { layer: 1, level: 1, sigma: 10, bytes: 100, cumulativeBytes: 120, ...rates },
  { layer: 2, level: 0, sigma: 0.02, bytes: 1880, cumulativeBytes: 2000, ...rates },
];
const coded = layers.map((layer) => ({ ...layer, idealBits: 700 }));
const stream = {
  width: 4,
  height: 2,
  channels: 3,
  bytes: 18432,
  headerBytes: 20,
  bpp: 0.375,
  bitsPerDim: 0.125,
} as const;
const origin = { model: '0123456789abcdef', seed: 0, formatVersion: 1, ladderStep: 1.5, transport: 'trellis' } as const;
const run = {
  backend: 'wasm',
  arithmetic: 'exact',
  timing: { totalMs: 5, networkMs: 3, transportMs: 1, whiteningMs: 1 },
  idealBits: 7,
  actualBits: 8,
} as const;

const picture = { data: new Uint8Array(24), width: 4, height: 2, channels: 3 } as const;

const encodeInfo: EncodeInfo = {
  ...stream,
  ...origin,
  ...run,
  beamWidth: 1024,
  layers: coded,
  tail: null,
  warnings: [],
};
const decodeInfo: DecodeInfo = {
  ...stream,
  exactRows: 0,
  ...origin,
  ...run,
  fullWidth: stream.width,
  fullHeight: stream.height,
  layersTotal: 2,
  truncated: false,
  damage: null,
  trailingBytes: 0,
  layers: coded,
  partialLayer: null,
  lossless: false,
  lossyBecause: null,
};

/** A library that codes nothing and records its calls. */
export interface FakeLibrary extends Library {
  readonly calls: { name: string; args: unknown[] }[];
}

/** Options of a fake library: fields of the reports that differ, and what fails. */
export interface Overrides {
  readonly encodeInfo?: Partial<EncodeInfo>;
  readonly decodeInfo?: Partial<DecodeInfo>;
  readonly inspectInfo?: Partial<ReturnType<Library['inspect']>>;
  /** Warnings of `readImage`. */
  readonly warnings?: readonly string[];
  /** What `encode` and `decode` throw. */
  readonly fail?: unknown;
  /** Inputs whose bytes are this text are not images. */
  readonly badText?: string;
}

/** Makes a fake library. */
export function fakeLibrary(overrides: Overrides = {}): FakeLibrary {
  const calls: FakeLibrary['calls'] = [];
  const note = (name: string, ...args: unknown[]): void => {
    calls.push({ name, args });
    if (overrides.fail !== undefined && (name === 'encode' || name === 'decode')) throw overrides.fail;
  };
  const encode: Library['encode'] = async (image, options) => {
    note('encode', image, options);
    options?.onProgress?.({ phase: 'encode', step: 1, steps: 2, fraction: 0.5 });
    await setImmediate();
    const told = options?.reportPsnr ? { rmse: 6.85, psnr: 31.4159 } : {};
    return { data: Buffer.from('ddpm file'), info: { ...encodeInfo, ...told, ...overrides.encodeInfo } };
  };
  const decode: Library['decode'] = async (bytes, options) => {
    note('decode', bytes, options);
    return {
      data: picture.data,
      info: { ...decodeInfo, ...overrides.decodeInfo },
      metadata: { icc: Uint8Array.of(1) },
    };
  };
  const decodeProgressive: Library['decodeProgressive'] = async function* (source, options) {
    note('decodeProgressive', source, options);
    for (const layer of [1, 2]) {
      const info = {
        width: 4,
        height: 2,
        channels: 3,
        layer,
        layersTotal: 24,
        partialLayer: null,
        bytes: layer * 100,
        lossless: false,
        exactRows: 0,
        complete: false,
      } as const;
      yield { data: picture.data, info, metadata: {} };
    }
  };
  return {
    ...fakeAnalysis(note),
    ...fakeModels(note),
    ...fakeTraining(note),
    calls,
    version: '1.2.3',
    assertHolds,
    checkDecodeOptions,
    checkEncodeOptions,
    checkTruncateOptions,
    imageFormat,
    imageToSrgb,
    losesProfile,
    compareImages,
    openDists,
    openLpips,
    ssimulacra2,
    inspect: (bytes) => {
      note('inspect', bytes);
      const found = {
        layersTotal: 24,
        truncated: false,
        damage: null,
        trailingBytes: 0,
        layers,
        partialLayer: null,
        lossless: false,
        tail: null,
        partialTail: null,
        index: null,
        warnings: [],
      };
      return { ...stream, ...origin, ...found, ...overrides.inspectInfo };
    },
    imageSize: async () => ({ width: 4, height: 2 }),
    readImage: async (bytes, options) => {
      note('readImage', bytes, options);
      if (overrides.badText === Buffer.from(bytes).toString()) throw ddpmError('ERR_DDPM_INPUT');
      return { ...picture, warnings: overrides.warnings ?? [] };
    },
    writeImage: async (...args) => {
      note('writeImage', ...args);
      return Buffer.from('image file');
    },
    readPrefix: async (source, options) => {
      const parts: Uint8Array[] = [];
      for await (const part of source as AsyncIterable<Uint8Array>) parts.push(part);
      note('readPrefix', Buffer.concat(parts).toString(), options);
      return Buffer.from('short');
    },
    encode,
    decode,
    decodeProgressive,
    createCodec: async (options) => {
      note('createCodec', options);
      const close = async (): Promise<void> => note('close');
      return { encode, decode, decodeProgressive, close, [Symbol.asyncDispose]: close };
    },
    listBackends: async () => [
      { name: 'wasm', available: true, description: 'WebAssembly', portable: true },
      { name: 'tensorflow', available: false, description: 'needs tfjs-node', portable: false },
    ],
  };
}

/** Makes a data error like those of the library. */
export function ddpmError(code: DdpmErrorCode, message = 'it went wrong. Do better'): DdpmError {
  return new DdpmError(code, message);
}

/** A stream that stores the data written to it. */
export class Sink extends Writable {
  readonly chunks: Buffer[] = [];
  isTTY = false;
  failure: Error | null = null;

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    if (!this.failure) this.chunks.push(Buffer.from(chunk));
    done(this.failure);
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }
}

/** Result of a command line. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line against a fake library. */
export async function runFake(
  args: readonly string[],
  library: Library,
  changes: Partial<CliIo> = {},
): Promise<Outcome> {
  const stdout = new Sink();
  const stderr = new Sink();
  stdout.on('error', () => {}); // as main.ts does
  async function* stdin(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('standard ');
    yield Buffer.from('input');
  }
  const io: CliIo = { stdin: stdin(), stdout, stderr, env: {}, now: () => performance.now(), ...changes };
  const code = await runCli(args, library, io);
  return { code, stdout: (io.stdout as Sink).text, stderr: (io.stderr as Sink).text };
}
