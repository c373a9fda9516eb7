/**
 * `ddpm-codec`: the codec in Node. Other entries: `ddpm-codec/codec`, `/model`, `/analysis`, `/training`, `/bench`,
 * `/browser`, `/element`, `/server`.
 *
 * @module ddpm-codec
 */
export { createCodec } from '../api/create-codec.ts';
export { decode } from '../api/decode.ts';
export { decodeProgressive } from '../api/decode-progressive.ts';
export { encode } from '../api/encode.ts';
export { type Models, models } from '../api/models.ts';
export {
  type PlaceholderDecodeOptions,
  type PlaceholderOptions,
  placeholder,
  placeholderToDataURL,
  placeholderToImage,
} from '../api/placeholder.ts';
export { decodeStream, encodeStream } from '../api/streams.ts';
export { DdpmError, type DdpmErrorCode } from '../base/errors.ts';
export { FILE_EXTENSION, isDdpm, MEDIA_TYPE } from '../codec/format/file-type.ts';
export type { CodedLayer, EncodedLayer, LayerRate } from '../codec/format/layer-rates.ts';
export type { TransportName } from '../codec/transport/transport.ts';
export type { ByteSource } from '../coding/decoder/arriving-bytes.ts';
export type { DecodeLimits, DecodeOptions, SizeOptions } from '../coding/decoder/decode-options.ts';
export type { Decoded } from '../coding/decoder/decoder.ts';
export type { FailOn } from '../coding/decoder/fail-on.ts';
export type { Frame, ProgressiveOptions } from '../coding/decoder/progressive-decoder.ts';
export type { EncodeOptions } from '../coding/encoder/encode-options.ts';
export type { Encoded } from '../coding/encoder/encoder.ts';
export { inspect } from '../coding/inspect.ts';
export type { TruncateOptions } from '../coding/prefix-cut.ts';
export type { NetworkArithmetic, Progress, RunOptions } from '../coding/run-options.ts';
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
export { type Comparison, compareImages } from '../image/compare-images.ts';
export type { Distortion } from '../image/distortion.ts';
export type { ImageFormat } from '../image/files/image-format.ts';
export { type LoadedImage, type ReadImageOptions, readImage } from '../image/files/read-image.ts';
export { type WriteImageOptions, writeImage } from '../image/files/write-image.ts';
export type { MetadataChoice, MetadataKind } from '../image/metadata.ts';
export type { Channels, Metadata, RawImage } from '../image/raw-image.ts';
export type { Similarity } from '../image/structural-similarity.ts';
export type { BackendInfo, BackendName } from '../model/backends/backend.ts';
export { listBackends } from '../model/backends/open-backend.ts';
export type { CalibratedModel, CalibrateModelOptions } from '../node/models/calibrate-model.ts';
export type { ImportedModelFile, ImportModelOptions } from '../node/models/import-model.ts';
export type { ModelEntry } from '../node/models/list-models.ts';
export type { DownloadProgress } from '../node/models/model-parts.ts';
export type { ImageSource, SharpPipeline } from '../node/open-image.ts';
export { version } from '../node/package-version.ts';
export type { ThreadOption } from '../node/threads/plain-codec.ts';
export type { CodecOptions } from '../node/threads/pooled-codec.ts';
export type { Codec } from '../node/threads/threaded-codec.ts';
