/** Encoding, wherever it runs: encode-command.ts and index.ts say where. */

import { checkKeys } from '../../base/check-options.ts';
import { DdpmError } from '../../base/errors.ts';
import { checkPixels, FORMAT_VERSION, LIMIT_PIXELS } from '../../codec/format/header.ts';
import { layerRates } from '../../codec/format/layer-rates.ts';
import { streamStart } from '../../codec/format/stream.ts';
import type { RawImage } from '../../image/raw-image.ts';
import { checkRawImage, splitAlpha } from '../../image/raw-image.ts';
import type { OpenEngine } from '../engine.ts';
import { tailInfo } from '../inspect.ts';
import { channelsOf, writeSideData } from '../picture-chunks.ts';
import type { Platform } from '../platform.ts';
import { checkRunOptions, PORTABLE_BACKEND } from '../run-options.ts';
import type { EncodeInfo } from '../stream-info.ts';
import type { EncodeOptions } from './encode-options.ts';
import { ENCODE_OPTION_KEYS, type Settings, settingsOf } from './encode-settings.ts';
import { Encoding } from './layer-encoder.ts';
import { budgets, ditheredSizes, planBits, planPosition, planSteps } from './rate-control.ts';

function unreachable(goal: string, nearest: string): DdpmError {
  return new DdpmError('ERR_DDPM_TARGET', `target of ${goal} cannot be reached; the nearest is ${nearest}`);
}

async function run(encoding: Encoding): Promise<Uint8Array> {
  const { goal } = encoding.settings;
  if (goal.kind === 'smallest') await encoding.walkToSmallest();
  else if (goal.kind === 'steps') await encoding.walk(planSteps(goal.count), false);
  else if (goal.kind === 'position') await encoding.walk(planPosition(goal.endPosition), true);
  else if (goal.kind === 'psnr') await encoding.walkToPsnr(goal.psnr);
  else {
    const bits = (goal.bytes - encoding.startBytes()) * 8;
    const { channel, seed } = encoding.settings;
    const sizes = channel === 'dithered' ? ditheredSizes(seed) : budgets;
    await encoding.walk(planBits(bits, encoding.writer, sizes), true);
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

/** What encoding gives. */
export interface Encoded {
  /** The `.ddpm` stream. */
  readonly data: Uint8Array;
  readonly info: EncodeInfo;
}

/** A picture that is read and checked, so that its size is known, but not yet worked on. */
export interface Prepared<T> {
  readonly pixels: number;
  readonly run: (openEngine: OpenEngine) => Promise<T>;
}

/** The probabilities of a tail and of dithered integers follow from the network's last bits. */
function checkPortable({ lossless, channel }: Settings, { backend = 'wasm' }: EncodeOptions): void {
  if (!(lossless || channel === 'dithered') || backend === PORTABLE_BACKEND) return;
  const files = lossless ? 'lossless files' : 'files of the channel dithered';
  const why = `its arithmetic differs from machine to machine; ${files} need the backend ${PORTABLE_BACKEND}`;
  throw new DdpmError('ERR_DDPM_BACKEND', `backend ${backend}: ${why}`);
}

/** All of `encode` that needs no model. */
export async function prepareEncode(
  image: RawImage | Uint8Array,
  options: EncodeOptions,
  platform: Platform,
): Promise<Prepared<Encoded>> {
  const start = performance.now();
  checkKeys(options, ENCODE_OPTION_KEYS);
  checkRunOptions(options);
  const { limitInputPixels = LIMIT_PIXELS, metadata } = options;
  const raw =
    image instanceof Uint8Array
      ? await platform.readImage(image, {
          source: 'image',
          limitInputPixels,
          ...(metadata !== undefined && { metadata }),
        })
      : image;
  checkRawImage(raw);
  checkPixels(raw, limitInputPixels);
  const settings = settingsOf(options, raw);
  checkPortable(settings, options);
  return {
    pixels: raw.width * raw.height,
    run: (openEngine) => runEncoder({ raw, settings, options, platform, start }, openEngine),
  };
}

interface EncodeRun {
  readonly raw: RawImage;
  readonly settings: Settings;
  readonly options: EncodeOptions;
  readonly platform: Platform;
  /** When it began, in milliseconds of the clock. */
  readonly start: number;
}

async function runEncoder(task: EncodeRun, openEngine: OpenEngine): Promise<Encoded> {
  const { raw, options, platform, start } = task;
  const engine = await openEngine(options);
  // Where a stream ends follows from its levels, and these from the model.
  const settings = engine.flat
    ? settingsOf(options, { width: raw.width, height: raw.height, flat: true })
    : task.settings;
  const { colour, alpha } = splitAlpha(raw);
  const chunks = await writeSideData(colour, { alpha, metadata: raw.metadata }, platform);
  const encoding = new Encoding({ colour, chunks, settings, engine }, options);
  const data = await run(encoding);
  const timing = { totalMs: performance.now() - start, ...encoding.executor.times };
  const used = { backend: options.backend ?? ('wasm' as const), beamWidth: settings.beamWidth };
  return { data, info: { ...report(encoding, data.length), ...used, timing } };
}

/** Distortion of a picture that is equal to the input. */
const EXACT = { rmse: 0, psnr: Number.POSITIVE_INFINITY } as const;

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

type Report = Omit<EncodeInfo, 'backend' | 'beamWidth' | 'timing'>;

function report(encoding: Encoding, bytes: number): Report {
  const { colour, chunks, layers, endBits } = encoding;
  const { width, height, channels: colours } = colour;
  const header = { ...encoding.header(), ...(encoding.tail && { tail: true }) };
  const headerBytes = streamStart(header, chunks).length;
  const steps = layers.map(({ step }) => step);
  const ends = endBits.map((bits) => headerBytes * 8 + bits);
  const rates = layerRates({ headerBytes, width, height, channels: colours }, steps, ends);
  const idealBits = layers.map(({ tiles }) => sum(tiles.map((tile) => tile.idealBits)));
  const last = layers[layers.length - 1];
  const { rmse, psnr } = encoding.tail ? EXACT : last.picture;
  const start = Math.ceil((ends[ends.length - 1] ?? 0) / 8);
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
    channel: header.dithered ? 'dithered' : 'trellis',
    layers: rates.map((rate, i) => ({
      ...rate,
      idealBits: idealBits[i],
      rmse: layers[i].picture.rmse,
      psnr: layers[i].picture.psnr,
    })),
    tail: encoding.tail ? tailInfo({ start, end: bytes }, last.step.sigmaTo) : null,
  };
}
