/**
 * Computes results that must be the same to the last bit in every JavaScript engine: floats of the network, pixels of
 * golden vectors, bytes of encoded pictures. Uses no Node modules, because Chromium runs it, too.
 */
import type { RawImage } from '../../src/entry/index.ts';
import type { Denoiser } from '../../src/entry/model.ts';

/** A codec to test, running in some JavaScript engine. */
export interface Engine {
  /** The network of the shipped model; null to leave it out. */
  readonly denoiser: Denoiser | null;
  /**
   * Decodes prefixes to pixels.
   *
   * @param layers - number of layers of each prefix, ascending
   */
  decode(bytes: Uint8Array, layers: readonly number[]): Promise<Uint8Array[]>;
  /**
   * Decodes prefixes with a network that need not be exact; null for a stream that cannot be decoded so. Missing where the codec is
   * not assembled from parts.
   */
  decodeFused?(bytes: Uint8Array, layers: readonly number[]): Promise<Uint8Array[] | null>;
  encode(image: RawImage): Promise<Uint8Array>;
  /**
   * Encodes losslessly; returns the stream and the pixels that it decodes to. Missing in codecs that are assembled from
   * parts.
   */
  lossless?(image: RawImage): Promise<{ stream: Uint8Array; pixels: Uint8Array }>;
}

/** A golden vector: a file, and the layers after which to compare the picture. */
export interface Vector {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Ascending. */
  readonly layers: readonly number[];
}

/** SHA-256 values in hexadecimal. */
export interface GoldenHashes {
  /** Hashes of the network's floats, by size and noise level. */
  readonly network: Readonly<Record<string, string>>;
  /** Hashes of the pixels after each of the vector's `layers`, by file. */
  readonly pixels: Readonly<Record<string, readonly string[]>>;
  /** Hashes of streams, by picture. */
  readonly encoded: Readonly<Record<string, string>>;
}

/** SHA-256 of an array's memory, in hexadecimal. */
export async function sha256(values: Uint8Array | Float32Array): Promise<string> {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Pseudo-random bytes, computed with integers only (xorshift32, Marsaglia 2003). */
export function randomBytes(length: number, seed: number): Uint8Array {
  let x = seed;
  return Uint8Array.from({ length }, () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 24;
  });
}

/** A ramp with an edge and some noise, so that every layer contains information. */
export function testPicture(width: number, height: number, channels: 1 | 3): RawImage {
  const noise = randomBytes(width * height * channels, 0x2545f491);
  const data = noise.map((byte, i) => {
    const x = Math.floor(i / channels) % width;
    const y = Math.floor(i / channels / width);
    const ramp = Math.floor((160 * (x + (i % channels) * y)) / (width + height));
    return 24 + ramp + (3 * x > 2 * y + width ? 40 : 0) + (byte >> 4);
  });
  return { data, width, height, channels };
}

/**
 * Sizes in pixels, for a batch of 1, neither a power of two: the finest maps have tiles of 4x4, the coarsest ones of 2x2, whole and cut.
 */
const NETWORK_SIZES = [
  [16, 48],
  [112, 80],
] as const;
const NETWORK_SIGMAS = [20, 1, 0.25, 0.02];

/** SHA-256 of the network's mean and log-variance, for some sizes and noise levels. */
export async function networkHashes(denoiser: Denoiser): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const [height, width] of NETWORK_SIZES) {
    for (const sigma of NETWORK_SIGMAS) {
      const noise = randomBytes(height * width * 3, 77);
      const y = Float32Array.from(noise, (byte) => (byte / 127.5 - 1) * (1 + sigma));
      const { mean, logVariance } = await denoiser.denoise(y, { batch: 1, height, width }, sigma);
      const logs = logVariance ?? new Float32Array(0);
      hashes[`${width}x${height} at sigma ${sigma}`] = `${await sha256(mean)} ${await sha256(logs)}`;
    }
  }
  return hashes;
}

const PICTURES = [testPicture(40, 24, 3), testPicture(33, 70, 1), testPicture(1, 1, 3)];

/** What fused arithmetic changes. */
export interface FusedDifference {
  /** Whether this engine has it. */
  readonly fused: boolean;
  /** Number of pictures that were compared, and of samples in them that differ from those of exact arithmetic. */
  readonly pictures: number;
  readonly samples: number;
  /** Largest difference in grey levels. */
  readonly largest: number;
}

/** Compares the pictures of vectors in fused and in exact arithmetic. */
export async function fusedDifference(engine: Engine, vectors: readonly Vector[]): Promise<FusedDifference> {
  let pictures = 0;
  let samples = 0;
  let largest = 0;
  for (const { bytes, layers } of vectors) {
    const fused = (await engine.decodeFused?.(bytes, layers)) ?? [];
    const exact = fused.length > 0 ? await engine.decode(bytes, layers) : [];
    pictures += fused.length;
    for (const [i, picture] of fused.entries()) {
      for (const [at, value] of picture.entries()) {
        const difference = Math.abs(value - exact[i][at]);
        if (difference > 0) samples++;
        largest = Math.max(largest, difference);
      }
    }
  }
  return { fused: engine.denoiser?.fused === true, pictures, samples, largest };
}

/** Runs everything. The result is the same in all engines if the codec is portable. */
export async function goldenHashes(engine: Engine, vectors: readonly Vector[]): Promise<GoldenHashes> {
  const network = engine.denoiser ? await networkHashes(engine.denoiser) : {};
  const pixels: Record<string, string[]> = {};
  for (const { name, bytes, layers } of vectors) {
    pixels[name] = await Promise.all((await engine.decode(bytes, layers)).map(sha256));
  }
  const encoded: Record<string, string> = {};
  await Promise.all(
    PICTURES.map(async (picture) => {
      const { width, height, channels } = picture;
      const name = `${width}x${height}x${channels}`;
      encoded[name] = await sha256(await engine.encode(picture));
      if (!engine.lossless) return;
      const { stream, pixels } = await engine.lossless(picture);
      encoded[`${name} lossless`] = await sha256(stream);
      const exact = pixels.length === picture.data.length && pixels.every((value, i) => value === picture.data[i]);
      encoded[`${name} lossless, decoded`] = exact ? 'exact' : await sha256(pixels);
    }),
  );
  return { network, pixels, encoded };
}
