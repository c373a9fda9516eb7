/** Input and results of the benchmark. */
import type { BackendName } from '../model/backends/backend.ts';

/** Version of `results.json` and of the columns of `rows.csv`. */
export const SCHEMA_VERSION = 2;

/** Codecs that the benchmark can measure. Names that begin with `ddpm` are forms of this package's codec. */
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

/** Whether a codec is a form of this package's codec. */
export function isOurs(codec: string): boolean {
  return codec.startsWith('ddpm');
}

/** Options of our own codec, used for all its rows. */
export interface DdpmSettings {
  /** Same as for `encode`; default 5. */
  readonly effort?: number;
  /** Same as for `encode`; default depends on `effort`. */
  readonly beamWidth?: number;
  /** Same as for `encode`; default depends on `effort`. */
  readonly ladderStep?: number;
  /**
   * Noise level at which the last layer of `ddpm` ends; default as in `encode`. `ddpm-ideal` ends at the nearest ladder
   * step.
   */
  readonly endSigma?: number;
  /** Rate goals of `ddpm-file`, in bits per pixel. */
  readonly bpp?: readonly number[];
  readonly model?: string;
  readonly backend?: BackendName;
}

/** One image of the benchmark. */
export interface BenchImage {
  /** Unique within a benchmark. */
  readonly name: string;
  /** Image file, or CIFAR-10 binary file. */
  readonly path: string;
  /** Index of the record in a CIFAR-10 binary file; undefined for an image file. */
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
  /** Setting of the codec: `q=80`, `bpp=0.5`, `layer 5/12`, `lossless`. */
  readonly setting: string;
  /** `ideal`: the rate was computed, and no file was made. */
  readonly kind: 'real' | 'ideal';
  /** For ddpm: number of layers in the decoded prefix; null for other codecs. */
  readonly layer: number | null;
  /** For ddpm: pyramid level of the last of these layers. */
  readonly level: number | null;
  /** For ddpm: noise level of the last of these layers. */
  readonly sigma: number | null;
  /** Length of the file, or of the prefix up to the layer. Not an integer only for `ideal`. */
  readonly bytes: number;
  /** Part of `bytes` that contains no information about the picture; see docs/benchmark.md, "Fixed cost". */
  readonly fixedBytes: number;
  /** bytes * 8 / (width * height). */
  readonly bpp: number;
  /** bpp / channels. */
  readonly bitsPerDim: number;
  /** Mean squared error over all samples, in squared grey levels. */
  readonly mse: number;
  /** Square root of `mse`, in grey levels. */
  readonly rmse: number;
  /** In dB; Infinity for an exact picture. */
  readonly psnr: number;
  /** Null if the picture is too small. */
  readonly ssim: number | null;
  /** Mean over the channels. Null if the picture is too small. */
  readonly msSsim: number | null;
  /** MS-SSIM of luma, 0..1. Null if not measured, or the picture is too small. */
  readonly msSsimLuma: number | null;
  /** 100 for equal pictures; can be negative. Null if not measured, or the picture is too small. */
  readonly ssimulacra2: number | null;
  /** 0 for equal pictures. Null if not measured, or the picture is too small. */
  readonly lpips: number | null;
  /** 0 for equal pictures. Null if not measured, or the picture is too small. */
  readonly dists: number | null;
  /** Wall-clock time on one thread; for `layer k/n`, the time until layer k was coded. */
  readonly encodeSeconds: number;
  /**
   * Wall-clock time on one thread; for `layer k/n`, the time until the picture of layer k was decoded. Null for
   * `ideal`.
   */
  readonly decodeSeconds: number | null;
  /** Peak resident memory of the measuring process, including Node itself. */
  readonly peakRssBytes: number;
  /** Codec, library, and the settings that change its files; see `BenchCodec.version`. */
  readonly version: string;
}
