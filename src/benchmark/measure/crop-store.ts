/** Stores the crops of a benchmark in its folder, so that a report can be made again without measuring. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Crop } from './crops.ts';

type StoredCrop = Omit<Crop, 'png'> & { readonly file: string; readonly version: string };

/** Keeps crops as PNG files, with a JSON file that lists them. */
export class CropStore {
  readonly #folder: string;
  readonly #crops = new Map<string, StoredCrop>();

  constructor(out: string, fresh: boolean) {
    this.#folder = join(out, 'crops');
    if (fresh) rmSync(this.#folder, { recursive: true, force: true });
    if (!existsSync(this.#index)) return;
    for (const crop of JSON.parse(readFileSync(this.#index, 'utf8')) as StoredCrop[])
      this.#crops.set(keyOf(crop), crop);
  }

  get #index(): string {
    return join(this.#folder, 'crops.json');
  }

  has(crop: Pick<StoredCrop, 'image' | 'codec' | 'allowedBytes' | 'version'>): boolean {
    return this.#crops.has(keyOf(crop));
  }

  /** Allowed file sizes of all crops of an image by a codec. */
  sizes(image: string, codec: Crop['codec'], version: string): number[] {
    const isWanted = (crop: StoredCrop): boolean =>
      crop.image === image && crop.codec === codec && crop.version === version;
    return [...this.#crops.values()].filter(isWanted).map(({ allowedBytes }) => allowedBytes);
  }

  /** @param version - version of the codec, as in the rows */
  add({ png, ...crop }: Crop, version: string): void {
    mkdirSync(this.#folder, { recursive: true });
    const file = `${crop.image}-${crop.codec}-${crop.allowedBytes}.png`.replaceAll(/[^\w.-]+/g, '_');
    writeFileSync(join(this.#folder, file), png);
    const stored = { ...crop, file, version };
    this.#crops.set(keyOf(stored), stored);
    writeFileSync(this.#index, `${JSON.stringify([...this.#crops.values()], null, 1)}\n`);
  }

  /** Reads a crop; undefined if it is not stored. */
  get(crop: Pick<StoredCrop, 'image' | 'codec' | 'allowedBytes' | 'version'>): Crop | undefined {
    const stored = this.#crops.get(keyOf(crop));
    if (!stored) return undefined;
    const { file, version: _, ...rest } = stored;
    // JSON cannot represent Infinity; it was stored as null.
    return {
      ...rest,
      psnr: rest.psnr ?? Number.POSITIVE_INFINITY,
      png: new Uint8Array(readFileSync(join(this.#folder, file))),
    };
  }
}

function keyOf({
  image,
  codec,
  allowedBytes,
  version,
}: Pick<StoredCrop, 'image' | 'codec' | 'allowedBytes' | 'version'>): string {
  return [image, codec, allowedBytes, version].join('\n');
}
