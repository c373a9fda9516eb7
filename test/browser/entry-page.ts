/** Page and worker of entry.test.ts; tests the entry `ddpm-codec/browser`. */
import { type BrowserDecoded, decode, decodeProgressive, encode, inspect, truncate } from '../../src/entry/browser.ts';
import { loadModel } from '../../src/entry/model.ts';
import { type GoldenHashes, goldenHashes, sha256, testPicture, type Vector } from '../portability/golden.ts';

async function fetchBytes(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

type Vectors = Readonly<Record<string, readonly number[]>>;

/** Decodes and encodes the golden vectors with the functions of the entry. */
export async function golden(vectors: Vectors, place: { readonly thread?: 'inline' } = {}): Promise<GoldenHashes> {
  const files: Vector[] = await Promise.all(
    Object.entries(vectors).map(async ([name, layers]) => ({ name, layers, bytes: await fetchBytes(`/${name}.ddpm`) })),
  );
  const engine = {
    denoiser: null,
    decode: (bytes: Uint8Array, counts: readonly number[]) =>
      Promise.all(counts.map(async (layers) => (await decode(bytes, { ...place, layers, portable: true })).data)),
    encode: async (image: Parameters<typeof encode>[0]) =>
      (await encode(image, { ...place, effort: 2, portable: true })).data,
    async lossless(image: Parameters<typeof encode>[0]) {
      const { data: stream } = await encode(image, { ...place, effort: 1, lossless: true });
      return { stream, pixels: (await decode(stream, place)).data };
    },
  };
  return goldenHashes(engine, files);
}

/** Result of `shown`. */
export interface Shown {
  readonly frames: readonly { readonly layer: number; readonly rgba: string }[];
  readonly layers: number;
  readonly truncated: number;
  readonly last: string;
}

/** Decodes a response while it arrives; draws the last frame on a canvas and reads it back. */
export async function shown(file: string): Promise<Shown> {
  const { body } = await fetch(file);
  if (!body) throw new Error(`${file} is empty`);
  const frames: { layer: number; rgba: string }[] = [];
  let last = '';
  for await (const frame of decodeProgressive(body)) {
    const { width, height, layer } = frame.info;
    frames.push({ layer, rgba: await sha256(new Uint8Array(frame.imageData.data.buffer)) });
    const canvas = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    canvas?.putImageData(frame.imageData, 0, 0);
    const back = canvas?.getImageData(0, 0, width, height).data ?? new Uint8ClampedArray(0);
    last = await sha256(new Uint8Array(back.buffer, back.byteOffset, back.length));
  }
  const bytes = await fetchBytes(file);
  const { layers } = inspect(bytes);
  return {
    frames,
    layers: layers.length,
    truncated: truncate(bytes, { bytes: layers[1].cumulativeBytes }).length,
    last,
  };
}

/** Round trip of an ImageData with alpha and a profile. */
export async function alphaAndMetadata(): Promise<{ bytes: number[]; same: boolean; icc: number[] }> {
  const { data: grey } = testPicture(20, 12, 1);
  const rgba = Uint8ClampedArray.from({ length: 20 * 12 * 4 }, (_, i) => grey[Math.floor(i / 4)]);
  const icc = Uint8Array.from({ length: 300 }, (_, i) => i % 7);
  const fromCanvas = await encode(new ImageData(rgba, 20, 12), { effort: 1 });
  const canvasPixels = (await decode(fromCanvas.data)).data;
  const raw = { data: rgba, width: 20, height: 12, channels: 4, metadata: { icc } } as const;
  const { data } = await encode(raw, { effort: 1, lossless: true });
  const decoded = await decode(data);
  const posted = structuredClone(decoded); // results can be posted to another thread
  const same =
    posted.imageData.data.every((value, i) => value === rgba[i]) &&
    decoded.imageData.data.every((value, i) => value === rgba[i]) &&
    decoded.data.every((value, i) => value === rgba[i]) &&
    canvasPixels.every((v, i) => i % 4 !== 3 || v === rgba[i]);
  return { bytes: [...data], same, icc: [...(decoded.metadata.icc ?? [])] };
}

/** SHA-256 of the pixels of a file with each form of the option `model`, and each thread. */
export async function modelForms(file: string): Promise<string[]> {
  const bytes = await fetchBytes(file);
  const weights = await fetchBytes('/model.safetensors');
  const model = await loadModel(weights, { source: 'model' });
  const onCpu = await loadModel(weights, { source: 'model', backend: 'cpu' });
  const forms = [
    {},
    { model: weights },
    { model: '/model.safetensors' },
    { model: new URL('/model.safetensors', location.href) },
    { model, thread: 'inline' },
    { model: weights, thread: 'inline' },
    { model: '/model.safetensors', thread: 'inline' },
    { model: onCpu, thread: 'inline', backend: 'cpu' },
  ] as const;
  const decoded: BrowserDecoded[] = [];
  for (const options of forms) decoded.push(await decode(bytes, { ...options, portable: !('backend' in options) }));
  return Promise.all(decoded.map(({ data, info }) => sha256(data).then((hash) => `${info.backend} ${hash}`)));
}

/** Names and codes of the errors of wrong calls. */
export async function errors(): Promise<string[]> {
  const found: string[] = [];
  const calls = [
    () => decode(new Uint8Array(9)),
    () => decode(new Uint8Array(9), { thread: 'inline' }),
    () => decode(new Uint8Array(9), { nonsense: 1 } as never),
    () => encode(new Uint8Array(9) as never),
    () => encode({ data: new Uint8Array(9), width: 2, height: 2, channels: 1 }),
    () => decode(new Uint8Array(9), null as never),
    () => decode(new Uint8Array(9), { model: { denoiser: { denoise: () => {} } } } as never),
    () => decode(new Uint8Array(9), { failOn: () => {} } as never),
    async () => decode(await fetchBytes('/17x5-grey.ddpm'), { backend: 'cpu' }),
  ];
  for (const call of calls) {
    await call().then(
      () => found.push('no error'),
      (error: Error & { code?: string }) => found.push(`${error.name} ${error.code ?? ''} ${error.message}`),
    );
  }
  return found;
}

/** In a worker: answers one message; errors are sent as text. */
if (typeof document === 'undefined') {
  addEventListener('message', ({ data }: MessageEvent<Vectors>) => {
    golden(data, { thread: 'inline' }).then(postMessage, (error) => postMessage(String(error?.stack ?? error)));
  });
}

/** Runs {@link golden} in a worker with this module, where the codec works inline. */
export async function goldenInWorker(vectors: Vectors): Promise<GoldenHashes> {
  const worker = new Worker(import.meta.url, { type: 'module' });
  const result = await new Promise<GoldenHashes>((resolve, reject) => {
    worker.onmessage = ({ data }) => (typeof data === 'string' ? reject(new Error(data)) : resolve(data));
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(vectors);
  });
  worker.terminate();
  return result;
}
