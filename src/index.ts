import { createRequire } from 'node:module';
import type { BackendInfo } from './model/backend.ts';

export { type Codec, type CodecOptions, createCodec } from './api/create-codec.ts';
export { type Decoded, decode } from './api/decode.ts';
export { decodeProgressive, type Frame } from './api/decode-progressive.ts';
export { encode } from './api/encode.ts';
export { inspect } from './api/inspect.ts';
export {
  type PlaceholderDecodeOptions,
  type PlaceholderOptions,
  placeholder,
  placeholderToDataURL,
  placeholderToImage,
} from './api/placeholder.ts';
export { decodeStream, encodeStream } from './api/streams.ts';
export { truncate } from './api/truncate.ts';
export type {
  BackendName,
  Channels,
  DecodeInfo,
  DecodeOptions,
  EncodeInfo,
  EncodeOptions,
  InspectInfo,
  Metadata,
  Progress,
  RateTotals,
  RawImage,
  RunOptions,
  StreamInfo,
  Timing,
} from './api/types.ts';
export type { CodedLayer, EncodedLayer, LayerRate } from './codec/report.ts';
export { DdpmError, type DdpmErrorCode } from './errors.ts';
export { type ImageFormat, imageFormat } from './image/format.ts';
export type { MetadataChoice, MetadataKind } from './image/metadata.ts';
export { type Distortion, distortion } from './image/metrics.ts';
export { type LoadedImage, type ReadImageOptions, readImage, writeImage } from './image/sharp-io.ts';
export type { BackendInfo } from './model/backend.ts';

/** Version of this package. */
export const version: string = createRequire(import.meta.url)('ddpm-codec/package.json').version;

/** Lists the tensor backends and says which are available; loads the tensor library. */
export async function listBackends(): Promise<BackendInfo[]> {
  const { listBackends: list } = await import('./model/index.ts');
  return list();
}
