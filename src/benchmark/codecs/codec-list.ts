/** The codecs that can be measured, by name. */
import type { CodecName, DdpmSettings } from '../bench-types.ts';
import type { BenchCodec } from './bench-codec.ts';
import { DdpmFileCodec, DdpmLayersCodec, DdpmLosslessCodec } from './ddpm-codecs.ts';
import { IdealCodec } from './ideal-codec.ts';
import { RivalCodec } from './rival-codec.ts';
import { RIVALS } from './rivals.ts';

const RIVAL_LABELS: Readonly<Record<(typeof RIVALS)[number]['format'], string>> = {
  jpeg: 'JPEG (mozjpeg)',
  webp: 'WebP',
  avif: 'AVIF',
  jxl: 'JPEG XL',
  png: 'PNG',
  'webp-lossless': 'WebP lossless',
  'jxl-lossless': 'JPEG XL lossless',
};

/** Names of all codecs, those of this package first. */
export const CODEC_NAMES: readonly CodecName[] = Object.freeze([
  'ddpm',
  'ddpm-file',
  'ddpm-ideal',
  'ddpm-lossless',
  ...RIVALS.map(({ format }) => format),
] as const);

/**
 * Makes a codec by its name.
 *
 * @throws RangeError if there is no codec of that name
 */
export function benchCodec(name: CodecName, settings: DdpmSettings): BenchCodec {
  if (name === 'ddpm') return new DdpmLayersCodec(settings);
  if (name === 'ddpm-file') return new DdpmFileCodec(settings);
  if (name === 'ddpm-lossless') return new DdpmLosslessCodec(settings);
  if (name === 'ddpm-ideal') return new IdealCodec(settings);
  const rival = RIVALS.find(({ format }) => format === name);
  if (!rival) throw new RangeError(`"codecs" expected some of ${CODEC_NAMES.join(', ')}, got ${name}`);
  return new RivalCodec(rival, RIVAL_LABELS[rival.format]);
}
