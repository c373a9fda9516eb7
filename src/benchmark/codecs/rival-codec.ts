/** Other codecs (JPEG, WebP, ...) in the benchmark. */

import type { ColourImage } from '../../image/raw-image.ts';
import type { CodecName } from '../bench-types.ts';
import type { Meter } from '../measure/meter.ts';
import type { BenchCodec, Coded } from './bench-codec.ts';
import { fixedBytesOf } from './fixed-cost.ts';
import type { Rival } from './rivals.ts';

/** Highest quality that the encoders accept; the lowest is 1. */
const HIGHEST_QUALITY = 100;
const LOSSLESS = 'lossless';

/** The highest quality at which a rival's file has at most `bytes` bytes, by 7 encodings; undefined if none is that small. */
export async function qualityForBytes(rival: Rival, image: ColourImage, bytes: number): Promise<number | undefined> {
  let low = 0; // 0: no file that is small enough has been found
  let high = HIGHEST_QUALITY + 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    const { length } = await rival.encode(image, middle);
    if (length <= bytes) low = middle;
    else high = middle;
  }
  return low === 0 ? undefined : low;
}

/** Measures a rival: one file for each quality, or one lossless file. */
export class RivalCodec implements BenchCodec {
  readonly name: CodecName;
  readonly label: string;
  readonly description: string;
  readonly kind = 'real';
  readonly lossy: boolean;
  readonly #rival: Rival;

  constructor(rival: Rival, label: string) {
    this.#rival = rival;
    this.name = rival.format;
    this.label = label;
    this.description = rival.description;
    this.lossy = rival.qualities.length > 0;
  }

  async version(): Promise<string> {
    return `${await this.#rival.version()}, ${this.description}`;
  }

  get #settings(): readonly { readonly setting: string; readonly quality: number }[] {
    const { qualities } = this.#rival;
    if (!this.lossy) return [{ setting: LOSSLESS, quality: HIGHEST_QUALITY }];
    return qualities.map((quality) => ({ setting: `q=${quality}`, quality }));
  }

  isComplete(settings: ReadonlySet<string>): boolean {
    return this.#settings.every(({ setting }) => settings.has(setting));
  }

  async *run(image: ColourImage, done: ReadonlySet<string>, meter: Meter): AsyncGenerator<Coded, void, void> {
    for (const { setting, quality } of this.#settings) {
      if (!done.has(setting)) yield this.#code(image, setting, quality, meter);
    }
  }

  async #code(image: ColourImage, setting: string, quality: number, meter: Meter): Promise<Coded> {
    const encoded = await meter.measure(() => this.#rival.encode(image, quality));
    const file = encoded.value;
    const decoded = await meter.measure(() => this.#rival.decode(file, image.channels));
    return {
      setting,
      bytes: file.length,
      fixedBytes: await fixedBytesOf(this.#rival, file, image.channels, quality),
      encodeSeconds: encoded.seconds,
      decodeSeconds: decoded.seconds,
      peakRssBytes: meter.peakRssBytes,
      picture: decoded.value,
    };
  }

  async runAtBytes(image: ColourImage, bytes: number, meter: Meter): Promise<Coded | undefined> {
    if (!this.lossy) return undefined;
    const quality = await qualityForBytes(this.#rival, image, bytes);
    return quality === undefined ? undefined : this.#code(image, `q=${quality}`, quality, meter);
  }
}
