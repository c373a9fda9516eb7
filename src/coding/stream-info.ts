/** The reports of `encode`, `decode` and `inspect`. */

import { streamTransport } from '../codec/executor/open-transport.ts';
import { FORMAT_VERSION } from '../codec/format/header.ts';
import { type CodedLayer, type EncodedLayer, type LayerRate, layerRates } from '../codec/format/layer-rates.ts';
import { type LadderStep, tailStart } from '../codec/format/noise-ladder.ts';
import type { ParsedStream, PartialLayer } from '../codec/format/stream-parser.ts';
import type { ParsedTail } from '../codec/tail/tail-section.ts';
import type { TransportName } from '../codec/transport/transport.ts';
import type { Channels } from '../image/raw-image.ts';
import type { BackendName } from '../model/backends/backend.ts';
import { channelsOf } from './picture-chunks.ts';
import type { NetworkArithmetic } from './run-options.ts';

/** Common part of the reports of `encode`, `decode` and `inspect`. */
export interface StreamInfo {
  /** Of the picture; of `decode`, of the pixels that it returns. */
  readonly width: number;
  readonly height: number;
  readonly channels: Channels;
  /** Length in bytes of the stream, or of the prefix that was decoded. */
  readonly bytes: number;
  /** Length in bytes of header and chunks (metadata, alpha), the shortest prefix that can be decoded. */
  readonly headerBytes: number;
  /** Bits per pixel of the full size: bytes * 8 / (width * height). */
  readonly bpp: number;
  /** bpp over the number of colour channels, 1 or 3. */
  readonly bitsPerDim: number;
  /** Id of the model: first 8 bytes of the SHA-256 of its weights, in hexadecimal. */
  readonly model: string;
  readonly seed: number;
  readonly formatVersion: number;
  /** Step of the ladder in log-SNR. */
  readonly ladderStep: number;
  /** Transport of the layers. */
  readonly transport: TransportName;
}

/** The lossless tail of a stream. */
export interface TailInfo {
  /** Length in bytes of the tail, with its length field and checksum. */
  readonly bytes: number;
  /** Noise level at which the tail starts. */
  readonly sigma: number;
  /** Length in bytes of the stream up to the end of the tail. */
  readonly cumulativeBytes: number;
}

/** The first part of a lossless tail that is not complete. */
export interface PartialTailInfo {
  /** Length in bytes of what is there, with length field and checksum, and of the whole tail. */
  readonly bytes: number;
  readonly bytesTotal: number;
  /** Noise level at which the tail starts. */
  readonly sigma: number;
}

/** The part of a layer that follows the complete ones; null in reports if there is none. */
export interface PartialLayerInfo {
  /** Number of the layer, from 1. */
  readonly layer: number;
  /** Number of code bits that are there. */
  readonly bits: number;
  /** Number of code bits of the whole layer. */
  readonly bitsTotal: number;
}

/** A prefix of a stream, as the stream's index tells of it. */
export interface IndexEntry {
  /** Number of layers in the prefix. */
  readonly layer: number;
  /** Length in bytes of the prefix. */
  readonly bytes: number;
  /**
   * PSNR in dB of its picture, over the pixels that can be seen, as the encoder measured it, rounded down to a quarter of a
   * dB, at most 63.5; Infinity if the picture is exact; not there if the encoder did not measure it, as of the last layer without its option
   * `reportPsnr`.
   */
  readonly psnr?: number;
}

/** Report of `inspect`: header, layers, tail and damage. */
export interface InspectInfo extends StreamInfo {
  /** Number of layers of the complete stream. */
  readonly layersTotal: number;
  /** True if the bytes end before the last layer or the tail does. */
  readonly truncated: boolean;
  /** One line on the first damage found; null if there is none. */
  readonly damage: string | null;
  /** Number of bytes that follow the end of a complete stream, and are ignored. */
  readonly trailingBytes: number;
  /** The complete layers. */
  readonly layers: readonly LayerRate[];
  readonly partialLayer: PartialLayerInfo | null;
  /** True if the complete stream decodes to the exact pixels. */
  readonly lossless: boolean;
  /** The tail; null if the stream has none, or it is incomplete. */
  readonly tail: TailInfo | null;
  /** What is there of an incomplete tail; null if that is nothing, or the tail is complete. */
  readonly partialTail: PartialTailInfo | null;
  /**
   * The index: an entry for each layer of the complete stream, and one for its tail; null if the stream has none. It is there
   * as soon as the bytes reach behind its chunk, the first of the file. It is what the encoder claims, and not checked but
   * for what `warnings` says.
   */
  readonly index: readonly IndexEntry[] | null;
  /** One line on an index that is ignored, or that the layers contradict; empty if there is nothing to say. */
  readonly warnings: readonly string[];
}

/** Time of a call in milliseconds. The stages are summed over all threads, so together they may exceed `totalMs`. */
export interface Timing {
  /** Time from the call to its result, including reading the image and waiting for threads. */
  readonly totalMs: number;
  /** Time in the denoiser. */
  readonly networkMs: number;
  /** Time in the transport: trellis search or register, or the range coder. */
  readonly transportMs: number;
  /** Other time in windows and tiles: colour rotation and DCT, Gaussians, KL divergence. */
  readonly whiteningMs: number;
}

