/**
 * `ddpm-codec/bench`: measures rate and distortion of this and other codecs, and reports them. Node only.
 *
 * @module ddpm-codec/bench
 */
export type { Shard } from '../batch/shard.ts';
export type { BenchImage, CodecName, DdpmSettings, Row } from '../benchmark/bench-types.ts';
export { CODEC_NAMES } from '../benchmark/codecs/codec-list.ts';
export type { BenchResult } from '../benchmark/report/bench-result.ts';
export { bdQuality, bdRate, type Delta, type RatePoint } from '../benchmark/report/bjontegaard.ts';
export type { DeltaRow } from '../benchmark/report/deltas.ts';
export { type PlotMetric, type PlotOptions, ratePlot } from '../benchmark/report/rate-plot.ts';
export { REFERENCE_NAMES, type ReferenceCurve, readReference } from '../benchmark/report/references.ts';
export type { Curve, MeanPoint } from '../benchmark/report/summary.ts';
export { summaryTables, type Table, toMarkdown } from '../benchmark/report/tables.ts';
export {
  type BenchOptions,
  type BenchOutcome,
  type BenchProgress,
  measureShard,
  runBenchmark,
  type ShardOutcome,
} from '../benchmark/run-benchmark.ts';
export type { Machine } from '../node/machine.ts';
