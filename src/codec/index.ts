export { type Channel, type ChannelProblem, type Conveyed, klBits } from './channel.ts';
export { type DecodeWalkState, decodeWalk } from './decode-walk.ts';
export { type EncodeWalkOptions, type EncodeWalkState, encodeWalk } from './encode-walk.ts';
export { coarsestLevel, type Rect, type Size } from './geometry.ts';
export { FORMAT_VERSION, type Header, type ParsedHeader } from './header.ts';
export { idealChannel } from './ideal-channel.ts';
export { type LadderStep, ladder, nearestIndex } from './ladder.ts';
export { type Picture, pictureOf, planeOf } from './picture.ts';
export type { Plane } from './plane.ts';
export type { CodedLayer, EncodedLayer, LayerRate } from './report.ts';
export type { WalkState } from './reverse-walk.ts';
export {
  type CodedTile,
  type ParsedLayer,
  type ParsedStream,
  parseStream,
  StreamWriter,
  streamSteps,
} from './stream.ts';
export { type TrellisOptions, trellisChannel } from './trellis/channel.ts';
export { decodePath, type TileKey } from './trellis/code.ts';
export { PathSearch, type SearchProblem } from './trellis/search.ts';
