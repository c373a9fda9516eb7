/** A job as it is kept in a queue. What comes out of a queue is untrusted: whoever may write to the server made it. */
import { createHash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { DdpmError } from '../base/errors.ts';

/** One input, one output. */
export interface QueueJob {
  readonly version: 1;
  readonly command: 'encode' | 'decode';
  /** Absolute path or URL. */
  readonly input: string;
  /** Absolute path or URL. */
  readonly output: string;
  /** Bytes of the input when it was submitted. */
  readonly size: number;
  /** Version of the input when it was submitted: ETag, or time of the last change. */
  readonly identity: string;
  /** Options that change the output. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Hash of command, options and model. */
  readonly optionsKey: string;
  /** Id of the model; empty for the one that the stream names (decode). */
  readonly model: string;
}

/** Version of {@link QueueJob}. */
const JOB_VERSION = 1;
/** Longest path or URL, in UTF-16 units. */
const MAX_LOCATION = 8192;
const MAX_IDENTITY = 1024;
/** Longest JSON of the options. */
const MAX_OPTIONS = 4096;

/** Id of a job: jobs of one id would write the same bytes to the same place. */
export function jobId({ command, input, size, identity, optionsKey, output }: QueueJob): string {
  const parts = JSON.stringify([command, input, size, identity, optionsKey, output]);
  return createHash('sha256').update(parts).digest('hex');
}

const FIELDS: Readonly<Record<keyof QueueJob, (value: unknown) => boolean>> = {
  version: (value) => value === JOB_VERSION,
  command: (value) => value === 'encode' || value === 'decode',
  input: isLocation,
  output: isLocation,
  size: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  identity: (value) => typeof value === 'string' && value.length <= MAX_IDENTITY,
  options: (value) => isRecord(value) && JSON.stringify(value).length <= MAX_OPTIONS,
  optionsKey: (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value),
  model: (value) => typeof value === 'string' && /^([0-9a-f]{16})?$/.test(value),
};

/**
 * Checks the data of a job.
 *
 * @throws DdpmError `ERR_DDPM_INPUT` if a field is missing, unknown, or not what it should be
 */
export function parseQueueJob(data: unknown): QueueJob {
  if (!isRecord(data)) throw notAJob('it is no object');
  const version = data.version;
  if (typeof version === 'number' && version > JOB_VERSION)
    throw notAJob(`it has version ${version}; this worker knows 1. Update the worker`);
  const unknown = Object.keys(data).find((key) => !Object.hasOwn(FIELDS, key));
  if (unknown !== undefined) throw notAJob(`it has the unknown field ${JSON.stringify(unknown.slice(0, 40))}`);
  for (const [name, isValid] of Object.entries(FIELDS)) {
    if (!isValid(data[name])) throw notAJob(`its field ${name} is missing or not valid`);
  }
  return data as unknown as QueueJob;
}

function notAJob(why: string): DdpmError {
  return new DdpmError('ERR_DDPM_INPUT', `not a job of ddpm-codec: ${why}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value is an absolute path or a URL: a worker has another current folder, and its own standard input. */
function isLocation(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > MAX_LOCATION || value.includes('\0')) return false;
  return isAbsolute(value) || /^[a-z][a-z0-9+.-]+:\/\//i.test(value);
}
