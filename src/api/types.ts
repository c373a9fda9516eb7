import type { CodedLayer, EncodedLayer, LayerRate } from '../codec/report.ts';

/** Pixels, 8 bits a sample, interleaved, rows from the top: what sharp calls raw, and ImageData for 4 channels. */
export interface RawImage {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 RGB. */
  readonly channels: 1 | 3;
}

/** Tensor backends that can run the network; see `listBackends`. */
export type BackendName = 'wasm' | 'cpu' | 'tensorflow';

/** How far a run has come; one event after each layer. */
export interface Progress {
  readonly phase: 'encode' | 'decode';
  /** Layers done. */
  readonly step: number;
  /** Layers in all. */
  readonly steps: number;
  /** Share of the work done, 0..1 (a layer of a coarse pyramid level is cheap). */
  readonly fraction: number;
}

/** Options that encode and decode share. */
export interface RunOptions {
  /** Path of a weights file; default: the model shipped with the package. */
  readonly model?: string;
  /** Default `wasm`: the same result on every machine. */
  readonly backend?: BackendName;
  /** Stops the run between two layers; the promise rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Largest number of pixels accepted; default 268402689, as in sharp. */
  readonly limitInputPixels?: number;
}

/** Options of `encode`. */
export interface EncodeOptions extends RunOptions {
  /** 1 (fast) .. 9 (small); default 5. Sets `ladderStep` and `beamWidth` where these are not given. */
  readonly effort?: number;
  /** Step of the noise ladder in log-SNR: 1, 1.5 or 2. */
  readonly ladderStep?: number;
  /** Survivor paths of the trellis search, 1..4096. */
  readonly beamWidth?: number;
  /** Noise level at which the last layer ends, 0.004..50; default 0.02. Smaller is better and larger. */
  readonly endSigma?: number;
  /** Seed of the shared noise, 0..2^32-1; default 0. Stored in the file. */
  readonly seed?: number;
}

/** Options of `decode`. At most one of `bytes`, `layers` and `bpp`. */
export interface DecodeOptions extends RunOptions {
  /** Decode only the first so many bytes. */
  readonly bytes?: number;
  /** Decode only the first so many layers. */
  readonly layers?: number;
  /** Decode only the prefix of so many bits per pixel. */
  readonly bpp?: number;
  /**
   * What is an error: `none`: nothing but a damaged header (damage ends the usable prefix, `info.damage` tells of it); `error`
   * (default): damage to a layer that was asked for; `truncated`: also a stream that ends early.
   */
  readonly failOn?: 'none' | 'error' | 'truncated';
}

/** What is common to the reports of encode, decode and inspect. */
export interface StreamInfo {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** Bytes of the stream, or of the prefix that was decoded. */
  readonly bytes: number;
  readonly headerBytes: number;
  /** Bits per pixel: bytes * 8 / (width * height). */
  readonly bpp: number;
  /** bytes * 8 / (width * height * channels). */
  readonly bitsPerDim: number;
  /** Id of the model: first 8 bytes of the SHA-256 of its weights, in hexadecimal. */
  readonly model: string;
  readonly seed: number;
  readonly formatVersion: number;
  /** Step of the ladder in log-SNR. */
  readonly ladderStep: number;
}

/** What `inspect` tells of a stream without running the model. */
export interface InspectInfo extends StreamInfo {
  /** Layers that the stream was made with. */
  readonly layersTotal: number;
  /** True if the bytes end before the last layer does. */
  readonly truncated: boolean;
  /** One line on the first damage found; null if there is none. */
  readonly damage: string | null;
  /** The layers that are there. */
  readonly layers: readonly LayerRate[];
}

/** Where the time went, in milliseconds. */
export interface Timing {
  readonly totalMs: number;
  /** Time in the denoiser. */
  readonly networkMs: number;
  /** Time in the trellis search or register. */
  readonly channelMs: number;
}

/** Sum of the layers' rates; ideal and real are kept apart. */
export interface RateTotals {
  /** Sum of the layers' ideal bits (KL); see CodedLayer. */
  readonly idealBits: number;
  /** Sum of the layers' real bits, without the header. */
  readonly actualBits: number;
}

/** What `encode` reports. */
export interface EncodeInfo extends StreamInfo, RateTotals {
  /** Of the picture that decoding the whole stream gives, in grey levels. */
  readonly rmse: number;
  /** Of the same picture, in dB. */
  readonly psnr: number;
  readonly backend: BackendName;
  readonly beamWidth: number;
  readonly layers: readonly EncodedLayer[];
  readonly timing: Timing;
}

/** What `decode` reports. `idealBits` is the decoder's estimate; see CodedLayer. */
export interface DecodeInfo extends StreamInfo, RateTotals {
  readonly layersTotal: number;
  /** True if the stream ended before the layers asked for (an option that cuts is not a truncation). */
  readonly truncated: boolean;
  /** One line on damage that kept layers from being decoded; null if there is none. */
  readonly damage: string | null;
  readonly backend: BackendName;
  readonly layers: readonly CodedLayer[];
  readonly timing: Timing;
}
