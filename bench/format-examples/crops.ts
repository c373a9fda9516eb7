/** Pictures made from the test pictures. */
import type { RawImage } from 'ddpm-codec';
import sharp from 'sharp';
import type { Region } from '../pictures.ts';

/**
 * Part of a Kodak picture; grey as sharp makes it.
 *
 * @param name - `kodim13`
 */
export async function crop(name: string, region: Region, channels: 1 | 3 = 3): Promise<RawImage> {
  const data = await sharp(`test/images/kodak/${name}.png`)
    .extract(region)
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw()
    .toBuffer();
  return { data: new Uint8Array(data), width: region.width, height: region.height, channels };
}

/** A grey picture: the means of the three colours, rounded. */
export function meanOfColours({ data, width, height }: RawImage): RawImage {
  const grey = Uint8Array.from({ length: width * height }, (_, i) =>
    Math.round((data[3 * i] + data[3 * i + 1] + data[3 * i + 2]) / 3),
  );
  return { data: grey, width, height, channels: 1 };
}
