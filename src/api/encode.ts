import { checkPixels, FORMAT_VERSION, LIMIT_PIXELS } from '../codec/header.ts';
import { layerRates } from '../codec/rates.ts';
import { streamStart } from '../codec/stream.ts';
import { DdpmError } from '../errors.ts';
import { readImage } from '../image/sharp-io.ts';
import { ENCODE_OPTION_KEYS, settingsOf } from './encode-settings.ts';
import { Encoding } from './encoding.ts';
import { useModel } from './models.ts';
import { checkKeys } from './options.ts';
import { checkRawImage, splitAlpha } from './pixels.ts';
import { planBits, planPosition, planSteps } from './rate-control.ts';
import { checkRunOptions } from './run.ts';
import { channelsOf, writeSideData } from './side-data.ts';
import type { EncodeInfo, EncodeOptions, RawImage } from './types.ts';

function unreachable(goal: string, nearest: string): DdpmError {
  return new DdpmError('ERR_DDPM_TARGET', `target of ${goal} cannot be reached; the nearest is ${nearest}`);
}

async function run(encoding: Encoding): Promise<Uint8Array> {
  const { goal } = encoding.settings;
  if (goal.kind === 'steps') await encoding.walk(planSteps(goal.count), false);
  else if (goal.kind === 'position') await encoding.walk(planPosition(goal.endPosition), true);
  else if (goal.kind === 'psnr') await encoding.walkToPsnr(goal.psnr);
  else {
    const bits = (goal.bytes - encoding.startBytes()) * 8;
    await encoding.walk(planBits(bits, encoding.writer), true);
    if (encoding.layers.length === 0) {
      throw unreachable(`${goal.bytes} bytes`, `about ${encoding.startBytes() + 2} bytes`);
    }
  }
  const data = encoding.bytes();
  checkReached(encoding, data.length);
  return data;
}

/** Size goals of at least so many bytes are used to this share. */
const SIZE_FLOOR = 200;
const SIZE_SHARE = 0.98;
const PSNR_TOLERANCE = 0.1;

function checkReached({ settings, layers }: Encoding, bytes: number): void {
  const { goal } = settings;
  if (goal.kind === 'bytes' && goal.bytes >= SIZE_FLOOR && bytes < SIZE_SHARE * goal.bytes) {
    throw unreachable(`${goal.bytes} bytes`, `${bytes} bytes`);
  }
  const { psnr } = layers[layers.length - 1].picture;
  if (goal.kind === 'psnr' && Math.abs(psnr - goal.psnr) > PSNR_TOLERANCE) {
    throw unreachable(`${goal.psnr} dB`, `${psnr.toFixed(2)} dB`);
  }
}

/**
 * Compresses an image to a progressive `.ddpm` stream.
 *
 * Every prefix of the stream that holds the header decodes to a whole picture. Time: README, "Figures".
 *
 * @param image - pixels, or the bytes of an encoded image (anything sharp reads)
 * @returns the stream, and its real and ideal rate with the distortion after each layer
 * @throws TypeError or RangeError for a bad option; DdpmError `ERR_DDPM_INPUT`, `ERR_DDPM_LIMIT`, `ERR_DDPM_TARGET`,
 *   `ERR_DDPM_MODEL_MISSING`, `ERR_DDPM_MODEL_CORRUPT` or `ERR_DDPM_BACKEND`; `signal.reason` if aborted
 */
export async function encode(
  image: RawImage | Uint8Array,
  options: EncodeOptions = {},
): Promise<{ data: Uint8Array; info: EncodeInfo }> {
  const start = performance.now();
  checkKeys(options, ENCODE_OPTION_KEYS);
  checkRunOptions(options);
  const { limitInputPixels = LIMIT_PIXELS, metadata } = options;
  const raw =
    image instanceof Uint8Array
      ? await readImage(image, { source: 'image', limitInputPixels, ...(metadata !== undefined && { metadata }) })
      : image;
  checkRawImage(raw);
  checkPixels(raw, limitInputPixels);
  const settings = settingsOf(options, raw);
  const model = await useModel(options.model, options.backend);
  const { colour, alpha } = splitAlpha(raw);
  const chunks = await writeSideData(colour, alpha, raw.metadata);
  const encoding = new Encoding({ colour, chunks, settings, model }, options);
  const data = await run(encoding);
  const timing = {
    totalMs: performance.now() - start,
    networkMs: encoding.network.ms,
    channelMs: encoding.search.ms,
  };
  const used = { backend: options.backend ?? ('wasm' as const), beamWidth: settings.beamWidth };
  return { data, info: { ...report(encoding, data.length), ...used, timing } };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

type Report = Omit<EncodeInfo, 'backend' | 'beamWidth' | 'timing'>;

function report(encoding: Encoding, bytes: number): Report {
  const { colour, chunks, layers, endBits } = encoding;
  const { width, height, channels: colours } = colour;
  const header = encoding.header();
  const headerBytes = streamStart(header, chunks).length;
  const steps = layers.map(({ step }) => step);
  const ends = endBits.map((bits) => headerBytes * 8 + bits);
  const rates = layerRates({ headerBytes, width, height, channels: colours }, steps, ends);
  const idealBits = layers.map(({ tiles }) => sum(tiles.map((tile) => tile.idealBits)));
  const { rmse, psnr } = layers[layers.length - 1].picture;
  const bpp = (bytes * 8) / (width * height);
  return {
    width,
    height,
    channels: channelsOf(colours, chunks),
    bytes,
    headerBytes,
    bpp,
    bitsPerDim: bpp / colours,
    idealBits: sum(idealBits),
    actualBits: sum(rates.map((rate) => rate.actualBits)),
    rmse,
    psnr,
    model: header.model,
    seed: header.seed,
    formatVersion: FORMAT_VERSION,
    ladderStep: header.stepEighths / 8,
    layers: rates.map((rate, i) => ({
      ...rate,
      idealBits: idealBits[i],
      rmse: layers[i].picture.rmse,
      psnr: layers[i].picture.psnr,
    })),
  };
}
