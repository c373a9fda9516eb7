import { createRequire } from 'node:module';
import type { BackendInfo } from './model/backend.ts';

export { type AnalysisProgress, type AnalyzeModelOptions, analyzeModel } from './analysis/analyze.ts';
export { type NamedPlane, readCifar10 } from './analysis/images.ts';
export type { Decoder } from './analysis/likelihood.ts';
export { analysisPlot, type PlotSpec, plotSvg } from './analysis/plot.ts';
export {
  type AnalysisReport,
  type AnalysisTerm,
  analysisCsv,
  type CodelengthParts,
  type ImperceptibleShare,
  toCsv,
} from './analysis/report.ts';
export type { AnalysedModel, ReverseProcessOptions, ReverseVariance } from './analysis/reverse-process.ts';
export {
  type InterpolateModelOptions,
  interpolateModel,
  type SampleModelOptions,
  type SampleState,
  sampleModel,
  type WalkOptions,
} from './analysis/sample.ts';
export { contactSheet, type SheetOptions } from './analysis/sheet.ts';
export {
  type AnalysisImage,
  type AnalyzeOptions,
  type AnalyzeResult,
  analyze,
  type ModelRunOptions,
} from './api/analyze.ts';
export { type CalibratedModel, type CalibrateModelOptions, calibrateModel } from './api/calibrate-model.ts';
export { type Codec, type CodecOptions, createCodec } from './api/create-codec.ts';
export { type Decoded, decode } from './api/decode.ts';
export { decodeProgressive, type Frame, type ProgressiveOptions } from './api/decode-progressive.ts';
export { encode } from './api/encode.ts';
export { type ImportedModelFile, type ImportModelOptions, importModel } from './api/import-model.ts';
export { inspect } from './api/inspect.ts';
export { listModels, type ModelEntry } from './api/list-models.ts';
export { checkNameFree, modelFolder, modelName, registerModel } from './api/model-folder.ts';
export {
  type PlaceholderDecodeOptions,
  type PlaceholderOptions,
  placeholder,
  placeholderToDataURL,
  placeholderToImage,
} from './api/placeholder.ts';
export {
  type InterpolateOptions,
  interpolate,
  type Sampled,
  type SampleInfo,
  type SampleOptions,
  type SampleProgress,
  sample,
} from './api/sample.ts';
export { decodeStream, encodeStream } from './api/streams.ts';
export { train } from './api/train.ts';
export { truncate } from './api/truncate.ts';
export type {
  BackendName,
  ChannelName,
  Channels,
  DecodeGuards,
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
  TailInfo,
  Timing,
} from './api/types.ts';
export type { CodedLayer, EncodedLayer, LayerRate } from './codec/report.ts';
export { DdpmError, type DdpmErrorCode } from './errors.ts';
export { type ImageFormat, imageFormat } from './image/format.ts';
export type { MetadataChoice, MetadataKind } from './image/metadata.ts';
export { type Distortion, distortion } from './image/metrics.ts';
export { type Comparison, compareImages, type Similarity, structuralSimilarity } from './image/metrics-ssim.ts';
export { type LoadedImage, type ReadImageOptions, readImage, writeImage } from './image/sharp-io.ts';
export type { BackendInfo } from './model/backend.ts';
export { parseTrainingConfig, type TrainingConfig } from './training/config.ts';
export type { LogEntry } from './training/log.ts';
export type { TrainOptions, TrainProgress, TrainResult } from './training/train.ts';

/** Version of this package. */
export const version: string = createRequire(import.meta.url)('ddpm-codec/package.json').version;

/** Lists the tensor backends and says which are available; loads the tensor library. */
export async function listBackends(): Promise<BackendInfo[]> {
  const { listBackends: list } = await import('./model/index.ts');
  return list();
}
