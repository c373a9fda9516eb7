/** Benchmark: rate and distortion against other codecs, a report of it, and a check of the installation. Node only. */
export { bdQuality, bdRate, type Delta, type RatePoint } from './bd.ts';
export { CODEC_NAMES } from './codec.ts';
export type { DeltaRow } from './deltas.ts';
export { type Check, type Diagnosis, diagnose } from './doctor.ts';
export { type PlotMetric, type PlotOptions, ratePlot } from './plot.ts';
export { REFERENCE_NAMES, type ReferenceCurve, readReference } from './references.ts';
export type { BenchResult, Machine } from './result.ts';
export { type BenchOptions, type BenchOutcome, type BenchProgress, runBenchmark } from './run.ts';
export type { Curve, MeanPoint } from './summary.ts';
export { summaryTables, type Table, toMarkdown } from './tables.ts';
export type { CodecName, DdpmSettings, ImageSource, Row } from './types.ts';
