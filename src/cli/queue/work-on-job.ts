/** The work on a job of a queue: what `encode` and `decode` do with a file, within the limits of a worker. */
import { defined } from '../../base/defined.ts';
import { decodingMemory, encodingMemory } from '../../coding/picture-memory.ts';
import { fitInside } from '../../image/fit-inside.ts';
import { assertAllowed } from '../../queue/allowed-locations.ts';
import type { MemoryBudget } from '../../queue/memory-budget.ts';
import type { QueueJob } from '../../queue/queue-job.ts';
import type { WorkContext, WorkReport } from '../../queue/run-worker.ts';
import { shownLocation } from '../../storage/location.ts';
import type { Engine } from '../command-codec.ts';
import type { DecodeCommandOptions } from '../commands/decode-command-options.ts';
import { decodeFile, decodeOptions } from '../commands/decode-file.ts';
import { type EncodeCommandOptions, encodeFile, encodeOptions } from '../commands/encode-file.ts';
import { openTarget } from '../files/file-jobs.ts';
import type { JobContext } from '../files/job-work.ts';
import { pixelsOf, StageTimes } from '../files/stage-times.ts';
import { commandOptions } from '../job-options.ts';
import type { Library } from '../library.ts';
import type { CliIo } from '../terminal/cli-io.ts';
import type { CodecPool } from './codec-pool.ts';
import { readInputOf } from './read-input-of.ts';

/** What a worker works with. */
export interface WorkTools {
  readonly library: Library;
  readonly io: CliIo;
  readonly codecs: CodecPool;
  readonly budget: MemoryBudget;
  /** Folders and URLs that inputs and outputs must be in; empty: anywhere. */
  readonly allow: readonly string[];
  /** Largest number of pixels, also for jobs that would allow more. */
  readonly limitPixels?: number;
  /** Id of the shipped model. */
  readonly defaultModel: string;
  /** Prints a warning. */
  warn(text: string): void;
}

/**
 * Does a job.
 *
 * @throws TypeError or RangeError for options that the library does not know; otherwise as {@link encodeFile} and
 *   {@link decodeFile}
 */
export async function workOnJob(job: QueueJob, context: WorkContext, tools: WorkTools): Promise<WorkReport> {
  const { library, codecs, allow } = tools;
  for (const location of [job.input, job.output]) assertAllowed(location, allow);
  const options = limited(commandOptions(job.command, job.options), tools);
  if (job.command === 'encode') library.checkEncodeOptions(encodeOptions(options as EncodeCommandOptions));
  else library.checkDecodeOptions(decodeOptions(options as DecodeCommandOptions));
  const model = await modelOf(job, tools);
  return codecs.use({ ...defined({ model, backend: options.backend }) }, (codec) => {
    const { portable } = options;
    const run = defined({ portable, signal: context.signal });
    return work(job, { ...context, options }, tools, {
      encode: (image, more) => codec.encode(image, { ...more, ...run }),
      decode: (bytes, more) => codec.decode(bytes, { ...more, ...run }),
    });
  });
}

type Options = EncodeCommandOptions & DecodeCommandOptions;

/** The job's options, with the worker's limit of pixels. */
function limited(options: object, { limitPixels }: WorkTools): Options {
  const given = options as Options;
  const limits = [given.limitPixels, limitPixels].filter((limit) => limit !== undefined);
  return limits.length === 0 ? given : { ...given, limitPixels: Math.min(...limits) };
}

/**
 * The model to open; undefined for the shipped one, or the one that the stream names.
 *
 * @throws DdpmError `ERR_DDPM_MODEL_MISSING` if it is not here
 */
async function modelOf({ model }: QueueJob, { library, defaultModel }: WorkTools): Promise<string | undefined> {
  if (model === '' || model === defaultModel) return undefined;
  await library.modelName(model); // before threads are started for it
  return model;
}

async function work(
  job: QueueJob,
  { signal, onProgress, options }: WorkContext & { readonly options: Options },
  { library, io, budget, warn }: WorkTools,
  engine: Pick<Engine, 'encode' | 'decode'>,
): Promise<WorkReport> {
  const source = shownLocation(job.input);
  const times = new StageTimes(io.now);
  let inputBytes = 0;
  let outputBytes = 0;
  let release = (): void => {};
  const takeMemory = async (bytes: number): Promise<void> => {
    release = await budget.take(bytes + inputBytes, source, signal);
  };
  const target = await openTarget({ output: job.output, makesFolder: true }, { replace: true, signal }, io);
  const context: JobContext = {
    read: async (maxBytes) => {
      const bytes = await times.timed('read', () => readInputOf(job.input, io, signal, maxBytes));
      inputBytes = bytes.length;
      return bytes;
    },
    write: async (data) => {
      signal.throwIfAborted();
      await times.timed('write', () => target.write(data));
      outputBytes = data.length;
    },
    onProgress,
    warn,
  };
  try {
    const outcome =
      job.command === 'encode'
        ? await encodeFile({ source }, context, { engine, options, library: { readImage } })
        : await decodeFile({ source, output: job.output, target: shownLocation(job.output) }, context, {
            engine: { decode },
            options,
            library,
          });
    if (outcome.failure) throw outcome.failure;
    return { inputBytes, outputBytes, ...defined({ pixels: pixelsOf(outcome) }), seconds: times.seconds(outcome) };
  } finally {
    release();
  }

  async function readImage(...[bytes, how]: Parameters<Library['readImage']>): ReturnType<Library['readImage']> {
    const size = budget.isOpen ? undefined : await library.imageSize(bytes);
    if (size) await takeMemory(encodingMemory(size, options));
    return library.readImage(bytes, how);
  }

  async function decode(...[bytes, how]: Parameters<Engine['decode']>): ReturnType<Engine['decode']> {
    if (!budget.isOpen) {
      const header = library.inspect(bytes, defined({ limitInputPixels: options.limitPixels }));
      const reduced = fitInside(header, defined({ maxWidth: how?.maxWidth, maxHeight: how?.maxHeight }));
      await takeMemory(decodingMemory({ ...header, hasTail: header.lossless }, levelFor(header, reduced)));
    }
    return engine.decode(bytes, how);
  }
}

/** The finest pyramid level that a reduced picture may need: of each level there are at most two pixels for one of it. */
function levelFor(full: { readonly width: number }, reduced: { readonly width: number }): number {
  return Math.max(0, Math.floor(Math.log2(full.width / reduced.width)) - 1);
}
