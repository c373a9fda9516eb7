/** The encoder. Independent of the platform, which src/node and src/browser provide. */
import { crc32 } from '../../base/crc.ts';
import { DEFAULT_LIMIT_PIXELS } from '../../base/pixel-limit.ts';
import type { Chunks } from '../../codec/format/chunks.ts';
import { checkPixels } from '../../codec/format/header.ts';
import { coarsestLevel } from '../../codec/grid/geometry.ts';
import type { SourcePicture } from '../../codec/grid/picture.ts';
import { encodeTail, type TailPosterior } from '../../codec/tail/tail.ts';
import type { TailSection } from '../../codec/tail/tail-section.ts';
import { WalkRun } from '../../codec/walk/walk-run.ts';
import { fillHidden } from '../../image/hidden-colour.ts';
import type { MetadataChoice } from '../../image/metadata.ts';
import { type ColourImage, checkRawImage, type RawImage, type SplitImage, splitAlpha } from '../../image/raw-image.ts';
import type { Engine, OpenEngine } from '../engine.ts';
import { LayerProgress } from '../layer-progress.ts';
import { writePictureChunks } from '../picture-chunks.ts';
import type { Platform } from '../platform.ts';
import type { PreparedRun } from '../prepared-run.ts';
import { arithmeticOf, needsExact, PORTABLE_BACKEND } from '../run-options.ts';
import type { EncodeInfo } from '../stream-info.ts';
import type { EncodeOptions } from './encode-options.ts';
import { type EncodeReport, encodeReport } from './encode-report.ts';
import { checkEncodeOptions, type EncodeSettings, encodeSettings } from './encode-settings.ts';
import { EncoderRun, PyramidMisfit } from './encoder-run.ts';
import { layersWithin, mostBytes, storedSettings } from './raw-limit.ts';
import type { HeaderStart, StreamDraft } from './stream-draft.ts';

/** Pictures of at least this many pixels have a checksum for every tile. */
const CHECKSUM_PIXELS = 128 * 128;

/** Result of `encode`: the stream and its report. */
export interface Encoded {
  /** The `.ddpm` stream. */
  readonly data: Uint8Array;
  readonly info: EncodeInfo;
}

/** Pixels to be encoded, with what reading them lost, if they were read from a file. */
export interface OpenedImage extends RawImage {
  readonly warnings?: readonly string[];
}

/** Returns the pixels of the image to be encoded, from whatever source the caller has. */
export type OpenImage = (how: {
  /** Largest number of pixels accepted. */
  readonly limitInputPixels: number;
  /** Metadata to keep, if the source is an image file. */
  readonly metadata?: MetadataChoice;
}) => Promise<OpenedImage>;

/**
 * The part of `encode` that needs no model: checks the options and reads the image.
 *
 * @throws as `encode`, except for errors of models, backends and goals
 */
export async function prepareEncode(
  openImage: OpenImage,
  options: EncodeOptions,
  platform: Platform,
): Promise<PreparedRun<Encoded>> {
  const start = performance.now();
  checkEncodeOptions(options);
  options.signal?.throwIfAborted();
  const { limitInputPixels = DEFAULT_LIMIT_PIXELS, metadata } = options;
  const image = await openImage({ limitInputPixels, ...(metadata !== undefined && { metadata }) });
  checkRawImage(image);
  checkPixels(image, limitInputPixels);
  encodeSettings(options, image); // reports wrong options before the model is loaded
  return {
    pixels: image.width * image.height,
    run: async (openEngine) => {
      const { data, info, times } = await runEncoder(image, options, platform, openEngine);
      const { warnings = [] } = image;
      return { data, info: { ...info, warnings, timing: { totalMs: performance.now() - start, ...times } } };
    },
  };
}

/** The part of `encode` that needs the model. */
async function runEncoder(
  image: RawImage,
  options: EncodeOptions,
  platform: Platform,
  openEngine: OpenEngine,
): Promise<{ data: Uint8Array; info: Omit<EncodeInfo, 'timing' | 'warnings'>; times: WalkRun['times'] }> {
  const { width, height } = image;
  const exact = needsExact(encodeSettings(options, image), options);
  const engine = await openEngine(options, { exact });
  // Checked again with the model known: the goal depends on the pyramid levels, and these on the model.
  const settings = encodeSettings(options, { width, height, flat: engine.flat });
  const { transport, beamWidth } = settings;
  const split = splitAlpha(image);
  const chunks = await writePictureChunks(image, { alpha: split.alpha, metadata: image.metadata ?? {} }, platform);
  const executor = engine.executor({ name: transport, beamWidth }, options.signal);
  const run = new WalkRun(executor, { signal: options.signal, exact });
  const task = { chunks, run, options: withRisingProgress(options), engine, settings };
  const made = await makeFitting({ ...task, picture: pictureToCode(split, settings) });
  const kept = await keepWithinRaw(made, { ...task, picture: split.colour });
  await made.progress.finish();
  const { report, data } = kept;
  const arithmetic = arithmeticOf(engine, kept.run);
  return {
    data,
    info: { ...report, backend: engine.backend, arithmetic, beamWidth },
    times: run.times,
  };
}

