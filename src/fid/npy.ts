/** Arrays of NumPy's .npy format (numpy.lib.format), as far as statistics need them: numbers and one text. */
import { DdpmError } from '../base/errors.ts';

/** An array of numbers. */
export interface NumberArray {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array | Float64Array;
}

const MAGIC = '\x93NUMPY';
/** Data begins at a multiple of this many bytes. */
const ALIGNMENT = 64;

/** Writes an array of numbers, or a text as an array without axes. */
export function writeNpy(value: NumberArray | string): Uint8Array {
  if (typeof value === 'string') {
    const points = Array.from(value, (char) => char.codePointAt(0) as number);
    return withHeader(`<U${Math.max(points.length, 1)}`, [], 4 * Math.max(points.length, 1), (view, at) => {
      for (const [i, point] of points.entries()) view.setUint32(at + 4 * i, point, true);
    });
  }
  const { shape, data } = value;
  const isSingle = data instanceof Float32Array;
  return withHeader(isSingle ? '<f4' : '<f8', shape, data.byteLength, (view, at) => {
    if (isSingle) for (let i = 0; i < data.length; i++) view.setFloat32(at + 4 * i, data[i], true);
    else for (let i = 0; i < data.length; i++) view.setFloat64(at + 8 * i, data[i], true);
  });
}

function withHeader(
  descr: string,
  shape: readonly number[],
  bytes: number,
  fill: (view: DataView, at: number) => void,
): Uint8Array {
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sides}), }`;
  const start = Math.ceil((10 + header.length + 1) / ALIGNMENT) * ALIGNMENT;
  const file = new Uint8Array(start + bytes);
  const view = new DataView(file.buffer);
  const text = `${MAGIC}\x01\x00\x00\x00${header}`.padEnd(start - 1, ' ');
  for (let i = 0; i < text.length; i++) file[i] = text.charCodeAt(i);
  file[start - 1] = 0x0a;
  view.setUint16(8, start - 10, true);
  fill(view, start);
  return file;
}

/** A parsed header. */
interface Header {
  readonly descr: string;
  readonly shape: readonly number[];
  readonly data: DataView;
}

/**
 * Reads an array of numbers: `<f4` or `<f8`, in C order.
 *
 * @param source - name of the array, for error messages
 * @throws DdpmError `ERR_DDPM_INPUT` if it is none
 */
export function readNumbers(file: Uint8Array, source: string): NumberArray {
  const { descr, shape, data } = readHeader(file, source);
  const size = { '<f4': 4, '<f8': 8 }[descr];
  if (size === undefined) throw wrong(source, `its type is ${descr.slice(0, 20)}; read are <f4 and <f8`);
  const count = shape.reduce((product, side) => product * side, 1);
  if (data.byteLength !== count * size) {
    throw wrong(source, `${data.byteLength} bytes of data, but shape (${shape.join(', ')}) takes ${count * size}`);
  }
  const values = size === 4 ? new Float32Array(count) : new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = size === 4 ? data.getFloat32(4 * i, true) : data.getFloat64(8 * i, true);
  return { shape, data: values };
}

/**
 * Reads a text.
 *
 * @throws DdpmError `ERR_DDPM_INPUT` if the array is none
 */
export function readText(file: Uint8Array, source: string): string {
  const { descr, shape, data } = readHeader(file, source);
  if (!/^<U\d+$/.test(descr) || shape.length > 0) throw wrong(source, 'it is no text (an array <U without axes)');
  let text = '';
  for (let i = 0; i + 4 <= data.byteLength; i += 4) {
    const point = data.getUint32(i, true);
    if (point > 0x10ffff) throw wrong(source, 'it has characters beyond Unicode');
    if (point !== 0) text += String.fromCodePoint(point);
  }
  return text;
}

function readHeader(file: Uint8Array, source: string): Header {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const magic = String.fromCharCode(...file.subarray(0, 6));
  if (magic !== MAGIC || file.length < 12) throw wrong(source, 'it is no .npy array');
  const isLong = file[6] > 1;
  const begin = isLong ? 12 : 10;
  const end = begin + (isLong ? view.getUint32(8, true) : view.getUint16(8, true));
  if (end > file.length) throw wrong(source, 'its header is cut off');
  const text = new TextDecoder('latin1').decode(file.subarray(begin, end));
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const sides = /'shape':\s*\(([\d,\s]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || sides === undefined) {
    throw wrong(source, `its header is ${JSON.stringify(text.slice(0, 80))}`);
  }
  const shape = sides.split(',').flatMap((side) => (side.trim() === '' ? [] : [Number(side)]));
  if (order === 'True' && shape.length > 1)
    throw wrong(source, 'it is in Fortran order; save numpy.ascontiguousarray of it');
  return { descr, shape, data: new DataView(file.buffer, file.byteOffset + end, file.length - end) };
}

function wrong(source: string, why: string): DdpmError {
  return new DdpmError('ERR_DDPM_INPUT', `${source}: ${why}`);
}
