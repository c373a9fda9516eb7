export {
  type AnalysisReport,
  type AnalysisTerm,
  analysisCsv,
  type CodelengthParts,
  type ImperceptibleShare,
  toCsv,
} from '../analysis/analysis-report.ts';
export { type AnalysisProgress, type AnalyzeModelOptions, analyzeModel } from '../analysis/analyze-model.ts';
export { contactSheet, type SheetOptions } from '../analysis/contact-sheet.ts';
export { type NamedPlane, readCifar10 } from '../analysis/image-planes.ts';
export type { Decoder } from '../analysis/likelihood.ts';
export { analysisPlot, type PlotSpec, plotSvg } from '../analysis/plot-svg.ts';
export type { AnalysedModel, ReverseProcessOptions, ReverseVariance } from '../analysis/reverse-process.ts';
export {
  type InterpolateModelOptions,
  interpolateModel,
  type SampleModelOptions,
  type SampleState,
  sampleModel,
  type WalkOptions,
} from '../analysis/sample-images.ts';
export {
  type AnalysisImage,
  type AnalyzeOptions,
  type AnalyzeResult,
  analyze,
  type ModelRunOptions,
} from '../api/analyze.ts';
export { type Codec, type CodecOptions, createCodec } from '../api/create-codec.ts';
export { type Decoded, decode } from '../api/decode.ts';
export { decodeProgressive, type Frame, type ProgressiveOptions } from '../api/decode-progressive.ts';
export { encode } from '../api/encode.ts';
export {
  type PlaceholderDecodeOptions,
  type PlaceholderOptions,
  placeholder,
  placeholderToDataURL,
  placeholderToImage,
} from '../api/placeholder.ts';
export {
  type InterpolateOptions,
  interpolate,
  type Sampled,
  type SampleInfo,
  type SampleOptions,
  type SampleProgress,
  sample,
} from '../api/sample.ts';
export { decodeStream, encodeStream } from '../api/streams.ts';
export { train } from '../api/train.ts';
export { DdpmError, type DdpmErrorCode } from '../base/errors.ts';
export type { CodedLayer, EncodedLayer, LayerRate } from '../codec/format/layer-rates.ts';
export type { TransportName } from '../codec/transport/transport.ts';
export type { DecodeLimits, DecodeOptions } from '../coding/decoder/decode-options.ts';
export type { EncodeOptions } from '../coding/encoder/encode-options.ts';
export { inspect } from '../coding/inspect.ts';
export type { Progress, RunOptions } from '../coding/run-options.ts';
export type {
  DecodeInfo,
  EncodeInfo,
  InspectInfo,
  RateTotals,
  StreamInfo,
  TailInfo,
  Timing,
} from '../coding/stream-info.ts';
export { truncate } from '../coding/truncate.ts';
export { type Distortion, distortion } from '../image/distortion.ts';
export { type ImageFormat, imageFormat } from '../image/files/image-format.ts';
export { type LoadedImage, type ReadImageOptions, readImage } from '../image/files/read-image.ts';
export { writeImage } from '../image/files/write-image.ts';
export type { MetadataChoice, MetadataKind } from '../image/metadata.ts';
export type { Channels, Metadata, RawImage } from '../image/raw-image.ts';
export {
  type Comparison,
  compareImages,
  type Similarity,
  structuralSimilarity,
} from '../image/structural-similarity.ts';
export type { BackendInfo, BackendName } from '../model/backends/backend.ts';
export { listBackends } from '../model/backends/open-backend.ts';
export { type CalibratedModel, type CalibrateModelOptions, calibrateModel } from '../node/models/calibrate-model.ts';
export { type ImportedModelFile, type ImportModelOptions, importModel } from '../node/models/import-model.ts';
export { listModels, type ModelEntry } from '../node/models/list-models.ts';
export { checkNameFree, modelFolder, modelName, registerModel } from '../node/models/model-folder.ts';
export { version } from '../node/package-version.ts';
export { parseTrainingConfig, type TrainingConfig } from '../training/training-config.ts';
export type { LogEntry } from '../training/training-log.ts';
export type { TrainOptions, TrainProgress, TrainResult } from '../training/training-run.ts';
