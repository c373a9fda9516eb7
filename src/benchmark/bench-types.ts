/** What the benchmark is asked for, and what it measures. */
import type { BackendName } from '../model/backends/backend.ts';

/** Version of `results.json` and of the columns of `rows.csv`. */
export const SCHEMA_VERSION = 1;

/** Codecs that the benchmark can run. */
export type CodecName =
  | 'ddpm'
  | 'ddpm-file'
  | 'ddpm-ideal'
  | 'ddpm-lossless'
  | 'jpeg'
  | 'webp'
  | 'avif'
  | 'jxl'
  | 'png'
  | 'webp-lossless'
  | 'jxl-lossless';

/** Whether a codec is a form of ours. */
export function isOurs(codec: string): boolean {
  return codec.startsWith('ddpm');
}

/** Options of our own codec that all its rows are made with. */
export interface DdpmSettings {
  /** As in `encode`; default 5. */
  readonly effort?: number;
  /** As in `encode`; default by effort. */
  readonly beamWidth?: number;
  /** As in `encode`; default by effort. */
  readonly ladderStep?: number;
  /** Where the last layer of `ddpm` ends; default as in `encode`. `ddpm-ideal` ends at the ladder's step nearest to it. */
  readonly endSigma?: number;
  /** Rate goals of `ddpm-file`, in bits per pixel. */
  readonly bpp?: readonly number[];
  readonly model?: string;
  readonly backend?: BackendName;
}

/** One picture of the set. */
export interface BenchImage {
  /** Unique in the set. */
  readonly name: string;
  readonly path: string;
  /** Number of the record in a CIFAR-10 binary file; undefined for an image file. */
  readonly record?: number;
}

/** One rate point of one codec on one image: a line of `rows.csv`. */
export interface Row {
  readonly image: string;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** First 16 hexadecimal digits of the SHA-256 of the samples. */
  readonly pixels: string;
  readonly codec: CodecName;
  /** What was asked of the codec: `q=80`, `bpp=0.5`, `layer 5/12`, `lossless`. */
  readonly setting: string;
  /** `ideal`: a computed rate, no file was made. */
  readonly kind: 'real' | 'ideal';
  /** Of ddpm: layers in the prefix, pyramid level and noise level of the last. */
  readonly layer: number | null;
  readonly level: number | null;
  readonly sigma: number | null;
  /** Length of the file, or of the prefix with the layer; a fraction only for `ideal`. */
  readonly bytes: number;
  /** Part of `bytes` that says nothing of the picture; see docs/benchmark.md, "Fixed cost". */
  readonly fixedBytes: number;
  /** bytes * 8 / (width * height). */
  readonly bpp: number;
  /** bpp / channels. */
  readonly bitsPerDim: number;
  /** In squared grey levels, over all samples. */
  readonly mse: number;
  readonly rmse: number;
  /** In dB; Infinity for an exact picture. */
  readonly psnr: number;
  /** Null where the picture is too small. */
  readonly ssim: number | null;
  readonly msSsim: number | null;
  /** Wall-clock seconds on one thread; of `layer k/n`: until layer k was coded. */
  readonly encodeSeconds: number;
  /** Of `layer k/n`: until the picture of layer k was there. Null for `ideal`. */
  readonly decodeSeconds: number | null;
  /** Peak resident memory of the process that measured, Node included. */
  readonly peakRssBytes: number;
  /** Codec, library and settings that change its bytes. */
  readonly version: string;
}
