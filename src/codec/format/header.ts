/** The header of a stream. docs/format.md, "Header". */

import { crc8 } from '../../base/crc.ts';
import { DdpmError } from '../../base/errors.ts';
import { DEFAULT_LIMIT_PIXELS } from '../../base/pixel-limit.ts';
import { canvasSize, coarsestLevel, type Levelled, type Size } from '../grid/geometry.ts';
import { FORMAT_MODEL } from './default-model.ts';
import { FieldReader, varint } from './fields.ts';
import { firstPosition, LOWEST_POSITION, nominalEnd } from './noise-ladder.ts';

/** First byte of every stream. */
export const MAGIC = 0xdd;
/** Version of the format that this code reads and writes, 1..15: the lower half of the second byte. */
export const FORMAT_VERSION = 1;

/** Flags in the upper half of the second byte. */
const FLAG = { grey: 0x10, checksums: 0x20, square: 0x40, more: 0x80 } as const;
/** Flags in the byte of further flags, which exists if `more` is set. */
const MORE = { parameters: 0x01, modelId: 0x02, chunks: 0x04, tail: 0x08, flat: 0x10, dithered: 0x20 } as const;
const KNOWN_MORE: number = MORE.parameters | MORE.modelId | MORE.chunks | MORE.tail | MORE.flat | MORE.dithered;
/** Values of the end field below this are numbers of nominal steps; the others are positions. */
const END_POSITIONS = 64;
const DEFAULT_STEP_EIGHTHS = 12;
const MODEL_ID_BYTES = 8;

/** Fields of the header. */
export interface Header {
  readonly width: number;
  readonly height: number;
  /** The image is grey: its three colours are equal. */
  readonly grey: boolean;
  /** Every tile carries a CRC-16. */
  readonly checksums: boolean;
  /** Chunks follow the header (chunks.ts). */
  readonly chunks: boolean;
  /** True: a tail with the exact pixels follows the layers (tail-section.ts). */
  readonly tail?: boolean;
  /** True: the stream has no pyramid, only level 0 (geometry.ts). */
  readonly flat?: boolean;
  /** True: the layers hold dithered integers (dithered-code.ts) instead of paths through the trellis code. */
  readonly dithered?: boolean;
  /** Id of the model, 16 hexadecimal digits. */
  readonly model: string;
  /** Nominal ladder step in eighths of log-SNR. */
  readonly stepEighths: number;
  /** Seed of all shared randomness, unsigned 32 bits. */
  readonly seed: number;
  /** Position on the ladder at which the last layer ends; see noise-ladder.ts. */
  readonly endPosition: number;
  /** The end is written as a position and not as a number of nominal steps, and the last layer has fine budgets. */
  readonly freeEnd: boolean;
}

/** A header with its length in bytes. */
export interface ParsedHeader extends Header {
  readonly headerBytes: number;
}

/** Bytes of a model id. */
function idBytes(id: string): number[] {
  return Array.from({ length: MODEL_ID_BYTES }, (_, i) => Number.parseInt(id.slice(2 * i, 2 * i + 2), 16));
}

/** Value of the end field: a number of nominal steps, or 64 and more for a position. */
function endField(header: Header): number {
  if (header.freeEnd) return END_POSITIONS + header.endPosition - LOWEST_POSITION;
  const levels = coarsestLevel(header);
  for (let count = 1; count < END_POSITIONS; count++) {
    const end = nominalEnd(levels, header.stepEighths, count);
    if (end === header.endPosition) return count;
    if (end < header.endPosition) break;
  }
  throw new Error(`position ${header.endPosition} is not the end of a nominal step`);
}

/** Writes a header; its length does not depend on the end position if the end is free and above -1984. */
export function writeHeader(header: Header): Uint8Array {
  const { width, height, model, stepEighths, seed } = header;
  let more = 0;
  if (stepEighths !== DEFAULT_STEP_EIGHTHS || seed !== 0) more |= MORE.parameters;
  if (model !== FORMAT_MODEL.id) more |= MORE.modelId;
  if (header.chunks) more |= MORE.chunks;
  if (header.tail) more |= MORE.tail;
  if (header.flat) more |= MORE.flat;
  if (header.dithered) more |= MORE.dithered;
  let flags = FORMAT_VERSION;
  if (header.grey) flags |= FLAG.grey;
  if (header.checksums) flags |= FLAG.checksums;
  if (width === height) flags |= FLAG.square;
  if (more) flags |= FLAG.more;
  const bytes = [MAGIC, flags];
  if (more) bytes.push(more);
  if (more & MORE.modelId) bytes.push(...idBytes(model));
  bytes.push(...varint(width));
  if (width !== height) bytes.push(...varint(height));
  if (more & MORE.parameters) bytes.push(stepEighths, ...varint(seed));
  bytes.push(...varint(endField(header)));
  return Uint8Array.of(...bytes, crc8(Uint8Array.from(bytes)));
}

