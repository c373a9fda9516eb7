/**
 * `ddpm-codec/browser`: the codec in a browser, in a worker beside the page. Needs no Node, reads no image files.
 *
 * @module ddpm-codec/browser
 */

export { DdpmError, type DdpmErrorCode } from '../base/errors.ts';
export type { BackendChoice, BrowserBackend } from '../browser/backend-choice.ts';
export {
  type BrowserDecoded,
  type BrowserDecodeOptions,
  type BrowserEncodeOptions,
  type BrowserFrame,
  type BrowserRunOptions,
  type CanvasPixels,
  type Drawable,
  decode,
  decodeProgressive,
  encode,
  type PreloadOptions,
  placeholderToImageData,
  preload,
} from '../browser/browser-codec.ts';
export type { ModelOptions } from '../browser/browser-options.ts';
export { FILE_EXTENSION, isDdpm, MEDIA_TYPE } from '../codec/format/file-type.ts';
export type { CodedLayer, EncodedLayer, LayerRate } from '../codec/format/layer-rates.ts';
export type { TransportName } from '../codec/transport/transport.ts';
export type { ByteSource } from '../coding/decoder/arriving-bytes.ts';
export type { Decoded } from '../coding/decoder/decoder.ts';
export type { FailOn } from '../coding/decoder/fail-on.ts';
export type { Frame } from '../coding/decoder/progressive-decoder.ts';
export type { Encoded } from '../coding/encoder/encoder.ts';
export { inspect } from '../coding/inspect.ts';
export type { TruncateOptions } from '../coding/prefix-cut.ts';
export type { NetworkArithmetic, Progress } from '../coding/run-options.ts';
export { bytesFor, type PrefixAim } from '../coding/stream-index-info.ts';
export type {
  DecodeInfo,
  EncodeInfo,
  IndexEntry,
  InspectInfo,
  PartialLayerInfo,
  PartialTailInfo,
  RateTotals,
  StreamInfo,
  TailInfo,
  Timing,
} from '../coding/stream-info.ts';
export { readPrefix, truncate } from '../coding/truncate.ts';
export type { Channels, Metadata, RawImage } from '../image/raw-image.ts';
