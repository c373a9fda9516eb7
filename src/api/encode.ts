import type { Conveyed } from '../codec/channel.ts';
import { encodeWalk } from '../codec/encode-walk.ts';
import { coarsestLevel } from '../codec/geometry.ts';
import { checkPixels, FORMAT_VERSION, type Header, LIMIT_PIXELS } from '../codec/header.ts';
import { firstPosition, LADDER_STEPS, LOWEST_POSITION, nearestIndex } from '../codec/ladder.ts';
import { type Picture, pictureOf, planeOf } from '../codec/picture.ts';
import { layerRates } from '../codec/rates.ts';
import { StreamWriter, streamSteps } from '../codec/stream.ts';
import { trellisChannel } from '../codec/trellis/channel.ts';
import { type Distortion, distortion } from '../image/metrics.ts';
import { readImage } from '../image/sharp-io.ts';
import type { Model } from '../model/denoiser.ts';
import { useModel } from './models.ts';
import { checkChoice, checkKeys, checkNumber } from './options.ts';
import { Checkpoints, checkRunOptions, RUN_OPTION_KEYS, Stopwatch, timedModel } from './run.ts';
import type { EncodeInfo, EncodeOptions, RawImage } from './types.ts';

const KEYS = [...RUN_OPTION_KEYS, 'effort', 'ladderStep', 'beamWidth', 'endSigma', 'seed'];
const DEFAULT_EFFORT = 5;
const DEFAULT_END_SIGMA = 0.02;
/** Images of up to so many pixels get the wide beam where it is left to the encoder. */
const SMALL_PIXELS = 64 * 64;
const CHECKSUM_PIXELS = 128 * 128;

/** Ladder step and beam width of efforts 1..9; a pair of widths is for images up to 64x64 pixels and above. */
const EFFORTS: readonly { ladderStep: number; beamWidth: number | readonly [number, number] }[] = [
  { ladderStep: 2, beamWidth: 64 },
  { ladderStep: 2, beamWidth: 128 },
  { ladderStep: 2, beamWidth: 256 },
  { ladderStep: 1.5, beamWidth: 256 },
  { ladderStep: 1.5, beamWidth: [1024, 256] },
  { ladderStep: 1.5, beamWidth: 1024 },
  { ladderStep: 1, beamWidth: 1024 },
  { ladderStep: 1, beamWidth: 2048 },
  { ladderStep: 1, beamWidth: 4096 },
];

/** Options with their defaults filled in. */
interface Settings {
  readonly stepEighths: number;
  readonly beamWidth: number;
  readonly endSigma: number;
  readonly seed: number;
}

function settingsOf(options: EncodeOptions, image: RawImage): Settings {
  const effort =
    EFFORTS[(checkNumber('effort', options.effort, { min: 1, max: 9, integer: true }) ?? DEFAULT_EFFORT) - 1];
  const ladderStep = checkChoice('ladderStep', options.ladderStep, LADDER_STEPS) ?? effort.ladderStep;
  const small = image.width * image.height <= SMALL_PIXELS;
  const byEffort = typeof effort.beamWidth === 'number' ? effort.beamWidth : effort.beamWidth[small ? 0 : 1];
  return {
    stepEighths: ladderStep * 8,
    beamWidth: checkNumber('beamWidth', options.beamWidth, { min: 1, max: 4096, integer: true }) ?? byEffort,
    endSigma: checkNumber('endSigma', options.endSigma, { min: 0.004, max: 40 }) ?? DEFAULT_END_SIGMA,
    seed: checkNumber('seed', options.seed, { min: 0, max: 2 ** 32 - 1, integer: true }) ?? 0,
  };
}

function checkRawImage(image: RawImage): void {
  checkNumber('width', image.width, { min: 1, max: 2 ** 31 - 1, integer: true });
  checkNumber('height', image.height, { min: 1, max: 2 ** 31 - 1, integer: true });
  checkChoice('channels', image.channels, [1, 3]);
  if (!(image.data instanceof Uint8Array || image.data instanceof Uint8ClampedArray)) {
    throw new TypeError('"data" expected Uint8Array or Uint8ClampedArray');
  }
  const expected = image.width * image.height * image.channels;
  if (image.data.length !== expected) {
    const size = `${image.width} x ${image.height} x ${image.channels}`;
    throw new RangeError(`"data" expected ${expected} samples (${size}), got ${image.data.length}`);
  }
}

function headerOf(image: RawImage, settings: Settings, model: Model): Header {
  const { width, height } = image;
  const endPosition = Math.max(nearestIndex(settings.endSigma), LOWEST_POSITION);
  return {
    width,
    height,
    grey: image.channels === 1,
    checksums: width * height >= CHECKSUM_PIXELS,
    model: model.id,
    stepEighths: settings.stepEighths,
    seed: settings.seed,
    endPosition: Math.min(endPosition, firstPosition(coarsestLevel(image)) - 1),
  };
}

/** What the walk leaves behind: the stream, and each layer's ideal bits, end and distortion. */
class EncodeRecord {
  readonly writer: StreamWriter;
  readonly idealBits: number[] = [];
  readonly endBits: number[] = [];
  readonly distortions: Distortion[] = [];

