/** The header of a stream. docs/format.md, "Header". */
import { DdpmError } from '../errors.ts';
import { crc8 } from './crc.ts';
import { canvasSize, coarsestLevel, type Size } from './geometry.ts';
import { firstPosition, LOWEST_POSITION } from './ladder.ts';
import { REGISTERED_MODELS } from './registered-models.ts';

/** First bytes of every stream. */
export const MAGIC: readonly number[] = [0xdd, 0x50];
/** Version of the bitstream that this code reads and writes. */
export const FORMAT_VERSION = 1;
/** Default limit of width * height, as in sharp. */
export const LIMIT_PIXELS = 268402689;

const FLAG = { grey: 0x08, checksums: 0x10, parameters: 0x20 } as const;
const VERSION_MASK = 0x07;
const KNOWN_BITS: number = VERSION_MASK | FLAG.grey | FLAG.checksums | FLAG.parameters;
const DEFAULT_STEP_EIGHTHS = 12;
const MODEL_ID_BYTES = 8;
const MAX_VARINT_BYTES = 5;

/** What the header says. */
export interface Header {
  readonly width: number;
  readonly height: number;
  /** The image is grey: its three colours are equal. */
  readonly grey: boolean;
  /** Every tile carries a CRC-16. */
  readonly checksums: boolean;
  /** Id of the model, 16 hexadecimal digits. */
  readonly model: string;
  /** Nominal ladder step in eighths of log-SNR. */
  readonly stepEighths: number;
  /** Seed of all shared randomness, unsigned 32 bits. */
  readonly seed: number;
  /** Where on the ladder the last layer ends; see ladder.ts. */
  readonly endPosition: number;
}

/** A header with its length in bytes. */
export interface ParsedHeader extends Header {
  readonly headerBytes: number;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return bytes;
}

function modelField(id: string): number[] {
  const registered = REGISTERED_MODELS.find((model) => model.id === id);
  if (registered) return [registered.number];
  return [0, ...Array.from({ length: MODEL_ID_BYTES }, (_, i) => Number.parseInt(id.slice(2 * i, 2 * i + 2), 16))];
}

/** The header as bytes. */
export function writeHeader(header: Header): Uint8Array {
  const parameters = header.stepEighths !== DEFAULT_STEP_EIGHTHS || header.seed !== 0;
  let flags = FORMAT_VERSION;
  if (header.grey) flags |= FLAG.grey;
  if (header.checksums) flags |= FLAG.checksums;
  if (parameters) flags |= FLAG.parameters;
  const bytes = [...MAGIC, flags, ...modelField(header.model), ...varint(header.width), ...varint(header.height)];
  bytes.push(...varint(header.endPosition - LOWEST_POSITION));
  if (parameters) bytes.push(header.stepEighths, ...varint(header.seed));
  return Uint8Array.of(...bytes, crc8(Uint8Array.from(bytes)));
}

/** Reads fields one after the other; every failure names the field and its offset. */
class FieldReader {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  byte(field: string): number {
    if (this.at >= this.#bytes.length) {
      throw new DdpmError(
        'ERR_DDPM_CORRUPT',
        `not a whole .ddpm header: ends at byte ${this.at}, in ${field} (${this.#bytes.length} bytes in all)`,
      );
    }
    return this.#bytes[this.at++];
  }

  varint(field: string, max: number): number {
    const start = this.at;
    let value = 0;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = this.byte(field);
      value += (byte & 127) * 128 ** i;
      if (byte < 128) {
        if (value > max) this.fail(field, `${value} is above ${max}`, start);
        return value;
      }
    }
    return this.fail(field, `longer than ${MAX_VARINT_BYTES} bytes`, start);
  }

  fail(field: string, why: string, offset: number): never {
    throw new DdpmError('ERR_DDPM_CORRUPT', `bad .ddpm header: ${field} at byte ${offset}: ${why}`);
  }
}

function readModel(fields: FieldReader): string {
  const at = fields.at;
  const number = fields.byte('model');
  if (number === 0) {
    const bytes = Array.from({ length: MODEL_ID_BYTES }, () => fields.byte('model id'));
    return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  }
  const registered = REGISTERED_MODELS.find((model) => model.number === number);
  return registered?.id ?? fields.fail('model', `number ${number} is not registered with this version`, at);
}

function readFlags(fields: FieldReader): number {
  for (const [i, expected] of MAGIC.entries()) {
    if (fields.byte('magic') !== expected) {
      throw new DdpmError('ERR_DDPM_CORRUPT', `not a .ddpm file: byte ${i} differs from the magic DD 50`);
    }
  }
  const flags = fields.byte('version');
  const version = flags & VERSION_MASK;
  if (version !== FORMAT_VERSION) fields.fail('version', `${version}, this decoder reads ${FORMAT_VERSION}`, 2);
  if (flags & ~KNOWN_BITS) fields.fail('flags', `0x${flags.toString(16)} has unknown bits`, 2);
  return flags;
}

/**
 * Refuses an image that is too large to be worked on: the limit holds for the image, and twice the limit for its canvas of
 * whole blocks (so that a picture one pixel wide cannot take 8 times the memory).
 *
 * @throws DdpmError `ERR_DDPM_LIMIT`
 */
export function checkPixels(image: Size, limitPixels: number): void {
  const canvas = canvasSize(image, 0);
  if (image.width * image.height <= limitPixels && canvas.width * canvas.height <= 2 * limitPixels) return;
  throw new DdpmError(
    'ERR_DDPM_LIMIT',
    `image of ${image.width} x ${image.height} pixels exceeds limitInputPixels ${limitPixels}; raise the limit to accept it`,
  );
}

/**
 * Parses a header.
 *
 * @param limitPixels - largest width * height accepted
 * @throws DdpmError `ERR_DDPM_CORRUPT` if it breaks the format or ends early, `ERR_DDPM_LIMIT` if the image is too large
 */
export function readHeader(bytes: Uint8Array, limitPixels: number = LIMIT_PIXELS): ParsedHeader {
  const fields = new FieldReader(bytes);
  const flags = readFlags(fields);
  const model = readModel(fields);
  const width = fields.varint('width', 2 ** 31 - 1);
  const height = fields.varint('height', 2 ** 31 - 1);
  const endAt = fields.at;
  const endPosition = fields.varint('end position', 2 ** 16) + LOWEST_POSITION;
  const parameters = (flags & FLAG.parameters) !== 0;
  const stepEighths = parameters ? fields.byte('ladder step') : DEFAULT_STEP_EIGHTHS;
  const seed = parameters ? fields.varint('seed', 2 ** 32 - 1) : 0;
  const crcAt = fields.at;
  const crc = fields.byte('header checksum');
  if (crc !== crc8(bytes.subarray(0, crcAt))) fields.fail('header checksum', 'does not match', crcAt);
  if (width === 0 || height === 0) fields.fail('size', `${width} x ${height} has no pixels`, 3);
  checkPixels({ width, height }, limitPixels);
  if (stepEighths === 0) fields.fail('ladder step', '0, expected 1..255', crcAt);
  const first = firstPosition(coarsestLevel({ width, height }));
  if (endPosition >= first) fields.fail('end position', `${endPosition} is not below the first, ${first}`, endAt);
  const grey = (flags & FLAG.grey) !== 0;
  const checksums = (flags & FLAG.checksums) !== 0;
  return { width, height, grey, checksums, model, stepEighths, seed, endPosition, headerBytes: fields.at };
}
