/**
 * `ddpm-codec/codec`: the parts of the codec, for experiments: noise ladder, reverse walks, transports, container,
 * entropy coding. Uses a denoiser by its interface only; needs no Node and no DOM. Example: examples/transports.js.
 *
 * @module ddpm-codec/codec
 */

export { ditheredTransport } from '../codec/dithered/dithered-transport.ts';
export type { AdaptiveModel, EntropyModel } from '../codec/entropy/entropy-model.ts';
export { FenwickModel } from '../codec/entropy/fenwick-model.ts';
export { RangeDecoder } from '../codec/entropy/range-decoder.ts';
export { RangeEncoder } from '../codec/entropy/range-encoder.ts';
export { StaticModel } from '../codec/entropy/static-model.ts';
export type {
  Executor,
  KlCost,
  ResidualJob,
  ResidualResult,
  StageTimes,
  TileCode,
  TileJob,
  TileModel,
  TileResult,
  WindowJob,
  WindowResult,
} from '../codec/executor/executor.ts';
export { inlineExecutor } from '../codec/executor/inline-executor.ts';
export { openTransport, streamTransport, type TransportChoice } from '../codec/executor/open-transport.ts';
export type { Chunks } from '../codec/format/chunks.ts';
export type { CodedTile, TileSize } from '../codec/format/coded-tile.ts';
export { FORMAT_VERSION, type Header, type ParsedHeader } from '../codec/format/header.ts';
export type { PackedBits } from '../codec/format/interleaved-bits.ts';
export type { CodedLayer, EncodedLayer, LayerRate } from '../codec/format/layer-rates.ts';
export {
  endingAt,
  type LadderStep,
  ladder,
  nearestIndex,
  nominalEnd,
  nominalLadder,
} from '../codec/format/noise-ladder.ts';
export {
  type ParsedLayer,
  type ParsedStream,
  type PartialLayer,
  parseStream,
  StreamParser,
  type StreamStart,
  streamSteps,
} from '../codec/format/stream-parser.ts';
export { type LayerFraming, StreamWriter } from '../codec/format/stream-writer.ts';
export type { Gains, LayerGains } from '../codec/format/variance-gains.ts';
export { coarsestLevel, type LayerTiles, type Levelled, type Rect, type Size } from '../codec/grid/geometry.ts';
export { ImagePyramid } from '../codec/grid/image-pyramid.ts';
export { type Picture, pictureOf, planeOf, type SourcePicture } from '../codec/grid/picture.ts';
export type { Plane } from '../codec/grid/plane.ts';
export { encodeTail, type TailPosterior, type TailShape } from '../codec/tail/tail.ts';
export { decodeTail, TailDecoder } from '../codec/tail/tail-decoder.ts';
export type { ParsedTail, TailSection } from '../codec/tail/tail-section.ts';
export { idealTransport } from '../codec/transport/ideal-transport.ts';
export type {
  Conveyed,
  LogSpectrum,
  Message,
  Observations,
  PartialMessage,
  Receiver,
  Sender,
  SharedTile,
  TileKey,
  Transport,
  TransportName,
  TransportProblem,
} from '../codec/transport/transport.ts';
export { type TrellisOptions, trellisTransport } from '../codec/trellis/trellis-transport.ts';
export { type DecodeWalkState, decodeWalk, type LayerSource, sampleWalk } from '../codec/walk/decode-walk.ts';
export type { CanvasPosterior } from '../codec/walk/denoise-canvas.ts';
export {
  type EncodedTile,
  type EncodeResume,
  type EncodeWalkOptions,
  type EncodeWalkState,
  encodeWalk,
  type LayerDebts,
  type PlannedStep,
  type WalkedLayer,
} from '../codec/walk/encode-walk.ts';
export type { LayerModel, Resume, WalkState } from '../codec/walk/reverse-walk.ts';
export { StepCost, type TileCosts } from '../codec/walk/step-cost.ts';
export { WalkRun, type WalkRunOptions } from '../codec/walk/walk-run.ts';
