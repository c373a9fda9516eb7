/** Our own codec in the benchmark: all layers of one file, whole files of given sizes, or lossless files. */
import { decode } from '../../api/decode.ts';
import { decodeProgressive } from '../../api/decode-progressive.ts';
import { encode } from '../../api/encode.ts';
import { defined } from '../../base/defined.ts';
import { DdpmError } from '../../base/errors.ts';
import type { EncodeOptions } from '../../coding/encoder/encode-options.ts';
import type { RunOptions } from '../../coding/run-options.ts';
import type { EncodeInfo } from '../../coding/stream-info.ts';
import { distortion } from '../../image/distortion.ts';
import type { ColourImage } from '../../image/raw-image.ts';
import { idOfModel } from '../../node/models/id-of-model.ts';
import { version } from '../../node/package-version.ts';
import type { DdpmSettings } from '../bench-types.ts';
import type { Meter } from '../measure/meter.ts';
import type { BenchCodec, Coded } from './bench-codec.ts';

/** Default rate goals of `ddpm-file`, in bits per pixel. */
const DEFAULT_BPP: readonly number[] = [0.1, 0.25, 0.5, 1, 2];

/** The settings that are options of encoder and decoder. */
function runOptions({ model, backend }: Pick<DdpmSettings, 'model' | 'backend'>): RunOptions {
  return defined({ model, backend });
}

function encodeOptions(settings: DdpmSettings): EncodeOptions {
  const { effort, beamWidth, ladderStep } = settings;
  return { ...runOptions(settings), ...defined({ effort, beamWidth, ladderStep }) };
}

/** Package version, model id, and the settings that were given. */
async function ddpmVersion(settings: DdpmSettings, keys: readonly (keyof DdpmSettings)[]): Promise<string> {
  const chosen = keys.flatMap((key) => (settings[key] === undefined ? [] : [`${key} ${settings[key]}`]));
  return [`ddpm-codec ${version}`, `model ${await idOfModel(settings.model)}`, ...chosen].join(', ');
}

/**
 * Checks the distortion that the encoder reports for the decoded picture, if it does, against the measured one.
 *
 * @param found - measured PSNR in dB
 * @param reported - PSNR in dB that the encoder reports; undefined if it did not measure it
 * @param what - names the picture, for the error message
 * @throws Error if they differ
 */
function assertAsReported(found: number, reported: number | undefined, what: string): void {
  if (reported === undefined || found === reported || Math.abs(found - reported) < 1e-6) return;
  throw new Error(`${what}: the decoded picture has ${found} dB, the encoder reported ${reported} dB`);
}

async function* once(data: Uint8Array): AsyncGenerator<Uint8Array> {
  yield data;
}

/** Base of our own codecs: their settings and version. */
export class DdpmCodec {
  readonly settings: DdpmSettings;
  readonly #versionKeys: readonly (keyof DdpmSettings)[];

  /** @param versionKeys - the settings that change the measurements and therefore belong to the version */
  constructor(settings: DdpmSettings, versionKeys: readonly (keyof DdpmSettings)[]) {
    this.settings = settings;
    this.#versionKeys = versionKeys;
  }

  version(): Promise<string> {
    return ddpmVersion(this.settings, this.#versionKeys);
  }
}

/** True if the settings are exactly `layer 1/n` to `layer n/n`. */
export function hasAllLayers(settings: ReadonlySet<string>): boolean {
  const layers = [...settings].map((setting) => Number(setting.split('/')[1]));
  return settings.size > 0 && settings.size === layers[0];
}

/** `ddpm`: encodes one file and decodes its prefixes, one for each layer. */
export class DdpmLayersCodec extends DdpmCodec implements BenchCodec {
  readonly name = 'ddpm';
  readonly label = 'ddpm-codec';
  readonly kind = 'real';
  readonly lossy = true;
  readonly description = 'one file; a point for each of its layers, the prefix up to which is decoded';

  constructor(settings: DdpmSettings) {
    super(settings, ['effort', 'beamWidth', 'ladderStep', 'endSigma', 'backend']);
  }

  isComplete(settings: ReadonlySet<string>): boolean {
    return hasAllLayers(settings);
  }

  async *run(image: ColourImage, _done: ReadonlySet<string>, meter: Meter): AsyncGenerator<Coded, void, void> {
    const ends: number[] = [];
    const start = performance.now();
    const options = { ...encodeOptions(this.settings), ...defined({ endSigma: this.settings.endSigma }) };
    const onProgress: EncodeOptions['onProgress'] = ({ step }) => {
      ends[step] ??= (performance.now() - start) / 1000;
    };
    const { value } = await meter.measure(() => encode(image, { ...options, onProgress }));
    yield* this.#prefixes(image, value, ends, meter);
  }

