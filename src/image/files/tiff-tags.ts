/** Tags of the first picture of a TIFF file (TIFF 6.0, section 2, and BigTIFF). */

/** Numbers of tags. */
export const TIFF_TAG = {
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  stripOffsets: 273,
  stripByteCounts: 279,
  tileOffsets: 324,
  tileByteCounts: 325,
  extraSamples: 338,
  sampleFormat: 339,
} as const;

const KNOWN_TAGS: ReadonlySet<number> = new Set(Object.values(TIFF_TAG));

/** Bytes of a value by its type, for the types of integers that are read: BYTE, SHORT, LONG, IFD, LONG8 and IFD8. */
const INTEGER_BYTES: ReadonlyMap<number, number> = new Map([
  [1, 1],
  [3, 2],
  [4, 4],
  [13, 4],
  [16, 8],
  [18, 8],
]);

/** Reads numbers of a TIFF in its byte order. */
class TiffNumbers {
  readonly #view: DataView;
  readonly #isLittle: boolean;

  constructor(bytes: Uint8Array, isLittle: boolean) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#isLittle = isLittle;
  }

  get length(): number {
    return this.#view.byteLength;
  }

  /** @throws RangeError beyond the end of the file */
  at(offset: number, size: number): number {
    switch (size) {
      case 1:
        return this.#view.getUint8(offset);
      case 2:
        return this.#view.getUint16(offset, this.#isLittle);
      case 4:
        return this.#view.getUint32(offset, this.#isLittle);
      default:
        return Number(this.#view.getBigUint64(offset, this.#isLittle));
    }
  }
}

/** Whether the bytes begin as a TIFF or BigTIFF. */
export function isTiff(bytes: Uint8Array): boolean {
  const start = String.fromCharCode(...bytes.subarray(0, 4));
  return ['II*\0', 'II+\0', 'MM\0*', 'MM\0+'].includes(start);
}

/**
 * Integers of each tag of {@link TIFF_TAG} in the first directory, by its number; tags of other types, and those whose
 * values lie beyond the end of the file, are left out. Of a tag that is there twice, the first counts.
 *
 * @throws Error if the directory lies beyond the end of the file
 */
export function tiffTags(bytes: Uint8Array): ReadonlyMap<number, readonly number[]> {
  const numbers = new TiffNumbers(bytes, bytes[0] === 0x49);
  try {
    return readDirectory(numbers, numbers.at(2, 2) === 43);
  } catch (cause) {
    throw new Error('truncated TIFF: its directory lies beyond the end of the file', { cause });
  }
}

function readDirectory(numbers: TiffNumbers, isBig: boolean): Map<number, number[]> {
  const tags = new Map<number, number[]>();
  const [offsetBytes, countBytes, entryBytes] = isBig ? [8, 8, 20] : [4, 2, 12];
  const directory = numbers.at(isBig ? 8 : 4, offsetBytes);
  const entries = numbers.at(directory, countBytes);
  for (let i = 0; i < entries; i++) {
    const entry = directory + countBytes + i * entryBytes;
    const tag = numbers.at(entry, 2);
    const size = INTEGER_BYTES.get(numbers.at(entry + 2, 2));
    const count = numbers.at(entry + 4, offsetBytes);
    const field = entry + 4 + offsetBytes;
    // Each tag is read at most once, so that values that lie on each other do not take more time than the file is long.
    if (size === undefined || !KNOWN_TAGS.has(tag) || tags.has(tag)) continue;
    const start = count * size <= offsetBytes ? field : numbers.at(field, offsetBytes);
    if (start + count * size > numbers.length) continue;
    tags.set(
      numbers.at(entry, 2),
      Array.from({ length: count }, (_, k) => numbers.at(start + k * size, size)),
    );
  }
  return tags;
}
