/** Object storage, whose client is an optional peer that is loaded when the first location of it is opened. */
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { DdpmError } from '../../base/errors.ts';
import { cachedPromise } from '../../base/promise-cache.ts';
import { MAX_INPUT_BYTES } from '../read-limit.ts';
import { S3Store } from './s3-store.ts';

/** Bytes of a part of an upload. */
const PART_BYTES = 16 * 2 ** 20;
/** Connections at the same time; many small pictures are read at once. */
const MAX_SOCKETS = 256;
/** Milliseconds for which a server may be silent. */
const STALL_MS = 60_000;
/** Milliseconds that a request may take, the upload of a part over a slow line among them. */
const REQUEST_MS = 300_000;
const CONNECT_MS = 10_000;

const stores = new Map<'s3', Promise<S3Store>>();

/**
 * The store of this process, which takes endpoint, region and credentials from where the AWS SDK takes them.
 *
 * @throws DdpmError `ERR_DDPM_DEPENDENCY` naming the command that installs the client, if it is missing
 */
export function openS3(): Promise<S3Store> {
  return cachedPromise(stores, 's3', async () => {
    const sdk = await requireSdk();
    // Its warning about the end of support for a version of Node is for those who install it, and not for each run.
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
    const limits = { partBytes: PART_BYTES, maxBytes: MAX_INPUT_BYTES };
    return new S3Store(new sdk.S3Client(clientConfig(process.env)), sdk, limits);
  });
}

/**
 * What the client is told besides what the SDK finds by itself. Servers at an endpoint of their own (MinIO, R2, Ceph) are
 * asked with the bucket in the path, as few have a host name for each bucket; `DDPM_S3_PATH_STYLE` (1 or 0) decides
 * otherwise.
 */
export function clientConfig(env: Readonly<Record<string, string | undefined>>): S3ClientConfig {
  const hasEndpoint = Boolean(env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL);
  const { DDPM_S3_PATH_STYLE: style } = env;
  return {
    forcePathStyle: style ? style === '1' : hasEndpoint,
    followRegionRedirects: true,
    // Servers of one's own have no regions, but requests are signed for one.
    ...(hasEndpoint && !env.AWS_REGION && { region: 'us-east-1' }),
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: REQUEST_MS,
      throwOnRequestTimeout: true,
      socketTimeout: STALL_MS,
      httpAgent: { maxSockets: MAX_SOCKETS },
      httpsAgent: { maxSockets: MAX_SOCKETS },
    },
  };
}

async function requireSdk(): Promise<typeof import('@aws-sdk/client-s3')> {
  try {
    return await import('@aws-sdk/client-s3');
  } catch (cause) {
    const remedy = 'Install it: npm install @aws-sdk/client-s3';
    throw new DdpmError('ERR_DDPM_DEPENDENCY', `s3: needs the package @aws-sdk/client-s3. ${remedy}`, { cause });
  }
}
