import type { Tensor } from './safetensors.ts';

/** Contents of a safetensors file. */
export interface SafetensorsContent {
  /** Tensors by name, written in this order. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** The `__metadata__` of the header. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The header is padded with spaces to a multiple of this many bytes, so that the data is aligned. The reference writer
 * does the same.
 */
const ALIGNMENT = 8;

/**
 * Writes a safetensors file (https://github.com/huggingface/safetensors, "Format"). Equal contents give equal bytes.
 *
 * @throws RangeError if the number of values of a tensor does not match its shape
 */
export function writeSafetensors({ tensors, metadata }: SafetensorsContent): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    const size = shape.reduce((product, side) => product * side, 1);
    if (data.length !== size) throw new RangeError(`"${name}" expected ${size} values, got ${data.length}`);
    const begin = end;
    end += size * (dtype === 'F16' ? 2 : 4);
    header[name] = { dtype, shape, data_offsets: [begin, end] };
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(text.length / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(8 + headerBytes + end);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, headerBytes, true);
  bytes.fill(0x20, 8, 8 + headerBytes);
  bytes.set(text, 8);
  let at = 8 + headerBytes;
  for (const tensor of tensors.values()) at = writeTensor(view, at, tensor);
  return bytes;
}

/** @returns the offset after the tensor */
function writeTensor(view: DataView, at: number, { dtype, data }: Tensor): number {
  if (dtype === 'F16') {
    const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
    for (let i = 0; i < data.length; i++) view.setUint16(at + 2 * i, halfOf(bits[i] as number), true);
    return at + 2 * data.length;
  }
  for (let i = 0; i < data.length; i++) view.setFloat32(at + 4 * i, data[i] as number, true);
  return at + 4 * data.length;
}

/** Converts the bits of an IEEE 754 binary32 number to those of a binary16 number; rounds to nearest, ties to even. */
function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 112; // 112 = 127 - 15, the difference of the biases
  const fraction = bits & 0x7fffff;
  if (exponent >= 31) {
    const isNan = exponent === 143 && fraction !== 0;
    return sign | 0x7c00 | (isNan ? 0x200 : 0);
  }
  if (exponent < -10) return sign;
  // Subnormal binary16 numbers have an implicit leading 0 and are shifted further.
  const shift = exponent > 0 ? 13 : 14 - exponent;
  const value = exponent > 0 ? (exponent << 23) | fraction : fraction | 0x800000;
  const kept = Math.floor(value / 2 ** shift);
  const rest = value - kept * 2 ** shift;
  const half = 2 ** (shift - 1);
  // Rounding up may carry into the exponent, which gives the correct result.
  return sign | (kept + (rest > half || (rest === half && kept % 2 === 1) ? 1 : 0));
}
