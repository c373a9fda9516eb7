/**
 * `ddpm-codec/bench`: measures rate and distortion of this and other codecs, and reports them. Node only.
 *
 * @module ddpm-codec/bench
 */
export type { Shard } from '../batch/shard.ts';
export type { BenchImage, CodecName, DdpmSettings, Row } from '../benchmark/bench-types.ts';
export { CODEC_NAMES } from '../benchmark/codecs/codec-list.ts';
export type { BenchResult } from '../benchmark/report/bench-result.ts';
export { bdQuality, bdRate, type Delta } from '../benchmark/report/bjontegaard.ts';
export type { CurveMean, CurveMeans } from '../benchmark/report/curve-means.ts';
export type { DeltaRow, MeanDelta, MeasureDelta } from '../benchmark/report/deltas.ts';
export type { RateScale } from '../benchmark/report/plot-style.ts';
export {
  type MeasureName,
  QUALITY_MEASURES,
  type QualityAxis,
  type QualityMeasure,
} from '../benchmark/report/quality-measures.ts';
export type { RatePoint } from '../benchmark/report/rate-curve.ts';
export { type Averaged, type PlotOptions, ratePlot } from '../benchmark/report/rate-plot.ts';
export { REFERENCE_NAMES, type ReferenceCurve, readReference } from '../benchmark/report/references.ts';
export type { Spread } from '../benchmark/report/spread.ts';
export type { Curve, ExactFiles, LargestFiles, MeanPoint } from '../benchmark/report/summary.ts';
export { type Table, toMarkdown } from '../benchmark/report/table.ts';
export { summaryTables } from '../benchmark/report/tables.ts';
export {
  type BenchOptions,
  type BenchOutcome,
  type BenchProgress,
  measureShard,
  runBenchmark,
  type ShardOutcome,
} from '../benchmark/run-benchmark.ts';
export type { Machine } from '../node/machine.ts';