  constructor(header: Header) {
    this.writer = new StreamWriter(header);
  }

  add(tiles: readonly Conveyed[], picture: Distortion): void {
    this.idealBits.push(tiles.reduce((sum, tile) => sum + tile.idealBits, 0));
    this.endBits.push(this.writer.length);
    this.distortions.push(picture);
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Tiles as the container wants them; the trellis channel always gives bits. */
function packedTiles(tiles: readonly Conveyed[]): { bits: number; packed: Uint8Array }[] {
  return tiles.map(({ bits, packed }) => {
    if (!packed) throw new Error('a channel that only computes cannot make a stream');
    return { bits, packed };
  });
}

/**
 * Compresses an image to a progressive `.ddpm` stream.
 *
 * Every prefix of the stream that holds the header decodes to a whole picture. Time is about 0.15 s for 32x32 and 40 s for 768x512
 * pixels on one core (README, "Speed").
 *
 * @param image - pixels, or the bytes of an encoded image (anything sharp reads)
 * @returns the stream, and its real and ideal rate with the distortion after each layer
 * @throws TypeError or RangeError for a bad option; DdpmError `ERR_DDPM_INPUT`, `ERR_DDPM_LIMIT`, `ERR_DDPM_MODEL_MISSING`,
 *   `ERR_DDPM_MODEL_CORRUPT` or `ERR_DDPM_BACKEND`; `signal.reason` if aborted
 */
export async function encode(
  image: RawImage | Uint8Array,
  options: EncodeOptions = {},
): Promise<{ data: Uint8Array; info: EncodeInfo }> {
  const start = performance.now();
  checkKeys(options, KEYS);
  checkRunOptions(options);
  const { limitInputPixels = LIMIT_PIXELS } = options;
  const raw = image instanceof Uint8Array ? await readImage(image, { source: 'image', limitInputPixels }) : image;
  checkRawImage(raw);
  checkPixels(raw, limitInputPixels);
  const settings = settingsOf(options, raw);
  const model = await useModel(options.model, options.backend);
  const header = headerOf(raw, settings, model);
  const network = new Stopwatch();
  const search = new Stopwatch();
  const record = await runEncoder({ raw, header, model, settings, network, search, options });
  const timing = { totalMs: performance.now() - start, networkMs: network.ms, channelMs: search.ms };
  const data = record.writer.bytes();
  return { data, info: { ...report(data.length, raw, header, record), ...usedSettings(settings, options), timing } };
}

function usedSettings(settings: Settings, options: EncodeOptions): Pick<EncodeInfo, 'backend' | 'beamWidth'> {
  return { backend: options.backend ?? 'wasm', beamWidth: settings.beamWidth };
}

interface EncoderRun {
  readonly raw: RawImage;
  readonly header: Header;
  readonly model: Model;
  readonly settings: Settings;
  readonly network: Stopwatch;
  readonly search: Stopwatch;
  readonly options: EncodeOptions;
}

async function runEncoder(run: EncoderRun): Promise<EncodeRecord> {
  const { raw, header, settings } = run;
  const steps = streamSteps(header);
  const trellis = trellisChannel({ beamWidth: settings.beamWidth });
  const channel = {
    ...trellis,
    convey: (problem: Parameters<typeof trellis.convey>[0]) => run.search.time(() => trellis.convey(problem)),
  };
  const checkpoints = new Checkpoints('encode', steps, run.options);
  const record = new EncodeRecord(header);
  const walk = { image: planeOf(raw), seed: settings.seed, steps, model: timedModel(run.model, run.network), channel };
  for await (const state of encodeWalk(walk)) {
    if (state.layers > 0) {
      record.writer.addLayer(steps[state.layers - 1], packedTiles(state.tiles));
      const picture: Picture = pictureOf(state.mean, state.level, raw, raw.channels);
      record.add(state.tiles, distortion(picture.data, raw.data));
    }
    await checkpoints.pass(state.layers);
  }
  return record;
}

type Report = Omit<EncodeInfo, 'backend' | 'beamWidth' | 'timing'>;

function report(bytes: number, raw: RawImage, header: Header, record: EncodeRecord): Report {
  const { width, height, channels } = raw;
  const { headerBytes } = record.writer;
  const rates = layerRates({ headerBytes, width, height, channels }, streamSteps(header), record.endBits);
  const last = record.distortions[record.distortions.length - 1];
  const bpp = (bytes * 8) / (width * height);
  return {
    width,
    height,
    channels,
    bytes,
    headerBytes,
    bpp,
    bitsPerDim: bpp / channels,
    idealBits: sum(record.idealBits),
    actualBits: sum(rates.map((rate) => rate.actualBits)),
    rmse: last.rmse,
    psnr: last.psnr,
    model: header.model,
    seed: header.seed,
    formatVersion: FORMAT_VERSION,
    ladderStep: header.stepEighths / 8,
    layers: rates.map((rate, i) => ({
      ...rate,
      idealBits: record.idealBits[i],
      rmse: record.distortions[i].rmse,
      psnr: record.distortions[i].psnr,
    })),
  };
}
