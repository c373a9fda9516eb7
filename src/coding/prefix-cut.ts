/** Finds where a stream is to be cut, while its bytes arrive. */
import { checkKeys, checkNumber } from '../base/check-options.ts';
import { intactBytes, type ParsedStream, StreamParser } from '../codec/format/stream-parser.ts';
import type { Size } from '../codec/grid/geometry.ts';
import { unreachable } from './encoder/goals/goal.ts';
import { bytesAt } from './rate.ts';
import { checkRunOptions, type RunOptions } from './run-options.ts';
import { firstWith, indexEntries, indexOf, noIndex } from './stream-index-info.ts';
import type { IndexEntry } from './stream-info.ts';

/** Where to cut a stream: exactly one of `bytes`, `layers`, `bpp` and `psnr`. */
export interface TruncateOptions extends Pick<RunOptions, 'limitInputPixels'> {
  /** Length of the prefix in bytes, which it has exactly, unless the stream is shorter. From the end of the header up. */
  readonly bytes?: number;
  /** Number of layers, 0 up to those of the stream; no tail. */
  readonly layers?: number;
  /** As `bytes`, in bits per pixel, rounded down to whole bytes. */
  readonly bpp?: number;
  /**
   * PSNR in dB, 0..100, by the index of the stream: the prefix ends with the first layer after which the picture has it, or
   * with the tail. It is the whole stream where no layer is known to have it, and that of the last one is not known.
   */
  readonly psnr?: number;
}

const AIMS = ['bytes', 'layers', 'bpp', 'psnr'] as const;

/**
 * Checks the options as far as that is possible without a stream.
 *
 * @throws TypeError or RangeError for a wrong option
 */
export function checkTruncateOptions(options: TruncateOptions): void {
  checkKeys(options, [...AIMS, 'limitInputPixels']);
  checkRunOptions(options);
  const named = AIMS.filter((key) => options[key] !== undefined);
  if (named.length === 0) throw new TypeError(`"options" expected one of ${AIMS.join(', ')}`);
  if (named.length > 1) throw new TypeError(`"${named[1]}" expected alone, got ${named.join(' and ')}`);
  checkNumber('bytes', options.bytes, { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true });
  checkNumber('layers', options.layers, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  checkNumber('bpp', options.bpp, { min: 0, max: Number.MAX_VALUE });
  checkNumber('psnr', options.psnr, { min: 0, max: 100 });
}

/** Takes the bytes of a stream until they tell where to cut it. Bytes behind the cut have no influence on it. */
export class PrefixCut {
  readonly #options: TruncateOptions;
  readonly #parser: StreamParser;
  #end: number | undefined;

  /** @throws TypeError or RangeError for a wrong option */
  constructor(options: TruncateOptions) {
    checkTruncateOptions(options);
    this.#options = options;
    this.#parser = new StreamParser(undefined, options.limitInputPixels);
  }

  /**
   * Takes further bytes.
   *
   * @returns the length of the prefix; undefined as long as more bytes must be known
   * @throws as `truncate`, but for streams that end early
   */
  push(bytes: Uint8Array): number | undefined {
    for (let at = 0; at < bytes.length && this.#end === undefined; ) {
      const piece = bytes.subarray(at, at + this.#wanted());
      at += piece.length;
      this.#parser.push(piece);
      if (this.#parser.start) this.#end = this.#find(this.#parser.parsed(), false);
    }
    return this.#end;
  }

  /**
   * Says that no more bytes follow.
   *
   * @returns the length of the prefix
   * @throws as `truncate`
   */
  finish(): number {
    return this.#end ?? this.#find(this.#parser.parsed(), true);
  }

  /** Number of bytes after which to look again, so that none behind the cut is parsed. */
  #wanted(): number {
    const { begun, length } = this.#parser;
    const most = this.#options.bytes ?? (begun ? this.#mostBytes(begun.header) : length + 1);
    return most > length ? most - length : Number.POSITIVE_INFINITY;
  }

  /** Number of bytes that the options allow; Infinity if they name none. */
  #mostBytes(image: Size): number {
    const { bytes, bpp } = this.#options;
    return bytes ?? (bpp === undefined ? Number.POSITIVE_INFINITY : bytesAt(bpp, image));
  }

  #find(stream: ParsedStream, isAll: true): number;
  #find(stream: ParsedStream, isAll: boolean): number | undefined;
  #find(stream: ParsedStream, isAll: boolean): number | undefined {
    const { layers, psnr } = this.#options;
    const isOpen = stream.status === 'truncated' && !isAll;
    const there = stream.status === 'truncated' ? this.#parser.length : intactBytes(stream);
    if (psnr !== undefined) return this.#findPsnr(psnr, stream, isOpen);
    if (layers !== undefined) return endOf(checkedLayers(layers, stream), stream) ?? (isOpen ? undefined : there);
    const most = this.#mostBytes(stream.header);
    assertHoldsHeader(most, stream.startBytes);
    return isOpen && there < most ? undefined : Math.min(most, there);
  }

  /** @param isOpen - true: more bytes may follow */
  #findPsnr(psnr: number, stream: ParsedStream, isOpen: boolean): number | undefined {
    const index = indexOf(stream);
    if (index === null || typeof index === 'string') throw noIndex(`${psnr} dB`, index ?? undefined);
    const entries = indexEntries(index);
    const { length } = stream.steps;
    const found = entries.indexOf(firstWith(entries, psnr));
    const end = found < length ? endOf(found + 1, stream) : stream.tail?.end;
    if (end !== undefined || isOpen) return end;
    throw unreachable(`${psnr} dB`, nearest(entries.slice(0, stream.layers.length), stream));
  }
}

/**
 * Checks the length of a prefix.
 *
 * @throws DdpmError `ERR_DDPM_TARGET` if it is shorter than the header
 */
export function assertHoldsHeader(bytes: number, headerBytes: number): void {
  if (bytes < headerBytes) throw unreachable(`${bytes} bytes`, `${headerBytes} bytes, which the header alone takes`);
}

/** End in bytes of a number of layers; undefined if they are not there. */
function endOf(count: number, { layers, startBytes }: ParsedStream): number | undefined {
  if (count === 0) return startBytes;
  return layers.length < count ? undefined : Math.ceil(layers[count - 1].endBit / 8);
}

/** @throws RangeError if the complete stream has fewer layers */
function checkedLayers(layers: number, { steps }: ParsedStream): number {
  const why = `the stream has ${steps.length} layers`;
  checkNumber('layers', layers, { min: 0, max: steps.length, integer: true, why });
  return layers;
}

/** What a stream that is cut or damaged has instead of a PSNR. */
function nearest(there: readonly IndexEntry[], { steps, damage }: ParsedStream): string {
  const why = damage || 'the stream ends early';
  return `${there.at(-1)?.psnr ?? 0} dB, of ${there.length} of ${steps.length} layers: ${why}`;
}