/** Reads magic and flags; returns both bytes of flags, the further ones shifted up by 8. */
function readFlags(fields: FieldReader): number {
  if (fields.byte('magic') !== MAGIC) {
    throw new DdpmError('ERR_DDPM_CORRUPT', 'not a .ddpm file: it does not begin with the byte DD');
  }
  const flags = fields.byte('version and flags');
  const version = flags & 0x0f;
  if (version !== FORMAT_VERSION) fields.fail('version', `${version}, this decoder reads ${FORMAT_VERSION}`, 1);
  const more = flags & FLAG.more ? fields.byte('further flags') : 0;
  if (more & ~KNOWN_MORE) fields.fail('further flags', `0x${more.toString(16)} has unknown bits`, 2);
  return flags | (more << 8);
}

function readModel(fields: FieldReader): string {
  const bytes = Array.from({ length: MODEL_ID_BYTES }, () => fields.byte('model id'));
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Reads the end field.
 *
 * @returns a function that computes the end position and throws if it is out of range; to be called once the checksum
 *   and the other fields are known to be valid
 */
function readEnd(
  fields: FieldReader,
  size: Levelled,
  stepEighths: number,
): () => Pick<Header, 'endPosition' | 'freeEnd'> {
  const at = fields.at;
  const value = fields.varint('end', 2 ** 16);
  return () => {
    const levels = coarsestLevel(size);
    if (value === 0) fields.fail('end', '0 steps, expected at least 1', at);
    const freeEnd = value >= END_POSITIONS;
    const endPosition = freeEnd ? value - END_POSITIONS + LOWEST_POSITION : nominalEnd(levels, stepEighths, value);
    if (endPosition < LOWEST_POSITION) fields.fail('end', `${value} steps lead below the lowest noise level`, at);
    if (endPosition >= firstPosition(levels)) fields.fail('end', `position ${endPosition} is not below the first`, at);
    return { endPosition, freeEnd };
  };
}

/**
 * Checks the size of an image: it may have `limitPixels` pixels, and its canvas of whole blocks twice as many (so that
 * a picture one pixel wide cannot take 8 times the memory).
 *
 * @throws DdpmError `ERR_DDPM_LIMIT` if it is too large
 */
export function checkPixels(image: Size, limitPixels: number): void {
  const canvas = canvasSize(image, 0);
  if (image.width * image.height <= limitPixels && canvas.width * canvas.height <= 2 * limitPixels) return;
  const size = `image of ${image.width} x ${image.height} pixels (canvas ${canvas.width} x ${canvas.height})`;
  throw new DdpmError(
    'ERR_DDPM_LIMIT',
    `${size} exceeds limitInputPixels ${limitPixels}; raise the limit to accept it`,
  );
}

/**
 * Parses a header.
 *
 * @param limitPixels - largest width * height accepted
 * @throws DdpmError `ERR_DDPM_CORRUPT` if it breaks the format or ends early, `ERR_DDPM_LIMIT` if the image is too
 *   large
 */
export function readHeader(bytes: Uint8Array, limitPixels: number = DEFAULT_LIMIT_PIXELS): ParsedHeader {
  const fields = new FieldReader(bytes);
  const flags = readFlags(fields);
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const model = has(MORE.modelId << 8) ? readModel(fields) : FORMAT_MODEL.id;
  const sizeAt = fields.at;
  const width = fields.varint('width', 2 ** 31 - 1);
  const height = has(FLAG.square) ? width : fields.varint('height', 2 ** 31 - 1);
  const stepAt = fields.at;
  const stepEighths = has(MORE.parameters << 8) ? fields.byte('ladder step') : DEFAULT_STEP_EIGHTHS;
  const seed = has(MORE.parameters << 8) ? fields.varint('seed', 2 ** 32 - 1) : 0;
  const flat = has(MORE.flat << 8);
  const end = readEnd(fields, { width, height, flat }, stepEighths);
  const crcAt = fields.at;
  const crc = fields.byte('header checksum');
  if (crc !== crc8(bytes.subarray(0, crcAt))) fields.fail('header checksum', 'does not match', crcAt);
  if (width === 0 || height === 0) fields.fail('size', `${width} x ${height} has no pixels`, sizeAt);
  checkPixels({ width, height }, limitPixels);
  if (stepEighths === 0) fields.fail('ladder step', '0, expected 1..255', stepAt);
  const grey = has(FLAG.grey);
  const checksums = has(FLAG.checksums);
  const chunks = has(MORE.chunks << 8);
  const tail = has(MORE.tail << 8);
  const dithered = has(MORE.dithered << 8);
  const further = { ...(tail && { tail }), ...(flat && { flat }), ...(dithered && { dithered }) };
  const switches = { grey, checksums, chunks, ...further };
  return { width, height, ...switches, model, stepEighths, seed, ...end(), headerBytes: fields.at };
}
