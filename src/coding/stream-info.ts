/** What encode, decode and inspect report of a stream. */

import { streamTransport } from '../codec/executor/open-transport.ts';
import { FORMAT_VERSION } from '../codec/format/header.ts';
import { type CodedLayer, type EncodedLayer, type LayerRate, layerRates } from '../codec/format/layer-rates.ts';
import type { ParsedStream } from '../codec/format/stream-parser.ts';
import type { ParsedTail } from '../codec/tail/tail-section.ts';
import type { TransportName } from '../codec/transport/transport.ts';
import type { Channels } from '../image/raw-image.ts';
import type { BackendName } from '../model/backends/backend.ts';
import { channelsOf } from './picture-chunks.ts';

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
  readonly transport: TransportName;
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
  /** Time in the transport: trellis search or register, or the range coder. */
  readonly transportMs: number;
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
  /** Survivor paths of the trellis search; null with the transport `dithered`. */
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

/** What a tail costs. */
export function tailInfo({ start, end }: Pick<ParsedTail, 'start' | 'end'>, sigma: number): TailInfo {
  return { bytes: end - start, sigma, cumulativeBytes: end };
}

/** What a parsed stream is; `endBit` is where the part that counts ends (default: the header). */
export function inspectStream(stream: ParsedStream, endBit?: number): Omit<InspectInfo, 'damage' | 'truncated'> {
  const { header, steps, layers } = stream;
  const { width, height } = header;
  const headerBytes = stream.startBytes;
  const channels = header.grey ? 1 : 3;
  const bytes = Math.ceil((endBit ?? headerBytes * 8) / 8);
  const bpp = (bytes * 8) / (width * height);
  const basis = { headerBytes, width, height, channels };
  return {
    width,
    height,
    channels: channelsOf(channels, stream.chunks),
    bytes,
    headerBytes,
    bpp,
    bitsPerDim: bpp / channels,
    model: header.model,
    seed: header.seed,
    formatVersion: FORMAT_VERSION,
    ladderStep: header.stepEighths / 8,
    transport: streamTransport(header),
    layersTotal: steps.length,
    layers: layerRates(
      basis,
      steps,
      layers.map((layer) => layer.endBit),
    ),
    lossless: header.tail ?? false,
    tail: stream.tail && tailInfo(stream.tail, steps[steps.length - 1].sigmaTo),
  };
}
