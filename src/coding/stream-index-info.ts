/** What the index of a stream says, for `inspect`, `truncate` and `bytesFor`. */
import { checkKeys, checkNumber } from '../base/check-options.ts';
import { defined } from '../base/defined.ts';
import { DdpmError } from '../base/errors.ts';
import { CHUNK } from '../codec/format/chunks.ts';
import { readIndex, type StreamIndex } from '../codec/format/stream-index.ts';
import type { ParsedStream, StreamStart } from '../codec/format/stream-parser.ts';
import { unreachable } from './encoder/goals/goal.ts';
import type { IndexEntry, InspectInfo } from './stream-info.ts';

/** The index of a stream, or one line on why it is ignored; null without an index. */
export function indexOf({ header, chunks, steps }: Omit<StreamStart, 'startBytes'>): StreamIndex | string | null {
  const data = chunks.get(CHUNK.index);
  if (!data) return null;
  const parts = `${steps.length} layers${header.tail ? ' and a tail' : ''}`;
  return (
    readIndex(data, steps.length, header.tail ?? false) ??
    `index ignored: its ${data.length} bytes do not list ${parts}`
  );
}

/** The prefixes that an index tells of. */
export function indexEntries({ startBytes, layers, tailBytes }: StreamIndex): IndexEntry[] {
  let bytes = startBytes;
  const entries = layers.map(({ bytes: length, psnr }, i) => {
    bytes += length;
    return { layer: i + 1, bytes, ...defined({ psnr }) };
  });
  if (tailBytes === null) return entries;
  return [...entries, { layer: layers.length, bytes: bytes + tailBytes, psnr: Number.POSITIVE_INFINITY }];
}

/** One line on the first place where a stream is not as its index says; undefined if there is none. */
export function contradiction(index: StreamIndex, { startBytes, layers, tail }: ParsedStream): string | undefined {
  const claimed = [index.startBytes, ...indexEntries(index).map(({ bytes }) => bytes)];
  const ends = [startBytes, ...layers.map(({ endBit }) => Math.ceil(endBit / 8)), ...(tail ? [tail.end] : [])];
  const i = ends.findIndex((end, part) => end !== claimed[part]);
  if (i < 0) return undefined;
  const part = i === 0 ? 'the header' : i > layers.length ? 'the tail' : `layer ${i}`;
  return `wrong index: ${part} ends at byte ${ends[i]}, the index says ${claimed[i]}`;
}

/** The error for a stream whose index is needed and is not there. */
export function noIndex(aim: string, ignored: string | undefined): DdpmError {
  const why = ignored ?? 'the stream has no index';
  return new DdpmError(
    'ERR_DDPM_TARGET',
    `target of ${aim} cannot be found: ${why}; encode it with an index, or cut at bytes or layers`,
  );
}

/**
 * The first prefix that has a PSNR, by an index. The whole stream if no prefix has it of which it is known, and that of the
 * whole stream is not.
 *
 * @throws DdpmError `ERR_DDPM_TARGET` if none has it
 */
export function firstWith(index: readonly IndexEntry[], psnr: number): IndexEntry {
  const least = (entry: IndexEntry): number => entry.psnr ?? 0;
  const found = index.find((entry) => least(entry) >= psnr);
  if (found) return found;
  const whole = index[index.length - 1];
  if (whole.psnr === undefined) return whole;
  const best = index.reduce((most, entry) => (least(entry) > least(most) ? entry : most));
  throw unreachable(`${psnr} dB`, `${best.psnr} dB, of ${best.bytes} bytes`);
}

/** What {@link bytesFor} looks for; exactly one of both. */
export interface PrefixAim {
  /** PSNR in dB, 0..100. */
  readonly psnr?: number;
  /** Number of layers, 1 up to those of the stream. */
  readonly layers?: number;
}

/**
 * Number of bytes of the shortest prefix that has a PSNR or a number of layers, by the index that `inspect` found. A client
 * can request them at once: `Range: bytes=0-${n - 1}`.
 *
 * @param info - what `inspect` said of the stream, or of its first bytes
 * @throws TypeError or RangeError for a bad argument; DdpmError `ERR_DDPM_TARGET` if there is no index, or no prefix has the
 *   PSNR. Where the index does not know that of the whole stream, this is taken to have it
 */
export function bytesFor({ index, warnings }: Pick<InspectInfo, 'index' | 'warnings'>, aim: PrefixAim): number {
  checkKeys(aim, ['psnr', 'layers']);
  if ((aim.psnr === undefined) === (aim.layers === undefined)) {
    throw new TypeError('"aim" expected one of psnr and layers');
  }
  const psnr = checkNumber('psnr', aim.psnr, { min: 0, max: 100 });
  const layers = checkNumber('layers', aim.layers, {
    min: 1,
    max: index?.at(-1)?.layer ?? Number.MAX_SAFE_INTEGER,
    integer: true,
  });
  if (!index) throw noIndex(psnr === undefined ? `layer ${layers}` : `${psnr} dB`, warnings[0]);
  if (psnr !== undefined) return firstWith(index, psnr).bytes;
  return index[(layers ?? 1) - 1].bytes;
}
