import type { CodedLayer, EncodedLayer, LayerRate } from '../codec/report.ts';
import type { MetadataChoice } from '../image/metadata.ts';

/** Pixels, 8 bits a sample, interleaved, rows from the top: what sharp calls raw, and ImageData for 4 channels. */
export interface RawImage {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. */
  readonly channels: Channels;
  readonly metadata?: Metadata;
}

/** Channels of a picture: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. */
export type Channels = 1 | 2 | 3 | 4;

/** What a file says of its picture, as it stands in the file; kept by the codec as it is. */
export interface Metadata {
  /** ICC colour profile of the pixels. */
  readonly icc?: Uint8Array;
  readonly exif?: Uint8Array;
  readonly xmp?: Uint8Array;
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

/** Options of `encode`. At most one of `bytes`, `bpp`, `psnr`, `quality` and `endSigma`. */
export interface EncodeOptions extends RunOptions {
  /** 1 (fast) .. 9 (small); default 5. Sets `ladderStep` and `beamWidth` where these are not given. */
  readonly effort?: number;
  /** Step of the noise ladder in log-SNR: 1, 1.5 or 2. */
  readonly ladderStep?: number;
  /** Survivor paths of the trellis search, 1..4096. */
  readonly beamWidth?: number;
  /** Size that the file must not exceed, and of which it uses at least 98 % (from 200 bytes up). */
  readonly bytes?: number;
  /** The same as bits per pixel. */
  readonly bpp?: number;
  /** PSNR in dB that the whole file reaches to within 0.1 dB; takes some more runs of the network. */
  readonly psnr?: number;
  /** 0..100: the last layer ends at sigma 2^-(1 + quality / 16). 70 is about the default. */
  readonly quality?: number;
  /** Noise level at which the last layer ends, 0.004..40. Smaller is better and larger. Default: the ladder's step nearest 0.025. */
  readonly endSigma?: number;
  /** Seed of the shared noise, 0..2^32-1; default 0. Stored in the file. */
  readonly seed?: number;
  /** What to keep of an encoded image's metadata; default `['icc']`. Pixels bring their own. */
  readonly metadata?: MetadataChoice;
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
  /**
   * `mmse` (default): the mean of all pictures that fit, the best PSNR. `sample`: one of them, by going on with the reverse process
   * without bits: texture instead of blur, at a lower PSNR.
   */
  readonly reconstruction?: 'mmse' | 'sample';
  /** Seed of `sample`, 0..2^32-1; default 0. */
  readonly reconstructionSeed?: number;
}

/** What is common to the reports of encode, decode and inspect. */
export interface StreamInfo {
  readonly width: number;
  readonly height: number;
  readonly channels: Channels;
  /** Bytes of the stream, or of the prefix that was decoded. */
  readonly bytes: number;
  /** Header and chunks (metadata, alpha): the shortest prefix that can be decoded. */
  readonly headerBytes: number;
  /** Bits per pixel: bytes * 8 / (width * height). */
  readonly bpp: number;
  /** bpp over the number of colour channels, 1 or 3. */
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