  async *#prefixes(
    image: ColourImage,
    { data, info }: { data: Uint8Array; info: EncodeInfo },
    encodeEnds: readonly number[],
    meter: Meter,
  ): AsyncGenerator<Coded, void, void> {
    const frames = decodeProgressive(once(data), runOptions(this.settings));
    let decodeSeconds = 0;
    for (const { layer, level, sigma, cumulativeBytes, psnr } of info.layers) {
      const { value: next, seconds } = await meter.measure(() => frames.next());
      decodeSeconds += seconds;
      if (next.done) throw new Error(`the stream has ${info.layers.length} layers, its decoder found ${layer - 1}`);
      const picture = { data: next.value.data, width: image.width, height: image.height, channels: image.channels };
      assertAsReported(distortion(picture.data, image.data).psnr, psnr, `layer ${layer}`);
      yield {
        setting: `layer ${layer}/${info.layers.length}`,
        layer,
        level,
        sigma,
        bytes: cumulativeBytes,
        fixedBytes: info.headerBytes,
        encodeSeconds: encodeEnds[layer],
        decodeSeconds,
        peakRssBytes: meter.peakRssBytes,
        picture,
      };
    }
  }

  async runAtBytes(image: ColourImage, bytes: number, meter: Meter): Promise<Coded | undefined> {
    return wholeFile(image, { ...encodeOptions(this.settings), bytes }, `bytes=${bytes}`, meter);
  }
}

/**
 * `ddpm-file`: encodes a file for each rate goal. The last layer of such a file ends between the steps of the ladder.
 */
export class DdpmFileCodec extends DdpmCodec implements BenchCodec {
  readonly name = 'ddpm-file';
  readonly label = 'ddpm-codec, whole files';
  readonly kind = 'real';
  readonly lossy = true;
  readonly description: string;
  readonly #goals: readonly number[];

  constructor(settings: DdpmSettings) {
    super(settings, ['effort', 'beamWidth', 'ladderStep', 'backend']);
    this.#goals = settings.bpp ?? DEFAULT_BPP;
    this.description = `a file for each rate goal (${this.#goals.join(', ')} bpp), decoded whole`;
  }

  isComplete(settings: ReadonlySet<string>): boolean {
    return this.#goals.every((bpp) => settings.has(`bpp=${bpp}`));
  }

  async *run(image: ColourImage, done: ReadonlySet<string>, meter: Meter): AsyncGenerator<Coded, void, void> {
    for (const bpp of this.#goals) {
      if (done.has(`bpp=${bpp}`)) continue;
      const coded = await wholeFile(image, { ...encodeOptions(this.settings), bpp }, `bpp=${bpp}`, meter);
      if (coded) yield coded;
    }
  }

  async runAtBytes(image: ColourImage, bytes: number, meter: Meter): Promise<Coded | undefined> {
    return wholeFile(image, { ...encodeOptions(this.settings), bytes }, `bytes=${bytes}`, meter);
  }
}

/** `ddpm-lossless`: encodes one file that decodes to the exact pixels. */
export class DdpmLosslessCodec extends DdpmCodec implements BenchCodec {
  readonly name = 'ddpm-lossless';
  readonly label = 'ddpm-codec lossless';
  readonly kind = 'real';
  readonly lossy = false;
  readonly description = 'one file with the lossless end, decoded whole';

  constructor(settings: DdpmSettings) {
    super(settings, ['effort', 'beamWidth', 'ladderStep', 'backend']);
  }

  isComplete(settings: ReadonlySet<string>): boolean {
    return settings.has('lossless');
  }

  async *run(image: ColourImage, _done: ReadonlySet<string>, meter: Meter): AsyncGenerator<Coded, void, void> {
    const coded = await wholeFile(image, { ...encodeOptions(this.settings), lossless: true }, 'lossless', meter);
    if (coded) yield coded;
  }

  async runAtBytes(): Promise<undefined> {
    return undefined;
  }
}

/** Encodes with a goal and decodes; undefined if the goal cannot be reached. */
async function wholeFile(
  image: ColourImage,
  options: EncodeOptions,
  setting: string,
  meter: Meter,
): Promise<Coded | undefined> {
  const encoded = await meter
    .measure(() => encode(image, options))
    .catch((error: unknown) => {
      if (error instanceof DdpmError && error.code === 'ERR_DDPM_TARGET') return undefined;
      throw error;
    });
  if (!encoded) return undefined;
  const { data, info } = encoded.value;
  const decoded = await meter.measure(() => decode(data, runOptions(options)));
  const picture = { ...image, data: decoded.value.data };
  assertAsReported(distortion(picture.data, image.data).psnr, info.psnr, setting);
  const last = info.layers[info.layers.length - 1];
  return {
    setting,
    layer: last.layer,
    level: last.level,
    sigma: last.sigma,
    bytes: data.length,
    fixedBytes: info.headerBytes,
    encodeSeconds: encoded.seconds,
    decodeSeconds: decoded.seconds,
    peakRssBytes: meter.peakRssBytes,
    picture,
  };
}
