import type { S3Client } from '@aws-sdk/client-s3';
import type { ObjectLocation } from './s3-location.ts';

/** The SDK, as far as uploads need it. */
export type UploadCommands = Pick<
  typeof import('@aws-sdk/client-s3'),
  | 'AbortMultipartUploadCommand'
  | 'CompleteMultipartUploadCommand'
  | 'CreateMultipartUploadCommand'
  | 'UploadPartCommand'
>;

/** Options of {@link uploadParts}. */
export interface UploadOptions {
  /** Bytes of each part but the last; S3 accepts 5 MiB and more, and 10 000 parts. */
  readonly partBytes: number;
  /** Passed on when the upload is completed, e.g. `If-None-Match`. */
  readonly condition: { readonly IfNoneMatch?: string };
  readonly signal?: AbortSignal;
}

/** Parts that are sent at the same time. */
const PARTS_AT_ONCE = 4;
/** Longest time in milliseconds to give an upload up. */
const GIVE_UP_MS = 30_000;

/**
 * Uploads an object in parts. The object is there when all parts are, or not at all: a failed upload is given up, so that
 * its parts are not kept, and paid for, either.
 *
 * @throws what the SDK throws
 */
export async function uploadParts(
  client: S3Client,
  commands: UploadCommands,
  { bucket: Bucket, key: Key }: ObjectLocation,
  data: Uint8Array,
  { partBytes, condition, signal }: UploadOptions,
): Promise<void> {
  const abortSignal = signal ?? new AbortController().signal;
  const { UploadId } = await client.send(new commands.CreateMultipartUploadCommand({ Bucket, Key }), { abortSignal });
  const target = { Bucket, Key, UploadId };
  try {
    const Parts = await sendAll(Math.ceil(data.length / partBytes), abortSignal, async (part, either) => {
      const Body = data.subarray(part * partBytes, (part + 1) * partBytes);
      const PartNumber = part + 1;
      const command = new commands.UploadPartCommand({ ...target, PartNumber, Body });
      const { ETag } = await client.send(command, { abortSignal: either });
      return { ETag, PartNumber };
    });
    const complete = { ...target, ...condition, MultipartUpload: { Parts } };
    await client.send(new commands.CompleteMultipartUploadCommand(complete), { abortSignal });
  } catch (error) {
    // The first failure is the one to tell. What even this leaves behind, a lifecycle rule of the bucket removes.
    const timeout = { abortSignal: AbortSignal.timeout(GIVE_UP_MS) };
    await client.send(new commands.AbortMultipartUploadCommand(target), timeout).catch(() => {});
    throw error;
  }
}

/**
 * Sends parts, a few at a time. Returns or throws when no request is under way any more, so that no part arrives after the
 * upload was given up.
 */
async function sendAll<T>(
  count: number,
  signal: AbortSignal,
  send: (part: number, signal: AbortSignal) => Promise<T>,
): Promise<T[]> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const results: T[] = [];
  let next = 0;
  const sender = async (): Promise<void> => {
    try {
      while (next < count && !either.aborted) {
        const part = next++;
        results[part] = await send(part, either);
      }
    } catch (error) {
      failed.abort(error);
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARTS_AT_ONCE, count) }, sender));
  if (failed.signal.aborted) throw failed.signal.reason;
  signal.throwIfAborted();
  return results;
}
