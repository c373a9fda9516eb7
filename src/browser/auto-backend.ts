/**
 * The backend of calls that leave it open: the graphics processor, where it is faster in a short measurement, else wasm. What was measured is
 * remembered in the Cache API, for the browser, the graphics adapter and the model; workers have no simpler storage.
 */
import { type Engine, type EngineNeeds, inlineEngine } from '../coding/engine.ts';
import type { Denoiser, Model } from '../model/denoiser.ts';
import { openDevice } from '../model/photo-net/webgpu/graphics-device.ts';
import { keyOf } from './model-key.ts';
import type { ModelSource } from './model-source.ts';

/** Name of the cache of the measurements. */
const CACHE = 'ddpm-codec backend';
/** Entries of a cache have URLs; nothing is ever fetched from this one. */
const ENTRY = 'https://ddpm-codec.invalid/';
/** Sides of the windows that are measured, and their noise level. On wasm a run takes 5 ms and 40 ms. */
const SIDES = [64, 192] as const;
const SIGMA = 0.5;
/** A device that takes so many times as long for the first window is not tried with the others. */
const HOPELESS = 8;

type Choice = 'wasm' | 'webgpu';

/** Milliseconds of a run, and the backend that was faster. */
interface Measurement extends Readonly<Record<Choice, number>> {
  readonly backend: Choice;
}

/** Loads a model for a backend, or returns it if it is loaded. */
type GetModel = (source: ModelSource, backend: Choice) => Promise<Model>;

async function millisecondsOf({ denoiser }: Model, side: number): Promise<number> {
  const y = new Float32Array(side * side * 3);
  const run = () => denoiser.denoise(y, { batch: 1, height: side, width: side }, SIGMA, { exact: false });
  await run(); // shaders are compiled
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/** Measures a model on both backends. */
async function measure(onWasm: Model, onWebgpu: Model): Promise<Measurement> {
  let [wasm, webgpu] = [0, 0];
  for (const side of SIDES) {
    wasm = await millisecondsOf(onWasm, side);
    webgpu = await millisecondsOf(onWebgpu, side);
    if (webgpu > HOPELESS * wasm) break;
  }
  return { backend: webgpu < wasm ? 'webgpu' : 'wasm', wasm, webgpu };
}

/** The cache; undefined where pages may store nothing. */
async function openCache(): Promise<Cache | undefined> {
  try {
    return await caches.open(CACHE);
  } catch {
    return undefined;
  }
}

async function remembered(cache: Cache | undefined, url: string): Promise<Choice | undefined> {
  try {
    const entry = await cache?.match(url);
    const { backend } = entry ? ((await entry.json()) as Partial<Measurement>) : {};
    return backend === 'wasm' || backend === 'webgpu' ? backend : undefined;
  } catch {
    return undefined; // not what was written
  }
}

/** Chooses backends for the models of a thread. */
export class AutoBackend {
  readonly #getModel: GetModel;
  /** By model. */
  readonly #choices: Map<string, Promise<Choice>> = new Map();

  constructor(getModel: GetModel) {
    this.#getModel = getModel;
  }

  /** Opens an engine. What must be exact runs on wasm. */
  async open(source: ModelSource, { exact }: Pick<EngineNeeds, 'exact'>): Promise<Engine> {
    const backend = exact ? 'wasm' : await this.#choose(source);
    const model = await this.#getModel(source, backend);
    return inlineEngine(backend === 'wasm' ? model : this.#guarded(model, source), backend);
  }

  #choose(source: ModelSource): Promise<Choice> {
    const key = keyOf(source);
    const choice = this.#choices.get(key) ?? this.#find(source).catch((): Choice => 'wasm');
    this.#choices.set(key, choice);
    return choice;
  }

  /** @throws if there is no graphics device, or it fails */
  async #find(source: ModelSource): Promise<Choice> {
    const { description, isSoftware } = await openDevice();
    if (isSoftware) return 'wasm';
    const webgpu = await this.#getModel(source, 'webgpu');
    const url = `${ENTRY}?${new URLSearchParams({ model: webgpu.id, description, browser: navigator.userAgent })}`;
    const cache = await openCache();
    const known = await remembered(cache, url);
    if (known) return known;
    const measured = await measure(await this.#getModel(source, 'wasm'), webgpu);
    await cache?.put(url, Response.json(measured)).catch(() => {});
    return measured.backend;
  }

  /** A model on the graphics processor that goes on with wasm once that has failed, as do later calls. */
  #guarded(model: Model, source: ModelSource): Model {
    const { sizeMultiple } = model.denoiser;
    let denoiser = model.denoiser;
    const denoise: Denoiser['denoise'] = async (...job) => {
      try {
        return await denoiser.denoise(...job);
      } catch (error) {
        if (denoiser !== model.denoiser) throw error;
        this.#choices.set(keyOf(source), Promise.resolve('wasm'));
        denoiser = (await this.#getModel(source, 'wasm')).denoiser;
        return denoiser.denoise(...job);
      }
    };
    return { ...model, denoiser: { sizeMultiple, denoise, dispose() {} } };
  }
}
