/**
 * Boxes of the ISO base media file format (ISO/IEC 14496-12), of which AVIF files are made, and the properties of the
 * primary picture among them (ISO/IEC 23008-12, MIAF). Sizes in the file are not trusted: a box that would reach beyond
 * the one around it ends the reading.
 */

/** A box: its type, four letters, and the bytes between its header and its end. */
export interface IsoBox {
  readonly type: string;
  readonly data: Uint8Array;
  /** Offset of the header within the bytes that were given. */
  readonly offset: number;
  /** Length by the header, which can be more than there is; Infinity up to the end of the file. */
  readonly length: number;
}

/** Whether the bytes begin as a file of this format. */
export function isIsoFile(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(4, 8)) === 'ftyp';
}

/** Most boxes that are looked at in one place; files have some dozens. */
const MAX_BOXES = 10000;

/** Reads big-endian numbers one after the other; beyond the end, all bytes are 0. */
class Fields {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  next(size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + (this.#bytes[this.#at + i] ?? 0);
    this.#at += size;
    return value;
  }
}

/** The boxes in a row, up to the end of the bytes or the first one that does not end within them, which is the last. */
export function isoBoxes(bytes: Uint8Array): IsoBox[] {
  const boxes: IsoBox[] = [];
  for (let offset = 0; offset + 8 <= bytes.length && boxes.length < MAX_BOXES; ) {
    const fields = new Fields(bytes, offset);
    const short = fields.next(4);
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    fields.next(4);
    const head = short === 1 ? 16 : 8;
    const length = short === 1 ? fields.next(8) : short === 0 ? Number.POSITIVE_INFINITY : short;
    if (length < head) break;
    boxes.push({ type, data: bytes.subarray(offset + head, Math.min(offset + length, bytes.length)), offset, length });
    offset += length;
  }
  return boxes;
}

function find(boxes: readonly IsoBox[], type: string): Uint8Array | undefined {
  return boxes.find((box) => box.type === type)?.data;
}

/** The boxes of the box `meta`, which has four bytes of version and flags before them. */
function metaBoxes(bytes: Uint8Array): IsoBox[] {
  return isoBoxes(find(isoBoxes(bytes), 'meta')?.subarray(4) ?? new Uint8Array(0));
}

/** Item that is the picture to show: box `pitm`. */
function primaryItem(meta: readonly IsoBox[]): number {
  const pitm = new Fields(find(meta, 'pitm') ?? new Uint8Array(0));
  const version = pitm.next(4) >>> 24;
  return pitm.next(version === 0 ? 2 : 4);
}

/** Items that an item is made of, such as the tiles of a grid: `dimg` in the box `iref`. */
function partsOf(item: number, meta: readonly IsoBox[]): number[] {
  const iref = find(meta, 'iref') ?? new Uint8Array(0);
  const size = iref[0] === 0 ? 2 : 4;
  for (const { type, data } of isoBoxes(iref.subarray(4))) {
    const fields = new Fields(data);
    if (type !== 'dimg' || fields.next(size) !== item) continue;
    const parts: number[] = [];
    for (let count = fields.next(2); count > 0 && !fields.isAtEnd; count--) parts.push(fields.next(size));
    return parts;
  }
  return [];
}

/** Numbers of the properties of an item, from 1: box `ipma`. */
function propertyNumbers(item: number, ipma: Uint8Array): number[] {
  const fields = new Fields(ipma);
  const [version, flags] = [fields.next(1), fields.next(3)];
  const isWide = (flags & 1) === 1;
  for (let entries = fields.next(4); entries > 0 && !fields.isAtEnd; entries--) {
    const owner = fields.next(version === 0 ? 2 : 4);
    const numbers: number[] = [];
    for (let count = fields.next(1); count > 0; count--) {
      numbers.push(isWide ? fields.next(2) & 0x7fff : fields.next(1) & 0x7f);
    }
    if (owner === item) return numbers;
  }
  return [];
}

/**
 * Properties of the primary picture, and after them those of the parts that it is made of. Empty if the bytes are no
 * such file.
 */
export function primaryProperties(bytes: Uint8Array): IsoBox[] {
  const meta = metaBoxes(bytes);
  const iprp = isoBoxes(find(meta, 'iprp') ?? new Uint8Array(0));
  const properties = isoBoxes(find(iprp, 'ipco') ?? new Uint8Array(0));
  const ipma = find(iprp, 'ipma') ?? new Uint8Array(0);
  const item = primaryItem(meta);
  const numbers = new Set([item, ...partsOf(item, meta).slice(0, 1)].flatMap((id) => propertyNumbers(id, ipma)));
  return [...numbers].flatMap((number) => properties[number - 1] ?? []);
}
