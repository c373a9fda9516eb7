/** Headers of the formats of netpbm: PBM, PGM and PPM, as text or binary, and PAM. */
import type { Channels } from '../raw-image.ts';

/** Header of a file. */
export interface PnmHeader {
  readonly width: number;
  readonly height: number;
  readonly channels: Channels;
  /** Largest sample, 1..65535, which is white or opaque. */
  readonly maximum: number;
  /** How samples are written: as text; as bits, eight to a byte, of which 1 is black; as one byte; as two, high first. */
  readonly coding: 'text' | 'bits' | 'bytes' | 'words';
  /** True if 1 is black: in PBM. */
  readonly blackIsOne: boolean;
  /** Offset of the first sample. */
  readonly offset: number;
}

/** Whether the bytes begin as one of these formats, which sharp cannot read: `P1` to `P7` and white space. */
export function isPnm(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] >= 0x31 && bytes[1] <= 0x37 && (bytes.length === 2 || isSpace(bytes[2]));
}

/** Whether a byte is white space: blank, tab, line feed, vertical tab, form feed or carriage return. */
export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}

/** Reads the words of a file, between white space and comments (# up to the end of the line). */
export class PnmWords {
  readonly #bytes: Uint8Array;
  offset: number;

  constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes;
    this.offset = offset;
  }

  /** The next byte that is neither white space nor in a comment; it is not taken. Undefined at the end of the file. */
  peek(): number | undefined {
    const bytes = this.#bytes;
    while (this.offset < bytes.length) {
      if (bytes[this.offset] === 0x23) while (this.offset < bytes.length && bytes[this.offset] !== 0x0a) this.offset++;
      else if (isSpace(bytes[this.offset])) this.offset++;
      else break;
    }
    return bytes[this.offset];
  }

  /**
   * The next number.
   *
   * @param what - for messages
   * @throws Error if there is none, or it has more than nine digits
   */
  number(what: string): number {
    this.peek();
    const start = this.offset;
    let value = 0;
    for (; isDigit(this.#bytes[this.offset]); this.offset++) value = value * 10 + this.#bytes[this.offset] - 0x30;
    if (this.offset === start) throw new Error(`${this.#place(start)} where ${what} should be`);
    if (this.offset - start > 9) throw new Error(`${what} at byte ${start} has more than nine digits`);
    return value;
  }

  /** The rest of the line, without the blanks around it; the next word is on the next line. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.offset);
    const last = end < 0 ? this.#bytes.length : end;
    const text = String.fromCharCode(...this.#bytes.subarray(this.offset, Math.min(last, this.offset + 256)));
    this.offset = Math.min(last + 1, this.#bytes.length);
    return text.trim();
  }

  /**
   * Takes the one white space between header and binary samples.
   *
   * @throws Error if there is none
   */
  space(): void {
    if (!isSpace(this.#bytes[this.offset])) throw new Error(`${this.#place(this.offset)} where white space should be`);
    this.offset++;
  }

  #place(at: number): string {
    return at >= this.#bytes.length ? `truncated: the file ends after ${at} bytes` : `byte ${at} is ${this.#bytes[at]}`;
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/**
 * Reads a header (netpbm: pbm(5), pgm(5), ppm(5), pam(5)); the samples are not looked at.
 *
 * @throws Error if it breaks the format
 */
export function readPnmHeader(bytes: Uint8Array): PnmHeader {
  const kind = bytes[1] - 0x30;
  const words = new PnmWords(bytes, 2);
  const header = kind === 7 ? pamHeader(words) : pnmHeader(kind, words);
  if (header.width === 0 || header.height === 0) throw new Error('the picture has no pixels');
  if (header.maximum < 1 || header.maximum > 65535) {
    throw new Error(`its largest value is ${header.maximum}; 1..65535 are allowed`);
  }
  return header;
}

function binaryCoding(maximum: number): 'bytes' | 'words' {
  return maximum < 256 ? 'bytes' : 'words';
}

/** @param kind - 1 to 6 */
function pnmHeader(kind: number, words: PnmWords): PnmHeader {
  const [isText, isBits] = [kind <= 3, kind === 1 || kind === 4];
  const size = { width: words.number('the width'), height: words.number('the height') };
  const maximum = isBits ? 1 : words.number('the largest value');
  words.space();
  const coding = isText ? 'text' : isBits ? 'bits' : binaryCoding(maximum);
  return { ...size, channels: kind % 3 === 0 ? 3 : 1, maximum, coding, blackIsOne: isBits, offset: words.offset };
}

const PAM_FIELDS = { WIDTH: 'width', HEIGHT: 'height', DEPTH: 'channels', MAXVAL: 'maximum' } as const;
type PamField = keyof typeof PAM_FIELDS;

/** Header lines of PAM: a name and its value each, up to ENDHDR. */
function pamHeader(words: PnmWords): PnmHeader {
  const values: { -readonly [K in (typeof PAM_FIELDS)[PamField]]?: number } = {};
  for (;;) {
    if (words.peek() === undefined) throw new Error('truncated: its header has no ENDHDR');
    const [name, value = ''] = words.line().split(/\s+/, 2);
    if (name === 'ENDHDR') break;
    if (!Object.hasOwn(PAM_FIELDS, name)) continue; // TUPLTYPE: the depth says the same
    if (!/^\d{1,9}$/.test(value)) throw new Error(`its header has ${name} ${value || 'without a value'}`);
    values[PAM_FIELDS[name as PamField]] = Number(value);
  }
  const missing = (Object.keys(PAM_FIELDS) as PamField[]).find((name) => values[PAM_FIELDS[name]] === undefined);
  if (missing) throw new Error(`its header has no ${missing}`);
  const { width = 0, height = 0, channels = 0, maximum = 0 } = values;
  if (channels < 1 || channels > 4) throw new Error(`it has ${channels} channels; 1 to 4 are read`);
  const offset = words.offset;
  return {
    width,
    height,
    channels: channels as Channels,
    maximum,
    coding: binaryCoding(maximum),
    blackIsOne: false,
    offset,
  };
}
