export {
  type DitheredTile,
  decodeDithered,
  encodeDithered,
  quantisationStep,
} from '../codec/dithered/dithered-code.ts';
export { ditheredChannel } from '../codec/dithered/dithered-transport.ts';
export { normalTail } from '../codec/dithered/normal-tail.ts';
export type { AdaptiveModel, EntropyModel } from '../codec/entropy/entropy-model.ts';
export { FenwickModel } from '../codec/entropy/fenwick-model.ts';
export { RangeDecoder } from '../codec/entropy/range-decoder.ts';
export { RangeEncoder } from '../codec/entropy/range-encoder.ts';
export { StaticModel } from '../codec/entropy/static-model.ts';
export type {
  Executor,
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
export { FORMAT_VERSION, type Header, type ParsedHeader } from '../codec/format/header.ts';
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
  type CodedTile,
  type ParsedLayer,
  type ParsedStream,
  parseStream,
  StreamWriter,
  streamSteps,
} from '../codec/format/stream.ts';
export { coarsestLevel, type Rect, type Size } from '../codec/grid/geometry.ts';
export { Target } from '../codec/grid/image-pyramid.ts';
export { type Picture, pictureOf, planeOf, type SourcePicture } from '../codec/grid/picture.ts';
export type { Plane } from '../codec/grid/plane.ts';
export { decodeTail, encodeTail, type TailPosterior, type TailShape } from '../codec/tail/tail.ts';
export type { ParsedTail, TailSection } from '../codec/tail/tail-section.ts';
export { idealChannel } from '../codec/transport/ideal-transport.ts';
export type { Channel, ChannelProblem, Conveyed } from '../codec/transport/transport.ts';
export { FLAT_SPECTRUM, type LogSpectrum } from '../codec/trellis/bit-allocation.ts';
export { PathSearch, type PathSearcher, type SearchProblem } from '../codec/trellis/path-search.ts';
export { createPathSearch } from '../codec/trellis/search-kernel.ts';
export { type CodedPath, decodePath, type TileKey } from '../codec/trellis/trellis-code.ts';
export { type TrellisOptions, trellisChannel } from '../codec/trellis/trellis-transport.ts';
export { type DecodeWalkState, decodeWalk, type LayerSource, sampleWalk } from '../codec/walk/decode-walk.ts';
export {
  type EncodedTile,
  type EncodeWalkOptions,
  type EncodeWalkState,
  encodeWalk,
  StepCost,
  type Workplace,
} from '../codec/walk/encode-walk.ts';
export type { LayerModel, Resume, WalkState } from '../codec/walk/reverse-walk.ts';
