import type { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { defined } from '../../base/defined.ts';
import { DdpmError } from '../../base/errors.ts';
import { cachedPromise } from '../../base/promise-cache.ts';
import { hasWildcards, parseGlob } from '../glob-pattern.ts';
import { shownLocation } from '../location.ts';
import { assertReadable } from '../read-limit.ts';
import type { Entry, Store, WriteOptions } from '../store.ts';
import { statusOf, storageError } from './s3-errors.ts';
import { objectLocation } from './s3-location.ts';
import { uploadParts } from './upload-parts.ts';

type Sdk = typeof import('@aws-sdk/client-s3');

/** Limits of a store of objects. */
export interface S3Limits {
  /** Bytes above which an output is sent in parts of this size; at least 5 MiB. */
  readonly partBytes: number;
  /** Largest input in bytes. */
  readonly maxBytes: number;
}

/** Keys of a page of a listing; S3 gives no more. */
const PAGE = 1000;

/** Object storage that speaks the protocol of S3. Locations are `s3://BUCKET/KEY`, with keys as they are. */
export class S3Store implements Store {
  readonly #client: S3Client;
  readonly #sdk: Sdk;
  readonly #limits: S3Limits;
  /** Checks whether there is such a bucket, by its name. */
  readonly #buckets = new Map<string, Promise<void>>();

  constructor(client: S3Client, sdk: Sdk, limits: S3Limits) {
    this.#client = client;
    this.#sdk = sdk;
    this.#limits = limits;
  }

  async *list(pattern: string): AsyncGenerator<Entry, void, void> {
    const { bucket, key } = objectLocation(pattern);
    if (!hasWildcards(key)) {
      const entry = await this.stat(pattern);
      if (entry) yield entry;
      return;
    }
    const glob = parseGlob(key);
    const start = glob.base === '' ? '' : `${glob.base}/`;
    const prefix = literalStart(key);
    for await (const entry of this.#entries(bucket, prefix, glob.isFlat)) {
      const found = entry.location.slice(`s3://${bucket}/`.length);
      if (!found.endsWith('/') && found.startsWith(start) && glob.matches(found.slice(start.length))) yield entry;
    }
  }

  async stat(location: string, signal?: AbortSignal): Promise<Entry | undefined> {
    const { bucket, key } = objectLocation(location);
    try {
      const command = new this.#sdk.HeadObjectCommand({ Bucket: bucket, Key: key });
      const { ContentLength = 0, ETag = '' } = await this.#client.send(command, requestOptions(signal));
      return { location, size: ContentLength, version: ETag };
    } catch (cause) {
      if (statusOf(cause) === 404) return undefined;
      throw storageError('read', location, cause, signal);
    }
  }

  async *read(location: string, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    const { bucket, key } = objectLocation(location);
    let body: Readable | undefined;
    try {
      const command = new this.#sdk.GetObjectCommand({ Bucket: bucket, Key: key });
      const response = await this.#client.send(command, requestOptions(signal));
      body = response.Body as Readable;
      assertReadable(location, response.ContentLength ?? 0, this.#limits.maxBytes);
      let bytes = 0;
      for await (const part of body as AsyncIterable<Uint8Array>) {
        signal?.throwIfAborted();
        bytes += part.length;
        assertReadable(location, bytes, this.#limits.maxBytes);
        yield part;
      }
    } catch (cause) {
      throw storageError('read', location, cause, signal);
    } finally {
      body?.destroy();
    }
  }

  async write(location: string, data: Uint8Array, options: WriteOptions): Promise<void> {
    const { replace, signal } = options;
    // Not every server knows conditions, and some that do not know them write nevertheless.
    if (!replace) await this.#assertFree(location, options);
    try {
      await this.#put(location, data, replace ? {} : { IfNoneMatch: '*' }, signal);
    } catch (cause) {
      if (!replace && statusOf(cause) === 412) throw alreadyExists(location, options);
      if (replace || statusOf(cause) !== 501) throw storageError('write', location, cause, signal);
      await this.#putPlainly(location, data, signal);
    }
  }

  async assertWritable(location: string, options: WriteOptions): Promise<void> {
    const { bucket, key } = objectLocation(location);
    if (key.endsWith('/')) throw cannotWrite(location, 'it is a folder. Give a name');
    if (!options.replace) await this.#assertFree(location, options);
    await cachedPromise(this.#buckets, bucket, () => this.#assertBucket(bucket, location, options.signal));
  }

  /** Writes to a server that refuses conditions. */
  async #putPlainly(location: string, data: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#put(location, data, {}, signal);
    } catch (cause) {
      throw storageError('write', location, cause, signal);
    }
  }

  async #put(
    location: string,
    data: Uint8Array,
    condition: { readonly IfNoneMatch?: string },
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const target = objectLocation(location);
    const { partBytes } = this.#limits;
    if (data.length > partBytes) {
      await uploadParts(this.#client, this.#sdk, target, data, { partBytes, condition, ...defined({ signal }) });
      return;
    }
    const command = { Bucket: target.bucket, Key: target.key, Body: data, ...condition };
    await this.#client.send(new this.#sdk.PutObjectCommand(command), requestOptions(signal));
  }

  /** Whoever may not list a bucket is not told what is not there; the condition of the write decides then. */
  async #assertFree(location: string, options: WriteOptions): Promise<void> {
    const found = await this.stat(location, options.signal).catch((error: Error) => {
      if (statusOf(error.cause) === 403) return undefined;
      throw error;
    });
    if (found) throw alreadyExists(location, options);
  }

  /** Finds out whether there is such a bucket; whoever may only write objects may not ask, which is no failure. */
  async #assertBucket(bucket: string, location: string, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#client.send(new this.#sdk.HeadBucketCommand({ Bucket: bucket }), requestOptions(signal));
    } catch (cause) {
      if (statusOf(cause) === 403) return;
      if (statusOf(cause) !== 404) throw storageError('write', location, cause, signal);
      throw cannotWrite(location, `there is no bucket ${bucket}. Make it, or check the endpoint`, cause);
    }
  }

  /** Objects whose keys begin with a prefix; if flat, without those that have a slash after it. */
  async *#entries(bucket: string, prefix: string, isFlat: boolean): AsyncGenerator<Entry, void, void> {
    const query = { Bucket: bucket, Prefix: prefix, MaxKeys: PAGE, ...(isFlat && { Delimiter: '/' }) };
    let token: string | undefined;
    do {
      const command = new this.#sdk.ListObjectsV2Command({ ...query, ...defined({ ContinuationToken: token }) });
      const page = await this.#client.send(command).catch((cause) => {
        throw storageError('list', `s3://${bucket}/${prefix}`, cause, undefined);
      });
      for (const { Key, Size = 0, ETag = '' } of page.Contents ?? []) {
        if (Key !== undefined) yield { location: `s3://${bucket}/${Key}`, size: Size, version: ETag };
      }
      const next = page.IsTruncated ? page.NextContinuationToken : undefined;
      if (next !== undefined && next === token) {
        const why = 'the server gives the same page again and again. Check the endpoint';
        throw new DdpmError('ERR_DDPM_INPUT', `cannot list s3://${bucket}/${prefix}: ${why}`);
      }
      token = next;
    } while (token !== undefined);
  }
}

/** What all keys begin with that a pattern matches. */
function literalStart(pattern: string): string {
  return /^[^*?[\]{}()!+@\\]*/.exec(pattern)?.[0] ?? '';
}

function requestOptions(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return defined({ abortSignal: signal });
}

function alreadyExists(
  location: string,
  { remedy = 'Leave out --no-clobber to overwrite it' }: WriteOptions,
): DdpmError {
  return cannotWrite(location, `the object exists. ${remedy}`);
}

function cannotWrite(location: string, why: string, cause?: unknown): DdpmError {
  return new DdpmError('ERR_DDPM_OUTPUT', `cannot write ${shownLocation(location)}: ${why}`, { cause });
}
