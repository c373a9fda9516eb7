/** The methods that bench/placeholder.ts compares: ours, blurhash, thumbhash and WebP. */
import { decode as decodeBlurhash, encode as encodeBlurhashOfNpm } from 'blurhash';
import { placeholder, placeholderToImage, type RawImage, readImage } from 'ddpm-codec';
import sharp from 'sharp';
import { rgbaToThumbHash, thumbHashToRGBA } from 'thumbhash';
import { encodeBlurhash } from '../blurhash.ts';
import { OUR_SIZES, ourName } from '../documents/figures/placeholder.ts';

/** A placeholder made by one method. */
interface Small {
  readonly bytes: number;
  readonly picture: RawImage;
  readonly encodeMs: number;
  readonly decodeMs: number;
}

/** A method to make placeholders. */
export interface Method {
  readonly name: string;
  /** Whether it has a column in the contact sheet. */
  readonly shown: boolean;
  run(picture: RawImage): Promise<Small>;
}

/** Makes a placeholder and decodes it; takes the times. */
async function timed<T extends { readonly length: number }>(
  encode: () => T | Promise<T>,
  decode: (data: T) => RawImage | Promise<RawImage>,
): Promise<Small> {
  const start = performance.now();
  const data = await encode();
  const encoded = performance.now();
  const picture = await decode(data);
  return { bytes: data.length, picture, encodeMs: encoded - start, decodeMs: performance.now() - encoded };
}

function withAlpha({ data, width, height }: RawImage): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) rgba.set(data.subarray(i * 3, i * 3 + 3), i * 4);
  return rgba;
}

function withoutAlpha(rgba: ArrayLike<number>, width: number, height: number): RawImage {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) data[i] = rgba[Math.floor(i / 3) * 4 + (i % 3)];
  return { data, width, height, channels: 3 };
}

async function resize(picture: RawImage, width: number, height: number): Promise<RawImage> {
  if (picture.width === width && picture.height === height) return picture;
  const raw = { width: picture.width, height: picture.height, channels: 3 as const };
  const pixels = sharp(picture.data, { raw }).resize(width, height, { fit: 'fill', kernel: 'cubic' });
  return { data: new Uint8Array(await pixels.raw().toBuffer()), width, height, channels: 3 };
}

function ours(bytes: number): Method {
  return {
    name: ourName(bytes),
    shown: bytes >= 32,
    async run(picture) {
      const small = await timed(() => placeholder(picture, { bytes }), placeholderToImage);
      if (small.bytes > bytes) throw new Error(`${small.bytes} bytes, asked for ${bytes}`);
      return small;
    },
  };
}

/**
 * Blurhash with `long` components along the longer side and `short` along the shorter one. Each character of the string
 * counts as a byte.
 *
 * @param npm - use the encoder of the npm package instead of ours
 */
function blurhash(long: number, short: number, shown: boolean, npm = false): Method {
  return {
    name: `blurhash${npm ? ' (npm encoder)' : ''}, ${long} x ${short}`,
    shown,
    run(picture) {
      const { width, height } = picture;
      const [x, y] = width >= height ? [long, short] : [short, long];
      return timed(
        () => (npm ? encodeBlurhashOfNpm(withAlpha(picture), width, height, x, y) : encodeBlurhash(picture, x, y)),
        (hash) => withoutAlpha(decodeBlurhash(hash, width, height), width, height),
      );
    },
  };
}

const thumbhash: Method = {
  name: 'thumbhash',
  shown: true,
  async run(picture) {
    const { width, height } = picture;
    const small = await timed(
      () => rgbaToThumbHash(width, height, withAlpha(picture)),
      (hash) => {
        const { w, h, rgba } = thumbHashToRGBA(hash);
        return withoutAlpha(rgba, w, h);
      },
    );
    // Thumbhash keeps the aspect ratio only approximately (32 x 23 for 32 x 21); resize to the true size.
    return { ...small, picture: await resize(small.picture, width, height) };
  },
};

/** WebP by sharp; quality 1 gives the smallest file. `writeImage` cannot be used, because its quality is always 95. */
function webp(quality: number): Method {
  return {
    name: `WebP, quality ${quality}`,
    shown: quality === 1,
    run({ data, width, height }) {
      const image = sharp(data, { raw: { width, height, channels: 3 } });
      return timed(() => image.webp({ quality, effort: 6 }).toBuffer(), readImage);
    },
  };
}

/** All methods, in the order of the table. */
export const METHODS: readonly Method[] = [
  ...OUR_SIZES.map(ours),
  blurhash(4, 3, true),
  blurhash(6, 5, true),
  blurhash(4, 3, false, true),
  blurhash(6, 5, false, true),
  thumbhash,
  webp(1),
  webp(20),
];
