/** Our codec on one picture: one file cut anywhere, and files that are made for a size. */
import type { Codec, Decoded, Encoded, RawImage } from 'ddpm-codec';
import type { Row } from 'ddpm-codec/bench';
import type { Coded } from '#dist/benchmark/codecs/bench-codec.js';
import { DdpmCodec } from '#dist/benchmark/codecs/ddpm-codecs.js';
import type { Subject } from '#dist/benchmark/measure/measure-row.js';
import { type Measured, Meter } from '#dist/benchmark/measure/meter.js';
import type { SizePoint } from './gap.ts';
import type { RowCache } from './row-cache.ts';

/** Settings of the encoder; what is not given is its default. */
export interface OurSettings {
  readonly effort?: number;
  /** Noise level at which the file that is cut ends. */
  readonly endSigma?: number;
}

/** A picture to measure. */
export type Picture = Pick<Subject, 'name' | 'pixels' | 'image'>;

/** Version of rows: package, model, and the settings that were given. */
function versionOf(settings: OurSettings): Promise<string> {
  return new DdpmCodec(settings, ['effort', 'endSigma']).version();
}

/** Measures with a pooled codec; rows that are kept are not measured again. */
export class OurFiles {
  readonly #codec: Codec;
  readonly #rows: RowCache;
  readonly #settings: OurSettings;

  constructor(codec: Codec, rows: RowCache, settings: OurSettings) {
    this.#codec = codec;
    this.#rows = rows;
    this.#settings = settings;
  }

  /** Codes the picture to one file; returns that whole, and a function that measures its first `bytes` bytes. */
  async cutFile(picture: Picture): Promise<{ whole: Row; prefix: (bytes: number) => Promise<SizePoint> }> {
    const subject = {
      ...picture,
      codec: { name: 'ddpm', kind: 'real' },
      version: await versionOf(this.#settings),
    } as const;
    const meter = new Meter();
    let encoding: Promise<Measured<Encoded>> | undefined;
    const encoded = (): Promise<Measured<Encoded>> => {
      encoding ??= meter.measure(() => this.#codec.encode(picture.image, this.#settings));
      return encoding;
    };
    const row = async (setting: string, bytes?: number): Promise<Row> => {
      const found = await this.#rows.get(subject, setting, async () => {
        const file = await encoded();
        return this.#decoded(picture, file, file.value.data.subarray(0, bytes), meter);
      });
      return found as Row;
    };
    const prefix = async (bytes: number): Promise<SizePoint> => {
      const { psnr } = await row(`first ${bytes} bytes`, bytes);
      return { bytes, psnr };
    };
    return { whole: await row('whole'), prefix };
  }

  /** PSNR of a file that is made for so many bytes. */
  async madeFor(picture: Picture, bytes: number): Promise<SizePoint> {
    const { effort } = this.#settings;
    const settings = effort === undefined ? {} : { effort };
    const subject = {
      ...picture,
      codec: { name: 'ddpm-file', kind: 'real' },
      version: await versionOf(settings),
    } as const;
    const row = await this.#rows.get(subject, `bytes=${bytes}`, async () => {
      const meter = new Meter();
      const file = await meter.measure(() => this.#codec.encode(picture.image, { ...settings, bytes }));
      return this.#decoded(picture, file, file.value.data, meter);
    });
    return { bytes, psnr: (row as Row).psnr };
  }

  /** What the first bytes of a file, or all of them, decode to. */
  async #decoded(
    { image }: Picture,
    { value: { info }, seconds }: Measured<Encoded>,
    bytes: Uint8Array,
    meter: Meter,
  ): Promise<Omit<Coded, 'setting'>> {
    const decoded: Measured<Decoded> = await meter.measure(() => this.#codec.decode(bytes));
    const picture: RawImage = { ...image, data: decoded.value.data };
    return {
      picture,
      bytes: bytes.length,
      fixedBytes: info.headerBytes,
      encodeSeconds: seconds,
      decodeSeconds: decoded.seconds,
      peakRssBytes: meter.peakRssBytes,
    };
  }
}
