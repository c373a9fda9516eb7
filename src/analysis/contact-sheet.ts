/** Makes contact sheets: pictures of one size in rows and columns. */
import type { RawImage } from '../image/raw-image.ts';

/** Grey level between and around the pictures. */
const BACKGROUND = 255;

/** Options of {@link contactSheet}. */
export interface SheetOptions {
  /** Number of pictures in a row; default: that of the smallest square that holds all pictures. */
  readonly columns?: number;
  /** Each pixel is enlarged to scale x scale pixels; an integer >= 1, default 1. */
  readonly scale?: number;
  /** Width in pixels of the gaps between and around the pictures, an integer >= 0; default 2. */
  readonly gap?: number;
}

/**
 * Arranges pictures on white, in reading order.
 *
 * @param pictures - at least one, all RGB and of one size
 * @throws RangeError if there are no pictures, they differ in size, or an option is out of range
 */
export function contactSheet(pictures: readonly RawImage[], options: SheetOptions = {}): RawImage {
  const { columns = Math.ceil(Math.sqrt(pictures.length)), scale = 1, gap = 2 } = options;
  if (pictures.length === 0) throw new RangeError('"pictures" expected at least one picture, got 0');
  checkInteger('columns', columns, 1);
  checkInteger('scale', scale, 1);
  checkInteger('gap', gap, 0);
  const [first] = pictures;
  for (const { width, height, channels } of pictures) {
    if (width === first.width && height === first.height && channels === 3) continue;
    const found = `${width} x ${height} x ${channels}`;
    throw new RangeError(`"pictures" expected ${first.width} x ${first.height} x 3 throughout, got ${found}`);
  }
  const cell = { width: first.width * scale + gap, height: first.height * scale + gap };
  const width = columns * cell.width + gap;
  const height = Math.ceil(pictures.length / columns) * cell.height + gap;
  const data = new Uint8Array(width * height * 3).fill(BACKGROUND);
  pictures.forEach((picture, i) => {
    const left = gap + (i % columns) * cell.width;
    const top = gap + Math.floor(i / columns) * cell.height;
    paste(data, width, { picture, left, top, scale });
  });
  return { data, width, height, channels: 3 };
}

function paste(
  sheet: Uint8Array,
  sheetWidth: number,
  place: { readonly picture: RawImage; readonly left: number; readonly top: number; readonly scale: number },
): void {
  const { picture, left, top, scale } = place;
  for (let y = 0; y < picture.height * scale; y++) {
    const row = Math.floor(y / scale) * picture.width;
    for (let x = 0; x < picture.width * scale; x++) {
      const from = (row + Math.floor(x / scale)) * 3;
      const to = ((top + y) * sheetWidth + left + x) * 3;
      for (let c = 0; c < 3; c++) sheet[to + c] = picture.data[from + c];
    }
  }
}

function checkInteger(name: string, value: number, min: number): void {
  if (Number.isSafeInteger(value) && value >= min) return;
  throw new RangeError(`"${name}" expected integer >= ${min}, got ${value}`);
}
