/** A server of object storage on 127.0.0.1, whose answers tests can change. */
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-s3';
import { onTestFinished } from 'vitest';
import { S3Store } from '../../src/storage/s3/s3-store.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** User and password of s3rver; a server of one's own must accept them, too. */
const KEY = 'S3RVER';

/**
 * Another server to test against, e.g. MinIO or versitygw, which must accept the access key and secret key S3RVER. What
 * s3rver lacks (conditions, giving uploads up, a list of open uploads) is tested with such a server only.
 */
const OTHER = process.env.DDPM_TEST_S3;

/** Whether the server knows all of the protocol that is used. */
export const isWholeServer: boolean = Boolean(OTHER);

/** Answers a request instead of the server, and returns true; or returns false. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A server with an empty bucket. */
export interface S3Server {
  readonly endpoint: string;
  readonly bucket: string;
  readonly client: sdk.S3Client;
  /** Methods and URLs of all requests. */
  readonly requests: string[];
  /** What the command line needs to use it. */
  readonly env: Readonly<Record<string, string>>;
  fault: Fault | undefined;
  /** A store whose outputs above 5 MiB are sent in parts. */
  store(): S3Store;
  /** Keys and contents of all objects. */
  objects(): Promise<Record<string, Buffer>>;
  put(key: string, data: string | Uint8Array): Promise<void>;
}

/** Starts a server that ends with the test. */
export async function startS3(): Promise<S3Server> {
  const upstream = OTHER || (await startS3rver());
  const bucket = `bucket-${Math.random().toString(36).slice(2)}`;
  const requests: string[] = [];
  const front = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (!server.fault?.(request, response)) pass(upstream, request, response);
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: KEY, secretAccessKey: KEY };
  const client = new sdk.S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
  const Bucket = bucket;
  const server: S3Server = {
    endpoint,
    bucket,
    client,
    requests,
    env: { AWS_ENDPOINT_URL_S3: endpoint, AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: KEY },
    fault: undefined,
    store: () => new S3Store(client, sdk, { partBytes: 5 * 2 ** 20, maxBytes: 2 ** 25 }),
    objects: async () => {
      const { Contents = [] } = await client.send(new sdk.ListObjectsV2Command({ Bucket }));
      const keys = Contents.map(({ Key = '' }) => Key);
      const bodies = keys.map(async (Key) => {
        const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket, Key }));
        return [Key, Buffer.from((await Body?.transformToByteArray()) ?? [])] as const;
      });
      return Object.fromEntries(await Promise.all(bodies));
    },
    put: async (Key, Body) => void (await client.send(new sdk.PutObjectCommand({ Bucket, Key, Body }))),
  };
  await client.send(new sdk.CreateBucketCommand({ Bucket }));
  requests.length = 0;
  onTestFinished(() => {
    client.destroy();
    front.closeAllConnections();
    front.close();
  });
  return server;
}

/** Starts s3rver and returns its endpoint. */
async function startS3rver(): Promise<string> {
  const S3rver = createRequire(import.meta.url)('@20minutes/s3rver');
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    directory: join(temporaryFolder(), 's3'),
    silent: true,
    allowMismatchedSignatures: true, // it does not understand those of today's SDK
  });
  const { port } = await server.run();
  onTestFinished(() => {
    server.httpServer.closeAllConnections();
    server.httpServer.close();
  });
  return `http://127.0.0.1:${port}`;
}

/** Passes a request on to a server. */
function pass(upstream: string, request: IncomingMessage, response: ServerResponse): void {
  const { method, headers } = request;
  const sent = forward(new URL(upstream), { method, headers, path: request.url }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
    response.once('close', () => answer.destroy());
  });
  sent.once('error', () => response.destroy());
  request.pipe(sent);
}
