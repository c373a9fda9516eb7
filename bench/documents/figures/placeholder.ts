/** Figures of bench/placeholder.ts: placeholders against blurhash, thumbhash and WebP. */
import { mean } from '../../mean.ts';
import { type Figure, magnitude, number, range, table } from '../figure.ts';
import { type FigureSource, source } from '../source.ts';

/** A method to make placeholders: what came of each picture, in their order. */
export interface PlaceholderMethod {
  readonly name: string;
  readonly bytes: readonly number[];
  /** In dB, against the picture at 32 pixels. */
  readonly psnr: readonly number[];
  readonly encodeMs: readonly number[];
  readonly decodeMs: readonly number[];
}

/** What bench/placeholder.ts finds. */
export interface PlaceholderReport {
  /** Names of the pictures. */
  readonly pictures: readonly string[];
  readonly methods: readonly PlaceholderMethod[];
  /** Bytes of the PNGs in the data URLs of our largest placeholders, of each picture. */
  readonly pngBytes: readonly number[];
}

/** Our sizes in bytes. */
export const OUR_SIZES: readonly number[] = [16, 24, 32, 48, 64];
/** The size in bytes that is compared first, and the one after it. */
const COMPARED = [64, 32];
/** Methods that our 64 bytes must beat on every picture. */
export const BEATEN: readonly string[] = ['blurhash, 4 x 3', 'blurhash, 6 x 5', 'thumbhash'];

/** Name of our method with a number of bytes. */
export function ourName(bytes: number): string {
  return `ddpm-codec, ${bytes} bytes`;
}

function methodOf({ methods }: PlaceholderReport, name: string): PlaceholderMethod {
  const method = methods.find((one) => one.name === name);
  if (!method) throw new Error(`the report has no method ${name}`);
  return method;
}

/** Number of pictures on which ours, with a given number of bytes, is better than another method. */
export function wins(report: PlaceholderReport, bytes: number, name: string): number {
  const ours = methodOf(report, ourName(bytes)).psnr;
  return methodOf(report, name).psnr.filter((psnr, i) => ours[i] > psnr).length;
}

/** Means over the pictures, by method. */
function methodTable(report: PlaceholderReport): Figure {
  const own = OUR_SIZES.map(ourName);
  return table(
    [
      ...['method', 'bytes, mean', 'PSNR, mean', 'worst', 'best'],
      ...[`ours at ${COMPARED[0]} bytes is better on`, `at ${COMPARED[1]} bytes`, 'encode, ms', 'decode, ms'],
    ],
    report.methods.map(({ name, bytes, psnr, encodeMs, decodeMs }) => [
      name,
      mean(bytes).toFixed(1),
      ...[mean(psnr), Math.min(...psnr), Math.max(...psnr)].map((value) => value.toFixed(2)),
      ...COMPARED.map((size) => (own.includes(name) ? '' : `${wins(report, size, name)} of ${report.pictures.length}`)),
      ...[encodeMs, decodeMs].map((times) => mean(times).toFixed(0)),
    ]),
  );
}

/** PSNR of some methods, by picture. */
function pictureTable(report: PlaceholderReport): Figure {
  const columns = [ourName(32), ourName(64), ...BEATEN].map((name) => methodOf(report, name));
  return table(
    ['picture', ...columns.map(({ name }) => name)],
    report.pictures.map((picture, i) => [picture, ...columns.map(({ psnr }) => psnr[i].toFixed(2))]),
  );
}

/** The figures, by name. */
export function placeholderFigures(report: PlaceholderReport): Record<string, Figure> {
  const ours = OUR_SIZES.map((bytes) => methodOf(report, ourName(bytes)));
  const least = Math.min(...BEATEN.map((name) => wins(report, COMPARED[0], name)));
  const lead = (bytes: number): Figure =>
    magnitude(mean(methodOf(report, ourName(bytes)).psnr) - mean(methodOf(report, 'thumbhash').psnr), 2, ' dB');
  return {
    methods: methodTable(report),
    pictures: pictureTable(report),
    wins: { text: `${least} of ${report.pictures.length}`, value: least },
    encode: range(
      ours.map(({ encodeMs }) => mean(encodeMs) / 1000),
      1,
      ' s',
    ),
    decode: range(
      ours.map(({ decodeMs }) => mean(decodeMs)),
      0,
      ' ms',
    ),
    png: number(mean(report.pngBytes) / 1000, 0, ' kB'),
    'thumbhash.24': lead(24),
    'thumbhash.16': lead(16),
  };
}

/** Measurement `placeholder`. */
export const placeholder: FigureSource = source<PlaceholderReport>('placeholder', placeholderFigures);
