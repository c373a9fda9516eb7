export type { Channel, ChannelProblem, Conveyed } from './channel.ts';
export { type DecodeWalkState, decodeWalk, type LayerSource, sampleWalk } from './decode-walk.ts';
export { ditheredChannel } from './dithered/channel.ts';
export { type DitheredTile, decodeDithered, encodeDithered, quantisationStep } from './dithered/code.ts';
export { normalTail } from './dithered/normal-tail.ts';
export {
  type EncodedTile,
  type EncodeWalkOptions,
  type EncodeWalkState,
  encodeWalk,
  StepCost,
  type Workplace,
} from './encode-walk.ts';
export type { AdaptiveModel, EntropyModel } from './entropy/entropy-model.ts';
export { FenwickModel } from './entropy/fenwick-model.ts';
export { RangeDecoder } from './entropy/range-decoder.ts';
export { RangeEncoder } from './entropy/range-encoder.ts';
export { StaticModel } from './entropy/static-model.ts';
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
} from './executor.ts';
export { coarsestLevel, type Rect, type Size } from './geometry.ts';
export { FORMAT_VERSION, type Header, type ParsedHeader } from './header.ts';
export { idealChannel } from './ideal-channel.ts';
export { inlineExecutor } from './inline-executor.ts';
export { endingAt, type LadderStep, ladder, nearestIndex, nominalEnd, nominalLadder } from './ladder.ts';
export { type Picture, pictureOf, planeOf, type SourcePicture } from './picture.ts';
export type { Plane } from './plane.ts';
export type { CodedLayer, EncodedLayer, LayerRate } from './report.ts';
export type { LayerModel, Resume, WalkState } from './reverse-walk.ts';
export {
  type CodedTile,
  type ParsedLayer,
  type ParsedStream,
  parseStream,
  StreamWriter,
  streamSteps,
} from './stream.ts';
export type { ParsedTail, TailSection } from './tail/section.ts';
export { decodeTail, encodeTail, type TailPosterior, type TailShape } from './tail/tail.ts';
export { Target } from './target.ts';
export { type TrellisOptions, trellisChannel } from './trellis/channel.ts';
export { type CodedPath, decodePath, type TileKey } from './trellis/code.ts';
export { createPathSearch } from './trellis/kernel.ts';
export { FLAT_SPECTRUM, type LogSpectrum } from './trellis/pace.ts';
export { PathSearch, type PathSearcher, type SearchProblem } from './trellis/search.ts';
