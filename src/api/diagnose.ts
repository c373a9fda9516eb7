/** Checks whether this installation works. */
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { DdpmError } from '../base/errors.ts';
import { isNotInstalled } from '../base/missing-package.ts';
import { FORMAT_MODEL } from '../codec/format/default-model.ts';
import type { NetworkArithmetic } from '../coding/run-options.ts';
import { distortion } from '../image/distortion.ts';
import { readImage } from '../image/files/read-image.ts';
import { sharpVersion } from '../image/files/sharp-library.ts';
import { writeImage } from '../image/files/write-image.ts';
import type { RawImage } from '../image/raw-image.ts';
import type { BackendName } from '../model/backends/backend.ts';
import { listBackends } from '../model/backends/open-backend.ts';
import { thisMachine } from '../node/machine.ts';
import { DEFAULT_MODEL_PATH, readModelFile, resolveModel } from '../node/models/model-folder.ts';
import { version } from '../node/package-version.ts';
import { decode } from './decode.ts';
import { encode } from './encode.ts';

/** Result of one check. */
export interface Check {
  readonly name: string;
  /** `missing`: an optional part is not installed, which is no fault. */
  readonly status: 'ok' | 'missing' | 'broken';
  /** One line: what was found, or what to do. */
  readonly detail: string;
}

/** Result of `diagnose`. */
export interface Diagnosis {
  /** True if nothing is broken. */
  readonly healthy: boolean;
  readonly version: string;
  readonly checks: readonly Check[];
  /** Time in milliseconds, size in bytes and PSNR in dB of the self-test; null if it failed. */
  readonly selfTest: {
    readonly encodeMs: number;
    readonly decodeMs: number;
    readonly bytes: number;
    readonly psnr: number;
    /** How the network computed. */
    readonly arithmetic: NetworkArithmetic;
  } | null;
}

/** Side of the self-test's picture, in pixels. */
const SIDE = 64;
/** PSNR in dB. The self-test's picture is smooth: a working codec is far above this, a broken network far below. */
const LOWEST_PSNR = 30;

/** A picture of two waves and an edge, the same on every machine. */
function testPicture(): RawImage {
  const data = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => {
    const [x, y, c] = [Math.floor(i / 3) % SIDE, Math.floor(i / (3 * SIDE)), i % 3];
    const wave = 60 * Math.sin((x + 5 * c) / 9) + 40 * Math.cos(y / 13);
    return Math.round(128 + wave + (x > 40 ? 20 : 0));
  });
  return { data, width: SIDE, height: SIDE, channels: 3 };
}

/**
 * Runs a check; if it throws, the message is its detail. The status is then `missing` for a package that is not installed,
 * and otherwise `broken`.
 */
async function check(name: string, findDetail: () => Promise<string>): Promise<Check> {
  try {
    return { name, status: 'ok', detail: await findDetail() };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const isMissing = error instanceof DdpmError && isNotInstalled(error.cause, 'sharp');
    return { name, status: isMissing ? 'missing' : 'broken', detail };
  }
}

async function checkModel(model: string): Promise<string> {
  const path = await resolveModel(model);
  const bytes = await readModelFile(path);
  const hash = createHash('sha256').update(bytes).digest('hex');
  const id = hash.slice(0, 16);
  const size = `${(bytes.length / 1e6).toFixed(1)} MB, SHA-256 ${hash}`;
  if (path !== DEFAULT_MODEL_PATH) return `${id}, ${size} (a model of your own)`;
  if (id === FORMAT_MODEL.id) return `${id}, verified; ${size}`;
  throw new Error(`${path} has id ${id}, this version was made with ${FORMAT_MODEL.id}. Install the package again`);
}

async function checkImages(): Promise<string> {
  const picture = testPicture();
  const { data } = await readImage(await writeImage(picture, 'png'));
  if (data.some((value, i) => value !== picture.data[i])) throw new Error('a PNG did not come back as it was written');
  return `${await sharpVersion()}: reads and writes`;
}

async function checkBackends(wanted: BackendName): Promise<Check[]> {
  const backends = await listBackends();
  return backends.map(({ name, available, description }) => ({
    name: `backend ${name}`,
    status: available ? 'ok' : name === wanted ? 'broken' : 'missing',
    detail: description,
  }));
}

async function selfTest(model: string, backend: BackendName): Promise<Exclude<Diagnosis['selfTest'], null>> {
  const picture = testPicture();
  const run = { model, backend };
  const warm = await encode(picture, { ...run, endSigma: 1 });
  await decode(warm.data, run);
  const start = performance.now();
  const { data, info } = await encode(picture, { ...run, reportPsnr: true });
  const encoded = performance.now();
  const decoded = await decode(data, run);
  const decodeMs = performance.now() - encoded;
  const { psnr } = distortion(decoded.data, picture.data);
  if (!(psnr > LOWEST_PSNR)) throw new Error(`the decoded picture has only ${psnr.toFixed(2)} dB`);
  const counted = info.psnr ?? Number.NaN;
  if (!(Math.abs(psnr - counted) <= 1e-6)) {
    throw new Error(`the decoder's picture has ${psnr.toFixed(2)} dB, the encoder counted on ${counted.toFixed(2)} dB`);
  }
  return { encodeMs: encoded - start, decodeMs, bytes: data.length, psnr, arithmetic: info.arithmetic };
}

/**
 * Checks whether this installation works: Node, threads, image library, backends, the model and its hash, and a round
 * trip of a small picture through the codec. Takes about a second. Does not throw: failures are in the result.
 *
 * @param options - `model`: path of a weights file; `backend`: default `wasm`
 */
export async function diagnose(
  options: { readonly model?: string; readonly backend?: BackendName } = {},
): Promise<Diagnosis> {
  const { model = DEFAULT_MODEL_PATH, backend = 'wasm' } = options;
  const { cpu, cores, memoryBytes, platform, node } = thisMachine(1);
  const memory = `${Math.round(memoryBytes / 2 ** 30)} GiB memory`;
  let result: Diagnosis['selfTest'] = null;
  const checks = [
    await check('node', async () => `${node} on ${platform}`),
    await check('threads', async () => `${availableParallelism()} of ${cores} cores may be used; ${cpu}, ${memory}`),
    await check('images', checkImages),
    ...(await checkBackends(backend)),
    await check('model', () => checkModel(model)),
    await check('self-test', async () => {
      result = await selfTest(model, backend);
      const { encodeMs, decodeMs, bytes, psnr, arithmetic } = result;
      const times = `encoded in ${encodeMs.toFixed(0)} ms, decoded in ${decodeMs.toFixed(0)} ms`;
      return `${SIDE} x ${SIDE} pixels on ${backend}, ${arithmetic} arithmetic: ${times}, ${bytes} bytes, ${psnr.toFixed(2)} dB as the encoder counted on`;
    }),
  ];
  return { healthy: checks.every(({ status }) => status !== 'broken'), version, checks, selfTest: result };
}
