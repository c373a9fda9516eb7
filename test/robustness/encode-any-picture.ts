/** What must hold of a file of any picture, whatever the model believes of it. */
import seedrandom from 'seedrandom';
import { decode, type EncodeOptions, encode } from '../../src/entry/index.ts';
import { type AnyPicture, anyPicture } from '../support/any-picture.ts';
import { MODEL_PATH } from '../support/model-files.ts';

/** Efforts, the fast ones more often. */
const EFFORTS = [1, 1, 1, 1, 1, 2, 2, 3, 4, 5, 5, 6, 9];
/** Every so many pictures the file is decoded, too. */
const DECODED = 8;
/** Tolerance of a layer's PSNR in dB: pictures are rounded to bytes. */
const ROUNDING_DB = 0.1;
/**
 * Chance: the mean of n squares of standard-normal noise exceeds 1 + 2 sqrt(t / n) + 2 t / n with a probability of at most exp(-t)
 * (Laurent & Massart 2000, lemma 1).
 */
const CHANCE_T = 16;

/** Options of a case: an effort with the default goal, a quality, or lossless. */
function optionsOf(seed: string): EncodeOptions {
  const random = seedrandom(`${seed}/options`);
  const effort = EFFORTS[Math.floor(random() * EFFORTS.length)];
  const goal = random();
  if (goal < 0.25) return { effort };
  return goal < 0.4 ? { effort, lossless: true } : { effort, quality: Math.floor(random() * 100) };
}

/** PSNR in dB of a picture with noise of a standard deviation, where the picture's range is -1..1. */
function psnrOf(sigma: number): number {
  return 10 * Math.log10(4 / sigma ** 2);
}

/** Result of a case: `failure` says which promise is broken. */
export interface PictureResult {
  readonly kind: string;
  readonly failure?: string;
}

async function failureOf(picture: AnyPicture, options: EncodeOptions, decodes: boolean): Promise<string | undefined> {
  const { data, info } = await encode(picture, { ...options, model: MODEL_PATH, reportPsnr: true });
  const raw = picture.data.length;
  if (data.length > 1.02 * raw + 64) return `${data.length} bytes, raw ${raw}`;
  const chance = 10 * Math.log10(1 + 2 * Math.sqrt(CHANCE_T / raw) + (2 * CHANCE_T) / raw);
  for (const { layer, level, sigma, psnr } of info.layers) {
    const least = psnrOf(sigma * 2 ** level) - ROUNDING_DB - chance;
    if (psnr === undefined || psnr < least)
      return `layer ${layer}: ${psnr?.toFixed(2)} dB, expected ${least.toFixed(2)}`;
  }
  if (!decodes) return undefined;
  const decoded = await decode(data, { model: MODEL_PATH });
  const squares = decoded.data.reduce((sum, value, i) => sum + (value - picture.data[i]) ** 2, 0);
  const psnr = 10 * Math.log10((255 ** 2 * raw) / squares);
  return psnr === info.psnr || Math.abs(psnr - (info.psnr ?? Number.NaN)) < 1e-6
    ? undefined
    : `decoded ${psnr} dB, told ${info.psnr}`;
}

/** Encodes the picture of a case and checks the promises: its size, the PSNR of each layer, and what decodes. */
export async function checkCase(seed: string, number: number): Promise<PictureResult> {
  const name = `${seed}/${number}`;
  const picture = anyPicture(name);
  const { kind, width, height, channels } = picture;
  const options = optionsOf(name);
  const failure = await failureOf(picture, options, number % DECODED === 0);
  if (failure === undefined) return { kind };
  return { kind, failure: `${name}: ${kind} ${width}x${height}x${channels} ${JSON.stringify(options)}: ${failure}` };
}
