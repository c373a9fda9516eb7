import { DdpmError } from '../../base/errors.ts';

/** One tensor of a safetensors file. */
export interface Tensor {
  /** Type of the values in the file. `data` is float32 in both cases; F16 is converted exactly. */
  readonly dtype: 'F32' | 'F16';
  /** Sizes of the axes, outermost first; empty for a scalar. */
  readonly shape: readonly number[];
  /** Values, row-major; a copy. The length is the product of `shape`. */
  readonly data: Float32Array;
}

/** A parsed safetensors file. */
export interface Safetensors {
  /** Tensors by name, in the order of the header. */
  readonly tensors: Map<string, Tensor>;
  /** The `__metadata__` of the header, empty if there is none. */
  readonly metadata: Record<string, string>;
}

/** Largest header, as in the reference implementation (safetensors/src/tensor.rs, MAX_HEADER_SIZE). */
const MAX_HEADER_BYTES = 100_000_000;
const BYTES_PER_VALUE = { F32: 4, F16: 2 } as const;
const ENTRY_FIELDS = ['dtype', 'shape', 'data_offsets'];
const MAX_QUOTED = 80;

type Dtype = keyof typeof BYTES_PER_VALUE;

/** A checked header entry; offsets count from the end of the header. */
interface Entry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** Makes an error whose message starts with the name of the file. */
type Fail = (message: string) => DdpmError;

/** A value of the file as text for a message, on one line and of limited length. */
function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}...` : text;
}

/**
 * Reads a safetensors file (https://github.com/huggingface/safetensors, "Format"): u64 little-endian header length,
 * JSON header, data. The tensors must cover the data exactly, without gaps or overlaps. All sizes are checked before
 * memory is allocated for them.
 *
 * @param bytes - the whole file; not kept
 * @param source - name of the file, for error messages
 * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` if the file is malformed
 */
export function parseSafetensors(bytes: Uint8Array, source: string): Safetensors {
  const fail: Fail = (message) => new DdpmError('ERR_DDPM_MODEL_CORRUPT', `${source}: ${message}`);
  const headerEnd = readHeaderEnd(bytes, fail);
  const header = parseHeader(bytes.subarray(8, headerEnd), fail);
  const metadata = readMetadata(header, fail);
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => readEntry(name, value, fail));
  checkCoverage(entries, bytes.length - headerEnd, fail);
  const tensors = new Map<string, Tensor>();
  for (const entry of entries) {
    const raw = bytes.subarray(headerEnd + entry.begin, headerEnd + entry.end);
    const data = entry.dtype === 'F16' ? decodeF16(raw) : decodeF32(raw);
    tensors.set(entry.name, { dtype: entry.dtype, shape: entry.shape, data });
  }
  return { tensors, metadata };
}

