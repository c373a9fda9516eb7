/** Test pictures for the benchmarks: CIFAR-10 binary records and image files. */
import { readFileSync } from 'node:fs';
import { type RawImage, readImage } from 'ddpm-codec';

const RECORD_BYTES = 3073;
const SIDE = 32;

/** The first `count` pictures of a CIFAR-10 binary file (records of 1 label byte and 3072 bytes CHW). */
export function readCifar(path: string, count: number): RawImage[] {
  const bytes = readFileSync(path);
  const records = Math.min(count, Math.floor(bytes.length / RECORD_BYTES));
  return Array.from({ length: records }, (_, r) => {
    const data = new Uint8Array(SIDE * SIDE * 3);
    const first = r * RECORD_BYTES + 1;
    for (let p = 0; p < SIDE * SIDE; p++) {
      for (let c = 0; c < 3; c++) data[p * 3 + c] = bytes[first + c * SIDE * SIDE + p];
    }
    return { data, width: SIDE, height: SIDE, channels: 3 };
  });
}

/** The pictures in files: `.bin` is CIFAR-10, anything else goes through sharp. */
export async function readPictures(paths: readonly string[], limit: number): Promise<RawImage[]> {
  const pictures: RawImage[] = [];
  for (const path of paths) {
    if (path.endsWith('.bin')) pictures.push(...readCifar(path, limit));
    else pictures.push(await readImage(readFileSync(path), { source: path }));
  }
  return pictures.slice(0, limit);
}