/** Input of {@link makeStream}. */
interface StreamTask {
  readonly picture: SourcePicture;
  readonly chunks: Chunks;
  readonly run: WalkRun;
  readonly options: EncodeOptions;
  readonly engine: Pick<Engine, 'modelId' | 'backend' | 'flat'>;
  readonly settings: EncodeSettings;
}

/** A stream that was made, and what is known of it. */
interface MadeStream {
  readonly encoder: EncoderRun;
  readonly run: WalkRun;
  /** Not finished yet, unless there is a tail. */
  readonly progress: LayerProgress;
  readonly draft: StreamDraft;
  readonly tail: TailSection | undefined;
  readonly data: Uint8Array;
  readonly report: EncodeReport;
}

/** The options with a progress that never falls, though a picture be encoded again. */
function withRisingProgress(options: EncodeOptions): EncodeOptions {
  const { onProgress } = options;
  if (!onProgress) return options;
  let reached = 0;
  return {
    ...options,
    onProgress(progress) {
      reached = Math.max(reached, progress.fraction);
      return onProgress({ ...progress, fraction: reached });
    },
  };
}

/** Encodes a picture: without a pyramid, if it turns out to have too much detail of full size for one. */
async function makeFitting(task: StreamTask): Promise<MadeStream> {
  try {
    return await makeStream(task);
  } catch (error) {
    if (!(error instanceof PyramidMisfit)) throw error;
    const { width, height } = task.picture;
    const settings = encodeSettings(task.options, { width, height, flat: true });
    return makeStream({ ...task, engine: { ...task.engine, flat: true }, settings });
  }
}

/** Encodes a picture: walks to the goal, and codes the tail if one follows. */
async function makeStream({ picture, chunks, run, options, engine, settings }: StreamTask): Promise<MadeStream> {
  const { goal, lossless, stepEighths, transport, index, reportPsnr } = settings;
  const header = headerStart(picture, settings, engine);
  const steps = goal.expectedSteps(coarsestLevel(header), stepEighths);
  const measuresLast = reportPsnr || goal.measuresLast === true;
  const denoisesLast = lossless || measuresLast;
  const progress = new LayerProgress('encode', steps, options, { tail: lossless, denoisesLast });
  const encoder = new EncoderRun({ image: picture, chunks, header, index, measuresLast, transport, run, progress });
  const { draft, posterior, message } = await goal.reach(encoder);
  const tail = posterior && (await makeTail(picture, { posterior, message }, progress));
  const data = draft.bytes(chunks, tail);
  goal.check?.(draft, data.length);
  const report = encodeReport(encoder, { draft, tail, bytes: data.length });
  return { encoder, run, progress, draft, tail, data, report };
}

/**
 * Makes a smaller stream of a picture whose stream is larger than its raw pixels allow: with the exact pixels in a tail; or, where the
 * backend can make no tails, with fewer layers.
 */
async function keepWithinRaw(made: MadeStream, task: StreamTask): Promise<Pick<MadeStream, 'report' | 'data' | 'run'>> {
  const { chunks, options, settings, engine, picture, run } = task;
  const most = mostBytes(picture.data.length) + made.draft.extraBytes(chunks);
  if (made.data.length <= most) return made;
  if (engine.backend === PORTABLE_BACKEND) {
    const { onProgress: _, ...silent } = options;
    const flat = { ...engine, flat: true };
    const exact = { settings: storedSettings(settings), run: run.exactly() };
    const stored = await makeStream({ ...task, ...exact, options: silent, engine: flat });
    return stored.data.length < made.data.length ? stored : made;
  }
  const draft = layersWithin(made.draft, most, (prefix) => prefix.bytes(chunks).length);
  const data = draft.bytes(chunks);
  return { data, run, report: encodeReport(made.encoder, { draft, tail: undefined, bytes: data.length }) };
}

/**
 * The colours to be coded. Unless hidden colours are to be exact, pixels that cannot be seen get those that cost least,
 * and do not count.
 */
function pictureToCode({ colour, alpha }: SplitImage, { exactAlpha }: EncodeSettings): SourcePicture {
  if (exactAlpha || !alpha?.includes(0)) return colour;
  return { ...fillHidden(colour, alpha), alpha };
}

function headerStart(
  image: ColourImage,
  settings: EncodeSettings,
  { modelId: model, flat }: StreamTask['engine'],
): HeaderStart {
  const { width, height } = image;
  return {
    width,
    height,
    grey: image.channels === 1,
    checksums: width * height >= CHECKSUM_PIXELS,
    model,
    stepEighths: settings.stepEighths,
    seed: settings.seed,
    ...(flat && { flat }),
    ...(settings.transport === 'dithered' && { dithered: true }),
  };
}

/** Codes the tail, unless the goal has. */
async function makeTail(
  image: ColourImage,
  { posterior, message }: { readonly posterior: TailPosterior; readonly message: Uint8Array | undefined },
  progress: LayerProgress,
): Promise<TailSection> {
  const data = message ?? (await progress.drainTail(encodeTail(image.data, image, posterior), image.height));
  return { checksum: crc32(image.data), data };
}
