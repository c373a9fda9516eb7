/** The contract of a codec under test. */
import type { ColourImage, RawImage } from '../../image/raw-image.ts';
import type { CodecName, Row } from '../bench-types.ts';
import type { Meter } from '../measure/meter.ts';

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
   * @throws DdpmError `ERR_DDPM_DEPENDENCY` if the codec is not installed, `ERR_DDPM_MODEL_MISSING` without its model
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
