import type { RawImage } from './raw-image.ts';

/** Writes a binary PGM (grey) or PPM picture; a grey picture as PPM gets three equal channels. */
export function writePnm(image: RawImage, kind: 'pgm' | 'ppm'): Uint8Array {
  const header = new TextEncoder().encode(`${kind === 'pgm' ? 'P5' : 'P6'}\n${image.width} ${image.height}\n255\n`);
  const repeat = kind === 'ppm' && image.channels === 1 ? 3 : 1;
  const file = new Uint8Array(header.length + image.data.length * repeat);
  file.set(header);
  if (repeat === 1) file.set(image.data, header.length);
  else
    for (let i = 0; i < image.data.length; i++)
      file.fill(image.data[i], header.length + i * 3, header.length + i * 3 + 3);
  return file;
}
