import type * as library from '../index.ts';

/** What the commands use of the public entry; handed in, so that tests can give a fake. */
export type Library = Pick<
  typeof library,
  | 'encode'
  | 'decode'
  | 'decodeProgressive'
  | 'createCodec'
  | 'inspect'
  | 'truncate'
  | 'listBackends'
  | 'readImage'
  | 'writeImage'
  | 'imageFormat'
  | 'version'
>;
