/** Worker that makes JPEG, WebP and AVIF files of a given length. */
import { expose, transfer } from 'comlink';
import { differenceOf } from './difference.ts';
import { type Attempt, searchQuality } from './quality-search.ts';
import { type EncodeRival, loadRival, type Rival } from './rival-encoders.ts';

/** A file of another format, for the screen. */
export interface RivalPicture {
  readonly bitmap: ImageBitmap;
  readonly bytes: number;
  readonly quality: number;
  /** In dB, as of `differenceOf`. */
  readonly psnr: number;
}

type File = Blob;

const encoders = new Map<Rival, Promise<EncodeRival>>();
/** The picture that is compared now, and the files that were made of it, by format and quality. */
let original: ImageData | undefined;
let files = new Map<string, Attempt<File>>();
/** Number of the newest request for each format; older ones give up. */
const newest = new Map<Rival, number>();

function encoder(rival: Rival): Promise<EncodeRival> {
  const loading = encoders.get(rival) ?? loadRival(rival);
  encoders.set(rival, loading);
  loading.catch(() => encoders.delete(rival)); // a network that failed may work later
  return loading;
}

const RIVALS = {
  /** Sets the picture; what was made of the one before is forgotten. */
  setOriginal(pixels: ImageData): void {
    original = pixels;
    files = new Map();
  },

  /**
   * The best file of a format that is not longer than `target` bytes, or its shortest one.
   *
   * @param request - a number that grows; an older request for the same format ends without a picture
   */
  async make(rival: Rival, target: number, request: number): Promise<RivalPicture | null> {
    newest.set(rival, request);
    const pixels = original;
    if (!pixels) return null;
    const made = files;
    const encode = await encoder(rival);
    const isOutdated = (): boolean => newest.get(rival) !== request || original !== pixels;
    const attempt = async (quality: number): Promise<Attempt<File>> => {
      const key = `${rival} ${quality}`;
      const known = made.get(key);
      if (known) return known;
      await new Promise((resolve) => setTimeout(resolve)); // lets newer requests come in
      if (isOutdated()) throw OUTDATED;
      const file = encode(pixels, quality);
      const result = { quality, bytes: file.length, file: new Blob([file], { type: `image/${rival}` }) };
      made.set(key, result);
      return result;
    };
    try {
      const { file, quality, bytes } = await searchQuality(target, attempt);
      if (isOutdated()) return null;
      return await shown(file, pixels, quality, bytes);
    } catch (error) {
      if (error === OUTDATED) return null;
      throw error;
    }
  },
};

const OUTDATED = new Error('outdated');

async function shown(file: Blob, pixels: ImageData, quality: number, bytes: number): Promise<RivalPicture> {
  const bitmap = await createImageBitmap(file);
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('this browser gives no canvas of that size');
  context.drawImage(bitmap, 0, 0);
  const { psnr } = differenceOf(pixels.data, context.getImageData(0, 0, bitmap.width, bitmap.height).data);
  return transfer({ bitmap, quality, bytes, psnr }, [bitmap]);
}

export type Rivals = typeof RIVALS;

expose(RIVALS);
