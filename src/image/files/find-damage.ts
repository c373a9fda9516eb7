/**
 * Says what is wrong with an image file that the image library could not read. The library's own messages name neither
 * the place nor, often, the fault.
 */
import { isPng, pngChunks } from '../png-chunks.ts';
import { isIsoFile, isoBoxes } from './iso-boxes.ts';
import { isTiff, TIFF_TAG, tiffTags } from './tiff-tags.ts';

/** A format: how its files begin, and how to find what is wrong with one. */
interface KnownFormat {
  readonly name: string;
  readonly matches: (bytes: Uint8Array) => boolean;
  /** Returns what is wrong, or undefined if the container is whole; may throw an Error that says it. */
  readonly fault: (bytes: Uint8Array) => string | undefined;
}

function textAt(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function beyond(what: string, end: number, length: number): string {
  return `${what} ends at byte ${end}, but the file has ${length} bytes`;
}

function pngFault(bytes: Uint8Array): string | undefined {
  for (const { type, offset, isIntact } of pngChunks(bytes)) {
    if (!isIntact()) return `damaged PNG: the checksum of its chunk ${type} at byte ${offset} does not match`;
  }
  return undefined;
}

/** JPEG: segments of marker, length and data; after SOS, entropy-coded data up to the next marker (T.81, annex B). */
function jpegFault(bytes: Uint8Array): string | undefined {
  const view = viewOf(bytes);
  const [EOI, SOS, FILL] = [0xd9, 0xda, 0xff];
  let offset = 2;
  while (offset + 2 <= bytes.length) {
    const marker = bytes[offset + 1];
    if (bytes[offset] !== 0xff) return `damaged JPEG: there is no marker at byte ${offset}`;
    if (marker === EOI) return undefined;
    if (marker === FILL) {
      offset++;
      continue;
    }
    if (offset + 4 > bytes.length) break;
    const end = offset + 2 + view.getUint16(offset + 2);
    if (end > bytes.length) return `truncated JPEG: ${beyond(`its segment at byte ${offset}`, end, bytes.length)}`;
    offset = marker === SOS ? nextMarker(bytes, end) : end;
  }
  return `truncated JPEG: it ends after ${bytes.length} bytes, without its end marker`;
}

/** Offset of the next marker, but for those within a scan: stuffed zeros and restart markers. */
function nextMarker(bytes: Uint8Array, start: number): number {
  for (let at = start; at + 1 < bytes.length; at++) {
    const next = bytes[at + 1];
    if (bytes[at] === 0xff && next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  return bytes.length;
}

function webpFault(bytes: Uint8Array): string | undefined {
  const end = bytes.length < 8 ? 12 : 8 + viewOf(bytes).getUint32(4, true);
  return end > bytes.length ? `truncated WebP: ${beyond('its content', end, bytes.length)}` : undefined;
}

/** GIF: screen, colour tables, and blocks of sub-blocks up to the trailer (GIF89a, sections 15 to 27). */
function gifFault(bytes: Uint8Array): string | undefined {
  const tableBytes = (flags: number): number => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);
  const afterSubBlocks = (start: number): number => {
    let at = start;
    while (bytes[at] > 0) at += bytes[at] + 1;
    return at + 1;
  };
  let offset = 13 + tableBytes(bytes[10] ?? 0);
  while (offset < bytes.length) {
    const block = bytes[offset];
    if (block === 0x3b) return undefined;
    if (block === 0x21) offset = afterSubBlocks(offset + 2);
    else if (block === 0x2c) offset = afterSubBlocks(offset + 11 + tableBytes(bytes[offset + 9] ?? 0));
    else return `damaged GIF: there is no block at byte ${offset}`;
  }
  return `truncated GIF: it ends after ${bytes.length} bytes, without its trailer`;
}

function avifFault(bytes: Uint8Array): string | undefined {
  const boxes = isoBoxes(bytes);
  const last = boxes.at(-1);
  const end = last ? last.offset + last.length : 0;
  if (last && end > bytes.length && end < Number.POSITIVE_INFINITY) {
    return `truncated AVIF: ${beyond(`its box ${last.type} at byte ${last.offset}`, end, bytes.length)}`;
  }
  const missing = ['meta', 'mdat'].find((type) => !boxes.some((box) => box.type === type));
  return missing && `truncated AVIF: it has no box ${missing} in its ${bytes.length} bytes`;
}

function tiffFault(bytes: Uint8Array): string | undefined {
  const tags = tiffTags(bytes);
  for (const [part, offsetTag, countTag] of [
    ['strip', TIFF_TAG.stripOffsets, TIFF_TAG.stripByteCounts],
    ['tile', TIFF_TAG.tileOffsets, TIFF_TAG.tileByteCounts],
  ] as const) {
    const [offsets, counts] = [tags.get(offsetTag) ?? [], tags.get(countTag) ?? []];
    const at = offsets.findIndex((offset, i) => offset + (counts[i] ?? 0) > bytes.length);
    if (at < 0) continue;
    const end = offsets[at] + (counts[at] ?? 0);
    return `truncated TIFF: ${beyond(`its ${part} ${at + 1} of ${offsets.length}`, end, bytes.length)}`;
  }
  return undefined;
}

const FORMATS: readonly KnownFormat[] = [
  { name: 'PNG', matches: isPng, fault: pngFault },
  { name: 'JPEG', matches: (bytes) => textAt(bytes, 0, 3) === '\xff\xd8\xff', fault: jpegFault },
  {
    name: 'WebP',
    matches: (bytes) => textAt(bytes, 0, 4) === 'RIFF' && 'WEBP'.startsWith(textAt(bytes, 8, 12)),
    fault: webpFault,
  },
  { name: 'GIF', matches: (bytes) => ['GIF87a', 'GIF89a'].includes(textAt(bytes, 0, 6)), fault: gifFault },
  {
    name: 'AVIF',
    matches: (bytes) => isIsoFile(bytes) && textAt(bytes, 8, 64).includes('avi'),
    fault: avifFault,
  },
  { name: 'TIFF', matches: isTiff, fault: tiffFault },
];

/** Formats that are not read, by how their files begin. */
const OTHER_FORMATS: readonly (readonly [name: string, ...starts: string[]])[] = [
  ['a .ddpm stream; decode it', '\xdd'],
  ['JPEG XL', '\xff\x0a', '\0\0\0\x0cJXL '],
  ['JPEG 2000', '\xff\x4f\xff\x51', '\0\0\0\x0cjP  '],
  ['BMP', 'BM'],
  ['Photoshop', '8BPS'],
  ['PDF', '%PDF'],
  ['OpenEXR', 'v/1\x01'],
  ['Radiance HDR', '#?RADIANCE'],
  ['PFM', 'PF\n', 'Pf\n'],
  ['Windows icon', '\0\0\x01\0'],
];

/**
 * What is wrong with a file that could not be read, as the end of a sentence, or undefined if its format is not known.
 *
 * @param bytes - the whole file
 * @param reason - the image library's own message, which is given if nothing else is found
 */
export function findDamage(bytes: Uint8Array, reason: string): string | undefined {
  const format = FORMATS.find(({ matches }) => matches(bytes));
  if (format)
    return faultOf(format, bytes) ?? `its ${format.name} data are damaged, or of a kind that is not read (${reason})`;
  if (isIsoFile(bytes)) return `it is HEIC or another of its kind (${textAt(bytes, 8, 12)}), of which AVIF is read`;
  const start = textAt(bytes, 0, 32);
  const other = OTHER_FORMATS.find(([, ...starts]) => starts.some((text) => start.startsWith(text)));
  return other && `it is ${other[0]}`;
}

function faultOf({ fault }: KnownFormat, bytes: Uint8Array): string | undefined {
  try {
    return fault(bytes);
  } catch (error) {
    return (error as Error).message;
  }
}
