/** The codec in a browser: no Node, no image files; the model is handed over. */

export { DdpmError, type DdpmErrorCode } from '../base/errors.ts';
export {
  type BrowserDecodeOptions,
  type BrowserEncodeOptions,
  type BrowserRunOptions,
  type CanvasPixels,
  decode,
  decodeProgressive,
  encode,
  toRgba,
} from '../browser/browser-codec.ts';
export type { ModelOptions } from '../browser/browser-models.ts';
export type { Decoded } from '../coding/decoder/decoder.ts';
export type { Frame } from '../coding/decoder/progressive-decoder.ts';
export type { Encoded } from '../coding/encoder/encoder.ts';
export { inspect } from '../coding/inspect.ts';
export type { Progress } from '../coding/run-options.ts';
export type { DecodeInfo, EncodeInfo, InspectInfo, StreamInfo, TailInfo, Timing } from '../coding/stream-info.ts';
export { truncate } from '../coding/truncate.ts';
export type { Channels, Metadata, RawImage } from '../image/raw-image.ts';
