/** A small set of images for the tests of the benchmark. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RawImage, writeImage } from '../../src/entry/index.ts';

/** A picture with an edge, a ramp and a texture. */
export function benchPicture(width: number, height: number, phase: number): RawImage {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y, c] = [Math.floor(i / 3) % width, Math.floor(i / (3 * width)), i % 3];
    const wave = 50 * Math.sin((x + phase) / 5) + 30 * Math.cos((y * (c + 1)) / 7);
    return Math.round(120 + wave + (x + y > width ? 30 : 0) + ((x * 7 + y * 13) % 11));
  });
  return { data, width, height, channels: 3 };
}

/** Writes two pictures of 40 x 24 pixels into a new folder. */
export async function writeBenchSet(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  for (const [name, phase] of [
    ['left', 0],
    ['right', 9],
  ] as const) {
    writeFileSync(join(folder, `${name}.png`), await writeImage(benchPicture(40, 24, phase), 'png'));
  }
  return folder;
}
