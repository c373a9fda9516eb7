/** The codec in a browser: no Node, no image files; the model is handed over. */
export type { Frame } from './api/decode-arrivals.ts';
export { inspect } from './api/inspect.ts';
export type { Decoded } from './api/prepare-decode.ts';
export type { Encoded } from './api/prepare-encode.ts';
export { truncate } from './api/truncate.ts';
export type {
  Channels,
  DecodeInfo,
  EncodeInfo,
  InspectInfo,
  Metadata,
  Progress,
  RawImage,
  StreamInfo,
  TailInfo,
  Timing,
} from './api/types.ts';
export {
  type BrowserDecodeOptions,
  type BrowserEncodeOptions,
  type BrowserRunOptions,
  type CanvasPixels,
  decode,
  decodeProgressive,
  encode,
  toRgba,
} from './browser/codec.ts';
export type { ModelOptions } from './browser/models.ts';
export { DdpmError, type DdpmErrorCode } from './errors.ts';
