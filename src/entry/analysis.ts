/**
 * `ddpm-codec/analysis`: likelihood, ideal rate-distortion and samples of a model, as in Ho, Jain & Abbeel (2020), and
 * distances between sets of images: FID, KID, precision and recall. Node only.
 *
 * @module ddpm-codec/analysis
 */

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
export type { SamplerOptions, SamplerSettings } from '../analysis/samplers/open-sampler.ts';
export type { SamplerName } from '../analysis/samplers/sampler.ts';
export {
  type AnalysisImage,
  type AnalyzeOptions,
  type AnalyzeResult,
  analyze,
  type ModelRunOptions,
} from '../api/analyze.ts';
export type { SampleProgress } from '../api/image-walks.ts';
export { type InterpolateOptions, interpolate } from '../api/interpolate.ts';
export {
  describeSampling,
  type Sampled,
  type SampledImage,
  type SampleEachOptions,
  type SampleInfo,
  type SampleOptions,
  type SampleSettings,
  sample,
  sampleEach,
} from '../api/sample.ts';
export { type Extraction, INPUT_RANGES, type InputRange } from '../fid/extraction.ts';
export { type FeatureNetwork, type FeatureNetworkOptions, openFeatureNetwork } from '../fid/feature-network.ts';
export type { FeatureSet, FeatureStatistics } from '../fid/feature-statistics.ts';
export { frechetDistance } from '../fid/frechet-distance.ts';
export { type KernelDistance, type KernelDistanceOptions, kernelDistance } from '../fid/kernel-distance.ts';
export { type MeasuredImages, type MeasureImagesOptions, measureImages } from '../fid/measure-images.ts';
export { type PrecisionRecall, type PrecisionRecallOptions, precisionRecall } from '../fid/precision-recall.ts';
export type { LongRunOptions } from '../fid/run-in-slices.ts';
export { readStatistics, type SavedStatistics, writeStatistics } from '../fid/statistics-file.ts';
export { StreamingStatistics } from '../fid/streaming-statistics.ts';
