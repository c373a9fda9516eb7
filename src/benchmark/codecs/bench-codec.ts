/** Interface of the codecs that the benchmark measures. */
import type { ColourImage, RawImage } from '../../image/raw-image.ts';
import type { CodecName, Row } from '../bench-types.ts';
import type { Meter } from '../measure/meter.ts';

/** Result of coding one image at one setting: the decoded picture, its size, and the measured times and memory. */
export interface Coded
  extends Pick<Row, 'setting' | 'bytes' | 'fixedBytes' | 'encodeSeconds' | 'decodeSeconds' | 'peakRssBytes'> {
  readonly picture: RawImage;
  readonly layer?: number;
  readonly level?: number;
  readonly sigma?: number;
}

/** A codec that the benchmark can measure. */
export interface BenchCodec {
  readonly name: CodecName;
  /** Name in plots and tables. */
  readonly label: string;
  /** One line about its settings, for the reader of a report. */
  readonly description: string;
  readonly kind: 'real' | 'ideal';
  /** True if it has several rate points; false for a lossless codec. */
  readonly lossy: boolean;
  /**
   * Describes the code, the library and the settings that change the files. Rows of other versions are measured again.
   *
   * @throws DdpmError `ERR_DDPM_DEPENDENCY` if the codec is not installed, `ERR_DDPM_MODEL_MISSING` without its model
   */
  version(): Promise<string>;
  /** @param settings - for which an image has rows; returns true if these are all settings of the codec */
  isComplete(settings: ReadonlySet<string>): boolean;
  /**
   * Codes and decodes an image at all settings.
   *
   * @param done - settings that may be left out
   * @param meter - measures times and memory
   */
  run(image: ColourImage, done: ReadonlySet<string>, meter: Meter): AsyncGenerator<Coded, void, void>;
  /**
   * Codes an image into the largest file of at most `bytes` bytes; undefined if no file is that small. Slow for our own
   * codec, which encodes anew for each size.
   */
  runAtBytes(image: ColourImage, bytes: number, meter: Meter): Promise<Coded | undefined>;
}