/** Contents of the header of a safetensors file. */
export interface SafetensorsHeader {
  /** Shapes of the tensors by name, in the order of the header. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads only the header of a safetensors file. The data is neither needed nor checked.
 *
 * @param bytes - the beginning of the file, at least up to the end of the header (8 bytes, plus the length that these
 *   contain)
 * @param source - name of the file, for error messages
 * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` if the header is malformed
 */
export function parseSafetensorsHeader(bytes: Uint8Array, source: string): SafetensorsHeader {
  const fail: Fail = (message) => new DdpmError('ERR_DDPM_MODEL_CORRUPT', `${source}: ${message}`);
  const header = parseHeader(bytes.subarray(8, readHeaderEnd(bytes, fail)), fail);
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__');
  const shapes = new Map(entries.map(([name, value]) => [name, readEntry(name, value, fail).shape]));
  return { shapes, metadata: readMetadata(header, fail) };
}

function readHeaderEnd(bytes: Uint8Array, fail: Fail): number {
  if (bytes.length < 8) {
    throw fail(`file is ${bytes.length} bytes long, shorter than the 8-byte header length of a safetensors file`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  const limit = Math.min(MAX_HEADER_BYTES, bytes.length - 8);
  if (length > limit) {
    throw fail(
      `header length is ${length} bytes, limit ${limit} (the file has ${bytes.length}); not a safetensors file?`,
    );
  }
  return 8 + length;
}

function parseHeader(bytes: Uint8Array, fail: Fail): Record<string, unknown> {
  let header: unknown;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (error) {
    throw fail(`header is not JSON in UTF-8: ${quote(error instanceof Error ? error.message : error)}`);
  }
  if (!isObject(header)) {
    throw fail(`header is ${quote(header)}, expected a JSON object`);
  }
  const duplicate = findDuplicateKey(text);
  if (duplicate !== undefined) {
    throw fail(`header has the field ${quote(duplicate)} twice`);
  }
  return header;
}

/**
 * The first key that occurs twice in an object of `text`, which must be valid JSON. JSON.parse would silently take the
 * last one.
 */
function findDuplicateKey(text: string): string | undefined {
  const token = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g;
  const scopes: Set<string>[] = [];
  let string = '';
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const found = match[0];
    if (found === '{' || found === '[') {
      scopes.push(new Set());
    } else if (found === '}' || found === ']') {
      scopes.pop();
    } else if (found === ':') {
      const key = JSON.parse(string) as string;
      const scope = scopes[scopes.length - 1] as Set<string>;
      if (scope.has(key)) {
        return key;
      }
      scope.add(key);
    } else {
      string = found;
    }
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readMetadata(header: Record<string, unknown>, fail: Fail): Record<string, string> {
  if (!Object.hasOwn(header, '__metadata__')) {
    return {};
  }
  const metadata = header.__metadata__;
  if (!isObject(metadata)) {
    throw fail(`__metadata__ is ${quote(metadata)}, expected an object of strings`);
  }
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') {
      throw fail(`__metadata__ field ${quote(key)} is ${quote(value)}, expected a string`);
    }
  }
  return metadata as Record<string, string>;
}

function readEntry(name: string, value: unknown, fail: Fail): Entry {
  const failHere: Fail = (message) => fail(`tensor ${quote(name)}: ${message}`);
  if (!isObject(value)) {
    throw failHere(`entry is ${quote(value)}, expected an object`);
  }
  const unknown = Object.keys(value).find((key) => !ENTRY_FIELDS.includes(key));
  if (unknown !== undefined) {
    throw failHere(`unknown field ${quote(unknown)}, expected ${ENTRY_FIELDS.join(', ')}`);
  }
  const { dtype, shape, data_offsets: offsets } = value;
  if (dtype !== 'F32' && dtype !== 'F16') {
    throw failHere(`dtype is ${quote(dtype)}, supported are F32 and F16`);
  }
  if (!isIndexList(shape)) {
    throw failHere(`shape is ${quote(shape)}, expected an array of non-negative integers`);
  }
  if (!isIndexList(offsets) || offsets.length !== 2) {
    throw failHere(`data_offsets is ${quote(offsets)}, expected two non-negative integers`);
  }
  const [begin, end] = offsets as [number, number];
  const byteLength = shape.reduce((product, size) => product * size, BYTES_PER_VALUE[dtype]);
  if (!Number.isSafeInteger(byteLength) || byteLength !== end - begin) {
    throw failHere(`${dtype} x shape ${quote(shape)} is ${byteLength} bytes, data_offsets span ${end - begin}`);
  }
  return { name, dtype, shape, begin, end };
}

function isIndexList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

/** Checks that the tensors, sorted by offset, cover the data from 0 to `dataLength` without gaps or overlaps. */
function checkCoverage(entries: readonly Entry[], dataLength: number, fail: Fail): void {
  let covered = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered) {
      const kind = begin < covered ? 'overlap with the tensor before it' : 'gap before it';
      throw fail(`tensor ${quote(name)}: data_offsets begin at ${begin}, expected ${covered}: ${kind}`);
    }
    if (end > dataLength) {
      throw fail(`tensor ${quote(name)}: data_offsets end at ${end}, limit ${dataLength} (end of the file)`);
    }
    covered = end;
  }
  if (covered !== dataLength) {
    throw fail(`data is ${dataLength} bytes long, the tensors cover ${covered}`);
  }
}

/** Uses a DataView, so that neither alignment nor the byte order of the machine matters. */
function decodeF32(raw: Uint8Array): Float32Array {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const values = new Float32Array(raw.length / 4);
  for (let i = 0; i < values.length; i++) {
    values[i] = view.getFloat32(4 * i, true);
  }
  return values;
}

/** Converts IEEE 754 binary16 (5 exponent bits with bias 15, 10 fraction bits) to binary32, exactly. */
function decodeF16(raw: Uint8Array): Float32Array {
  const values = new Float32Array(raw.length / 2);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < values.length; i++) {
    const half = (raw[2 * i] as number) | ((raw[2 * i + 1] as number) << 8);
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) {
      values[i] = (sign === 0 ? fraction : -fraction) * 2 ** -24;
    } else {
      const wide = exponent === 31 ? 0xff : exponent + 112; // 112 = 127 - 15, the difference of the biases
      bits[i] = sign | (wide << 23) | (fraction << 13);
    }
  }
  return values;
}
