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

/** How the layers are transported; see the option `channel` of `encode`. */
export type ChannelName = 'trellis' | 'dithered';

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
  /** Name or id of a model (`listModels`), or path of a weights file. Default: the model that the stream names, or the shipped one. */
  readonly model?: string;
  /** Default `wasm`: the same result on every machine. */
  readonly backend?: BackendName;
  /** Stops the run between two windows or tiles; the promise rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Largest number of pixels accepted; default 268402689, as in sharp. */
  readonly limitInputPixels?: number;
}

/** Options of `encode`. At most one of `bytes`, `bpp`, `psnr`, `quality` and `endSigma` (which `lossless` may go with). */
export interface EncodeOptions extends RunOptions {
  /** 1 (fast) .. 9 (small); default 5. Sets `ladderStep` and `beamWidth` where these are not given. */
  readonly effort?: number;
  /** Step of the noise ladder in log-SNR: 0.5, 0.75, 1, 1.5 or 2; with the channel `dithered` also 3, 4, 6 or 8, and 4 by default. */
  readonly ladderStep?: number;
  /**
   * How the layers are transported. `trellis` (default): the smallest files, decoded on every backend. `dithered`: dithered quantisation
   * with entropy coding, for comparison; it needs no search but 1.4 to 1.7 times the bits (docs/design/dithered.md), works on the backend
   * `wasm` alone, and goes neither with `effort` nor with `beamWidth`.
   */
  readonly channel?: ChannelName;
  /** Survivor paths of the trellis search, 1..4096. */
  readonly beamWidth?: number;
  /** Size that the file must not exceed, and of which it uses at least 98 % (from 200 bytes up). */
  readonly bytes?: number;
  /** The same as bits per pixel. */
  readonly bpp?: number;
  /** PSNR in dB that the whole file reaches to within 0.1 dB; takes some more runs of the network. */
  readonly psnr?: number;
  /** 0..100: the last layer ends at sigma 2^-(1 + quality / 16). 70 is about the default; 100 is `lossless`. */
  readonly quality?: number;
  /**
   * True: a tail after the layers makes the decoded picture equal to the input, byte for byte. It takes over from the layers at
   * `endSigma`, or without it where the file is smallest, which is at a low quality (docs/lossless.md). Needs the backend `wasm`.
   */
  readonly lossless?: boolean;
  /** Noise level at which the last layer ends, 0.004..40. Smaller is better and larger. Default: the ladder's step nearest 0.025. */
  readonly endSigma?: number;
  /** Seed of the shared noise, 0..2^32-1; default 0. Stored in the file. */
  readonly seed?: number;
  /** What to keep of an encoded image's metadata; default `['icc']`. Pixels bring their own. */
  readonly metadata?: MetadataChoice;
}

/** What decoding may take, for bytes of strangers; beyond it is a DdpmError `ERR_DDPM_LIMIT`. */
export interface DecodeGuards {
  /**
   * Bytes of memory: checked against an estimate before any is taken, and against the length of what arrives. The estimate is for one
   * thread and the shipped model: 0.11 GB, 400 bytes for each of the first 331776 pixels, 64 bytes a pixel, 128 with a tail. Default: no
   * limit.
   */
  readonly limitMemory?: number;
  /** Seconds, as in sharp; looked at between two windows or tiles. Default: no limit. */
  readonly timeout?: number;
}

/** Options of `decode`. At most one of `bytes`, `layers` and `bpp`. */
export interface DecodeOptions extends RunOptions, DecodeGuards {
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
  /** How the layers are transported. */
  readonly channel: ChannelName;
}

/** The lossless end of a stream. */
export interface TailInfo {
  /** Bytes of the tail, with its length and checksum. */
  readonly bytes: number;
  /** Noise level at which it takes over from the layers. */
  readonly sigma: number;
  /** Length of the stream up to its end. */
  readonly cumulativeBytes: number;
}

/** What `inspect` tells of a stream without running the model. */
export interface InspectInfo extends StreamInfo {
  /** Layers that the stream was made with. */
  readonly layersTotal: number;
  /** True if the bytes end before the last layer or the tail does. */
  readonly truncated: boolean;
  /** One line on the first damage found; null if there is none. */
  readonly damage: string | null;
  /** The layers that are there. */
  readonly layers: readonly LayerRate[];
  /** True if the whole stream is made to give the exact pixels. */
  readonly lossless: boolean;
  /** The tail that makes it so; null if there is none, or not all of it is there. */
  readonly tail: TailInfo | null;
}

/** Where the time went, in milliseconds. The stages are summed over the threads, so together they may exceed `totalMs`. */
export interface Timing {
  /** From the call to its result, reading the image and waiting for threads included. */
  readonly totalMs: number;
  /** Time in the denoiser. */
  readonly networkMs: number;
  /** Time in the trellis search or register. */
  readonly channelMs: number;
  /** Other time in windows and tiles: colour rotation and DCT, Gaussians, KL divergence. */
  readonly whiteningMs: number;
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
  /** Survivor paths of the trellis search; null with the channel `dithered`. */
  readonly beamWidth: number | null;
  readonly layers: readonly EncodedLayer[];
  /** The lossless end; null without the option `lossless`. */
  readonly tail: TailInfo | null;
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
  /** True if the pixels are those that were encoded, byte for byte. */
  readonly lossless: boolean;
  /** One line on why a lossless stream gave a lossy picture; null if it did not, or if an option that cuts asked for it. */
  readonly lossyBecause: string | null;
  readonly timing: Timing;
}
