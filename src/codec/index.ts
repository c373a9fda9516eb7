export type { Channel, ChannelProblem, Conveyed } from './channel.ts';
export { type DecodeWalkState, decodeWalk, type LayerSource, sampleWalk } from './decode-walk.ts';
export { type EncodedTile, type EncodeWalkOptions, type EncodeWalkState, encodeWalk, StepCost } from './encode-walk.ts';
export { coarsestLevel, type Rect, type Size } from './geometry.ts';
export { FORMAT_VERSION, type Header, type ParsedHeader } from './header.ts';
export { idealChannel } from './ideal-channel.ts';
export { endingAt, type LadderStep, ladder, nearestIndex, nominalEnd, nominalLadder } from './ladder.ts';
export { type Picture, pictureOf, planeOf } from './picture.ts';
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
export { type TrellisOptions, trellisChannel } from './trellis/channel.ts';
export { type CodedPath, decodePath, type TileKey } from './trellis/code.ts';
export { createPathSearch } from './trellis/kernel.ts';
export { FLAT_SPECTRUM, type LogSpectrum } from './trellis/pace.ts';
export { PathSearch, type PathSearcher, type SearchProblem } from './trellis/search.ts';
