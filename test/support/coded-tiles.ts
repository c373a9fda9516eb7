import type { CodedTile } from '../../src/codec/format/coded-tile.ts';
import type { ParsedLayer } from '../../src/codec/format/stream-parser.ts';

/** The tiles of a layer, or of a part of one, with the bits that are there. */
export function codedTiles({ tiles, unpack }: Pick<ParsedLayer, 'tiles' | 'unpack'>): CodedTile[] {
  return unpack().map(({ packed }, i) => ({ ...tiles[i], packed }));
}