/** Ideal and real rate of all layers together. */
export interface RateTotals {
  /** Sum of the layers' ideal bits (KL); see CodedLayer. */
  readonly idealBits: number;
  /** Sum of the layers' real bits, without the header. */
  readonly actualBits: number;
}

/** Report of `encode`: sizes, rates, distortion and time. */
export interface EncodeInfo extends StreamInfo, RateTotals {
  /**
   * Root mean squared error of the picture of the whole stream, in grey levels, over the pixels that can be seen; with
   * `exactAlpha` or `lossless` over all. Not there if it was not measured, see `psnr`.
   */
  readonly rmse?: number;
  /**
   * PSNR of the same picture in dB; Infinity if it is exact, or no pixel can be seen. Not there if it was not measured: without the
   * options `reportPsnr`, `psnr` and `lossless`.
   */
  readonly psnr?: number;
  readonly backend: BackendName;
  /** How the network computed; see the option `portable`. */
  readonly arithmetic: NetworkArithmetic;
  /** Number of survivor paths of the trellis search; null with the transport `dithered`. */
  readonly beamWidth: number | null;
  readonly layers: readonly EncodedLayer[];
  /** The lossless tail; null without the option `lossless`. */
  readonly tail: TailInfo | null;
  /** One line for each thing that reading the image file lost or ignored, as of `readImage`; empty for pixels. */
  readonly warnings: readonly string[];
  readonly timing: Timing;
}

/** Report of `decode`. `idealBits` is the decoder's estimate; see CodedLayer. */
export interface DecodeInfo extends StreamInfo, RateTotals {
  /** Width and height of the coded picture, which `width` and `height` are less than if a smaller one was asked for. */
  readonly fullWidth: number;
  readonly fullHeight: number;
  /** Number of layers of the complete stream. */
  readonly layersTotal: number;
  /**
   * True if the stream ended before the layers that were asked for. A prefix chosen by an option is not truncated, nor is
   * one that has all layers that a reduced picture needs.
   */
  readonly truncated: boolean;
  /** One line on damage that prevented layers or tail from being decoded; null if there is none. */
  readonly damage: string | null;
  /** Number of bytes that follow the end of the stream, if they were asked for; they are ignored. */
  readonly trailingBytes: number;
  readonly backend: BackendName;
  /** How the network computed; see the option `portable`. */
  readonly arithmetic: NetworkArithmetic;
  readonly layers: readonly CodedLayer[];
  readonly partialLayer: PartialLayerInfo | null;
  /** True if the pixels equal those that were encoded, byte for byte. */
  readonly lossless: boolean;
  /**
   * Number of rows at the top, of the picture in its full size, that equal those that were encoded, as far as nothing is damaged (the
   * checksum is that of all rows): all of a lossless stream, fewer of one that ends within its tail.
   */
  readonly exactRows: number;
  /** One line on why a lossless stream gave a lossy picture; null if it did not, or if an option asked for a prefix. */
  readonly lossyBecause: string | null;
  readonly timing: Timing;
}

/**
 * Makes the report of a tail.
 *
 * @param sigma - noise level at which it starts
 */
export function tailInfo({ start, end }: Pick<ParsedTail, 'start' | 'end'>, sigma: number): TailInfo {
  return { bytes: end - start, sigma, cumulativeBytes: end };
}

/** Makes the report of the first part of a tail. */
function partialTailInfo({ start, end, data, length }: ParsedTail, sigma: number): PartialTailInfo {
  return { bytes: end - start, bytesTotal: end - start - data.length + length, sigma };
}

/** Noise level at which the tail starts of a stream with such steps. */
export function tailSigma(steps: readonly LadderStep[]): number {
  const last = steps[steps.length - 1];
  return (tailStart(last) ?? { sigma: last.sigmaTo }).sigma;
}

/**
 * Makes the report of a part of a layer.
 *
 * @param layers - number of layers before it
 */
export function partialInfo(partial: PartialLayer | null, layers: number): PartialLayerInfo | null {
  if (!partial) return null;
  const bitsTotal = partial.tiles.reduce((sum, { bits }) => sum + bits, 0);
  return { layer: layers + 1, bits: partial.bits, bitsTotal };
}

/**
 * Makes the report of a parsed stream.
 *
 * @param endBit - end of the part that the size is reported of, in bits; default: the end of header and chunks
 */
export function inspectStream(
  stream: ParsedStream,
  endBit?: number,
): Omit<InspectInfo, 'damage' | 'truncated' | 'trailingBytes' | 'index' | 'warnings'> {
  const { header, steps, layers, partial } = stream;
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
    partialLayer: partialInfo(partial, layers.length),
    lossless: header.tail ?? false,
    tail: stream.tail && tailInfo(stream.tail, tailSigma(steps)),
    partialTail: stream.partialTail && partialTailInfo(stream.partialTail, tailSigma(steps)),
  };
}
