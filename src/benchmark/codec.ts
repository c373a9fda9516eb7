/** The contract of a codec under test, and the list of them. */
import type { RawImage } from '../api/types.ts';
import { RIVALS } from '../image/rivals.ts';
import { DdpmFileCodec, DdpmLayersCodec, DdpmLosslessCodec } from './ddpm-codecs.ts';
import { IdealCodec } from './ideal-codec.ts';
import type { Meter } from './meter.ts';
import { RivalCodec } from './rival-codec.ts';
import type { CodecName, DdpmSettings, Row } from './types.ts';

/** A picture whose colours are coded: grey or RGB. */
export type ColourImage = RawImage & { readonly channels: 1 | 3 };

/** A picture after a codec, and what it took. */
export interface Coded
  extends Pick<Row, 'setting' | 'bytes' | 'fixedBytes' | 'encodeSeconds' | 'decodeSeconds' | 'peakRssBytes'> {
  readonly picture: RawImage;
  readonly layer?: number;
  readonly level?: number;
  readonly sigma?: number;
}

/** A codec under test. */
export interface BenchCodec {
  readonly name: CodecName;
  /** Name in plots and tables. */
  readonly label: string;
  /** One line on its settings. */
  readonly description: string;
  readonly kind: 'real' | 'ideal';
  /** It has a rate to choose. */
  readonly lossy: boolean;
  /**
   * Code, library and settings that change the bytes; rows of other versions are measured again.
   *
   * @throws DdpmError `ERR_DDPM_BACKEND` if the codec is not installed, `ERR_DDPM_MODEL_MISSING` without its model
   */
  version(): Promise<string>;
  /** True if an image that has been measured at these settings needs no further run. */
  isComplete(settings: ReadonlySet<string>): boolean;
  /**
   * Codes and decodes an image at all settings that are not done; what it times it times with the meter.
   *
   * @param done - settings that may be left out
   */
  run(image: ColourImage, done: ReadonlySet<string>, meter: Meter): AsyncGenerator<Coded, void, void>;
  /** The largest file of at most so many bytes; undefined if none is so small. Ours takes long: a run for each. */
  runAtBytes(image: ColourImage, bytes: number, meter: Meter): Promise<Coded | undefined>;
}

const RIVAL_LABELS: Readonly<Record<(typeof RIVALS)[number]['format'], string>> = {
  jpeg: 'JPEG (mozjpeg)',
  webp: 'WebP',
  avif: 'AVIF',
  jxl: 'JPEG XL',
  png: 'PNG',
  'webp-lossless': 'WebP lossless',
  'jxl-lossless': 'JPEG XL lossless',
};

/** Names of all codecs, ours first. */
export const CODEC_NAMES: readonly CodecName[] = Object.freeze([
  'ddpm',
  'ddpm-file',
  'ddpm-ideal',
  'ddpm-lossless',
  ...RIVALS.map(({ format }) => format),
] as const);

/** The codec of a name. */
export function benchCodec(name: CodecName, settings: DdpmSettings): BenchCodec {
  if (name === 'ddpm') return new DdpmLayersCodec(settings);
  if (name === 'ddpm-file') return new DdpmFileCodec(settings);
  if (name === 'ddpm-lossless') return new DdpmLosslessCodec(settings);
  if (name === 'ddpm-ideal') return new IdealCodec(settings);
  const rival = RIVALS.find(({ format }) => format === name);
  if (!rival) throw new RangeError(`"codecs" expected some of ${CODEC_NAMES.join(', ')}, got ${name}`);
  return new RivalCodec(rival, RIVAL_LABELS[rival.format]);
}
