/** Worker that reads picture files and compares pictures with their originals, so that the page's thread touches no pixels. */
import { expose, transfer } from 'comlink';
import { type Difference, differenceOf } from './difference.ts';

/** A picture that was read. */
export interface OpenedPicture {
  readonly bitmap: ImageBitmap;
  /** A copy whose longer side has {@link THUMBNAIL} pixels. */
  readonly thumbnail: ImageBitmap;
  readonly width: number;
  readonly height: number;
  /** Size of the file's picture, of which this one may be a smaller copy. */
  readonly fullWidth: number;
  readonly fullHeight: number;
  /** Length of a PNG of these pixels: the file itself if it is one, else as the browser writes it. */
  readonly pngBytes: number;
}

/** A picture for the screen, and how it differs from the original if there is one. */
export interface Measured extends Partial<Difference> {
  readonly bitmap: ImageBitmap;
}

const THUMBNAIL = 240;

/** Pixels of the originals, by key. */
const originals = new Map<number, ImageData>();

function size(bitmap: ImageBitmap, longest: number): [number, number] {
  const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
  return [Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale))];
}

const LAB = {
  /**
   * Reads a picture file, and keeps its pixels as the original `key`.
   *
   * @param longest - of its sides in pixels; a larger picture is scaled down
   * @throws DOMException if it is no picture that the browser reads
   */
  async open(key: number, file: Blob, longest: number): Promise<OpenedPicture> {
    const whole = await createImageBitmap(file);
    const { width: fullWidth, height: fullHeight } = whole;
    const [width, height] = size(whole, longest);
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('this browser gives no canvas of that size');
    context.imageSmoothingQuality = 'high';
    context.drawImage(whole, 0, 0, width, height);
    whole.close();
    const pixels = context.getImageData(0, 0, width, height);
    originals.set(key, pixels);
    const isFile = file.type === 'image/png' && width === fullWidth;
    const pngBytes = isFile ? file.size : (await canvas.convertToBlob({ type: 'image/png' })).size;
    const bitmap = await createImageBitmap(pixels);
    const [resizeWidth, resizeHeight] = size(bitmap, THUMBNAIL);
    const thumbnail = await createImageBitmap(pixels, { resizeWidth, resizeHeight, resizeQuality: 'high' });
    return transfer({ bitmap, thumbnail, width, height, fullWidth, fullHeight, pngBytes }, [bitmap, thumbnail]);
  },

  /** A copy of the pixels of an original. */
  pixels(key: number): ImageData {
    const kept = originals.get(key);
    if (!kept) throw new Error(`no original ${key}`);
    const copy = new ImageData(kept.data.slice(), kept.width, kept.height);
    return transfer(copy, [copy.data.buffer]);
  },

  forget(key: number): void {
    originals.delete(key);
  },

  /**
   * Makes a bitmap for the screen of a decoded picture, and compares it with the original `key` if that is kept and of the
   * same size.
   *
   * @param scale - 0..1, of the picture for the screen
   */
  async measure(key: number, pixels: ImageData, scale: number): Promise<Measured> {
    const original = originals.get(key);
    const comparable = original?.width === pixels.width && original.height === pixels.height;
    const difference = comparable ? differenceOf(original.data, pixels.data) : {};
    const options: ImageBitmapOptions =
      scale < 1
        ? {
            resizeWidth: Math.max(1, Math.round(pixels.width * scale)),
            resizeHeight: Math.max(1, Math.round(pixels.height * scale)),
            resizeQuality: 'medium',
          }
        : {};
    const bitmap = await createImageBitmap(pixels, options);
    return transfer({ bitmap, ...difference }, [bitmap]);
  },
};

export type Lab = typeof LAB;

expose(LAB);
