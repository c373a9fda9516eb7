/** A photo-net on one graphics device: weights stay there, a batch of images is one submission and one copy back. */
import { cachedPromise } from '../../../base/promise-cache.ts';
import type { BatchShape } from '../../denoiser.ts';
import type { Film } from '../modulation.ts';
import type { MapName } from '../network-steps.ts';
import { VECTOR } from '../padded-weights.ts';
import { convolutionShader, type ShaderForm, type Strides, stepRecord, TILE_HEIGHT } from './convolution-shader.ts';
import { type DeviceStep, type DeviceSteps, setFilms } from './device-layers.ts';
import { MAP_READ, USAGE, watched, webgpuError } from './graphics-device.ts';

/** Bytes of the largest map of a run. 85 windows of 128x128 pixels take as many with the default model, or one of 1182x1182. */
const MAP_BYTES = 2 ** 26;
/** Uniform buffers begin at multiples of so many bytes on every device. */
const UNIFORM_ALIGNMENT = 256;
/** Shapes whose programs are kept. */
const KEPT_SHAPES = 16;
const FLOAT_BYTES = 4;

/** A dispatch of a program. */
interface Dispatch {
  readonly pipeline: GPUComputePipeline;
  readonly bindings: GPUBindGroup;
  readonly workgroups: readonly [number, number, number];
}

/** What is run for images of one shape. */
interface ShapeProgram {
  readonly dispatches: readonly Dispatch[];
  readonly records: GPUBuffer;
}

/** Positions of a level. */
function levelShape({ batch, height, width }: BatchShape, level: number): BatchShape {
  return { batch, height: height >> level, width: width >> level };
}

/** Channels of the maps. Input and output have all channels of a position together, others are planes of four channels. */
function stridesOf(name: MapName, { height, width }: BatchShape, channels: number): Strides {
  const vectors = channels / VECTOR;
  const image = height * width * vectors;
  if (name === 'input' || name === 'output') return [vectors, width * vectors, 1, image];
  return [1, width, height * width, image];
}

/** A network on a device. One run at a time. */
export class DeviceNetwork {
  readonly #device: GPUDevice;
  readonly #mapLimit: number;
  readonly #steps: readonly DeviceStep[];
  readonly #factorValues: Float32Array<ArrayBuffer>;
  readonly #factors: GPUBuffer;
  readonly #filters: readonly GPUBuffer[];
  readonly #pipelines: Map<string, Promise<GPUComputePipeline>> = new Map();
  /** Maps, for images of any shape up to now. */
  readonly #maps: Map<MapName | 'answer', GPUBuffer> = new Map();
  /** By shape, least recently used first. */
  readonly #programs: Map<string, ShapeProgram> = new Map();

  /**
   * Copies the weights to a device.
   *
   * @param mapBytes - bytes of the largest map that images of a batch may take together; a larger batch is run in parts
   * @throws DdpmError `ERR_DDPM_BACKEND` if it lacks the memory
   */
  static open(device: GPUDevice, steps: DeviceSteps, mapBytes: number = MAP_BYTES): Promise<DeviceNetwork> {
    return watched(device, 'copying the weights', () => new DeviceNetwork(device, steps, mapBytes));
  }

  private constructor(device: GPUDevice, { steps, factors }: DeviceSteps, mapBytes: number) {
    this.#mapLimit = mapBytes;
    this.#device = device;
    this.#steps = steps;
    this.#factorValues = factors.slice();
    this.#factors = this.#buffer(factors.byteLength, USAGE.storage | USAGE.copyDst);
    this.#filters = steps.map(({ step: { layer } }) => {
      const buffer = this.#buffer(layer.filter.byteLength, USAGE.storage | USAGE.copyDst);
      device.queue.writeBuffer(buffer, 0, layer.filter);
      return buffer;
    });
  }

  #buffer(size: number, usage: number): GPUBuffer {
    return this.#device.createBuffer({ size, usage });
  }

  /** Bytes of each map for images of a shape. */
  #mapBytes(shape: BatchShape): Map<MapName, number> {
    const sizes = new Map<MapName, number>();
    for (const { step } of this.#steps) {
      const { layer, levels } = step;
      for (const [name, level, channels] of [
        [step.input, levels[0], layer.channels],
        [step.output, levels[1], layer.outputs],
      ] as const) {
        const { batch, height, width } = levelShape(shape, level);
        sizes.set(name, batch * height * width * channels * FLOAT_BYTES);
      }
    }
    return sizes;
  }

  /**
   * Most images of a shape that are run together.
   *
   * @throws DdpmError `ERR_DDPM_BACKEND` if the device cannot hold one
   */
  #most(shape: BatchShape): number {
    const { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupsPerDimension: most } = this.#device.limits;
    const bytes = Math.max(...this.#mapBytes({ ...shape, batch: 1 }).values());
    const limit = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    const blocks = Math.max(...this.#steps.map(({ step: { layer } }) => layer.blocks));
    if (bytes > limit || Math.max(shape.height, shape.width) > most * TILE_HEIGHT || blocks > most) {
      const needed = `an image of ${shape.width} x ${shape.height} positions needs buffers of ${bytes} bytes`;
      throw webgpuError(`${needed}, this device allows ${limit}; use the backend wasm`);
    }
    return Math.max(1, Math.floor(Math.min(Math.min(this.#mapLimit, limit) / bytes, most / blocks)));
  }

  /** Makes buffers at least as large as a shape needs. */
  #growMaps(shape: BatchShape): void {
    const sizes = new Map<MapName | 'answer', number>(this.#mapBytes(shape));
    sizes.set('answer', sizes.get('output') as number);
    for (const [name, bytes] of sizes) {
      const old = this.#maps.get(name);
      if (old && old.size >= bytes) continue;
      old?.destroy();
      const copies = name === 'input' ? USAGE.copyDst : name === 'output' ? USAGE.copySrc : 0;
      const usage = name === 'answer' ? USAGE.mapRead | USAGE.copyDst : USAGE.storage | copies;
      this.#maps.set(name, this.#buffer(bytes, usage));
      this.#forget(0);
    }
  }

  /** Forgets all programs but the last ones. */
  #forget(kept: number): void {
    for (const [key, { records }] of this.#programs) {
      if (this.#programs.size <= kept) return;
      records.destroy();
      this.#programs.delete(key);
    }
  }

  #formOf({ step: { kind, layer, levels } }: DeviceStep, shape: BatchShape): ShaderForm {
    const { width } = levelShape(shape, kind === 'up' ? levels[0] : levels[1]);
    return { kind, groups: layer.groups, tileWidth: width > TILE_HEIGHT ? 16 : 8 };
  }

  /** The pipelines of all steps. */
  #pipelinesFor(shape: BatchShape): Promise<GPUComputePipeline[]> {
    const device = this.#device;
    const make = (form: ShaderForm): Promise<GPUComputePipeline> => {
      const module = device.createShaderModule({ code: convolutionShader(form) });
      return device.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint: 'main' } });
    };
    const forms = this.#steps.map((step) => this.#formOf(step, shape));
    return Promise.all(forms.map((form) => cachedPromise(this.#pipelines, JSON.stringify(form), () => make(form))));
  }

  #programFor(shape: BatchShape, pipelines: readonly GPUComputePipeline[]): ShapeProgram {
    const key = [shape.batch, shape.height, shape.width].join();
    this.#growMaps(shape);
    const known = this.#programs.get(key);
    this.#programs.delete(key);
    const program = known ?? this.#layOut(shape, pipelines);
    this.#programs.set(key, program);
    this.#forget(KEPT_SHAPES);
    return program;
  }

  #layOut(shape: BatchShape, pipelines: readonly GPUComputePipeline[]): ShapeProgram {
    const device = this.#device;
    const records = this.#buffer(this.#steps.length * UNIFORM_ALIGNMENT, USAGE.uniform | USAGE.copyDst);
    const dispatches = this.#steps.map((deviceStep, i): Dispatch => {
      const { step, factors } = deviceStep;
      const { kind, layer, levels, rectify, accumulate } = step;
      const [from, to] = levels.map((level) => levelShape(shape, level)) as [BatchShape, BatchShape];
      const covered = kind === 'up' ? from : to;
      const record = stepRecord({
        from: [from.width, from.height],
        covered: [covered.width, covered.height],
        vectors: [layer.channels / VECTOR, layer.outputs / VECTOR],
        factors: factors / VECTOR,
        blocks: layer.blocks,
        inputStrides: stridesOf(step.input, from, layer.channels),
        outputStrides: stridesOf(step.output, to, layer.outputs),
        rectify,
        accumulate,
      });
      const offset = i * UNIFORM_ALIGNMENT;
      device.queue.writeBuffer(records, offset, record);
      const pipeline = pipelines[i];
      const buffers = [this.#maps.get(step.input), this.#filters[i], this.#factors, this.#maps.get(step.output)];
      const resources = [
        { buffer: records, offset, size: record.byteLength },
        ...buffers.map((buffer) => ({ buffer })),
      ];
      const bindings = device.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: resources.map((resource, binding) => ({ binding, resource: resource as GPUBufferBinding })),
      });
      const { tileWidth } = this.#formOf(deviceStep, shape);
      const tiles = [covered.width / tileWidth, covered.height / TILE_HEIGHT].map(Math.ceil) as [number, number];
      return { pipeline, bindings, workgroups: [...tiles, shape.batch * layer.blocks] };
    });
    return { dispatches, records };
  }

  /**
   * Runs the network.
   *
   * @param input - packed patches (batch, height, width, channels), the channels of the first layer
   * @param shape - batch, and height and width in positions
   * @param films - of each block, in the order in which they run
   * @returns (batch, height, width, channels), the channels of the last layer
   * @throws DdpmError `ERR_DDPM_BACKEND` if the device lacks memory or fails
   */
  async run(input: Float32Array<ArrayBuffer>, shape: BatchShape, films: readonly Film[]): Promise<Float32Array> {
    const most = this.#most(shape);
    setFilms(this.#factorValues, this.#steps, films);
    const image = input.length / shape.batch;
    const answers: Float32Array[] = [];
    for (let first = 0; first < shape.batch; first += most) {
      const part = { ...shape, batch: Math.min(most, shape.batch - first) };
      const pipelines = await this.#pipelinesFor(part);
      answers.push(await this.#runPart(input.subarray(first * image, (first + part.batch) * image), part, pipelines));
    }
    return answers.length === 1 ? answers[0] : joined(answers);
  }

  async #runPart(
    input: Float32Array<ArrayBuffer>,
    shape: BatchShape,
    pipelines: readonly GPUComputePipeline[],
  ): Promise<Float32Array> {
    const what = `a run for ${shape.batch} x ${shape.width} x ${shape.height} positions`;
    const { mapped } = await watched(this.#device, what, () => ({ mapped: this.#submit(input, shape, pipelines) }));
    const answer = await mapped;
    const values = new Float32Array(answer.getMappedRange(0, this.#mapBytes(shape).get('output')).slice(0));
    answer.unmap();
    return values;
  }

  /** Submits a run; returns the buffer of its answer once that is mapped. */
  #submit(
    input: Float32Array<ArrayBuffer>,
    shape: BatchShape,
    pipelines: readonly GPUComputePipeline[],
  ): Promise<GPUBuffer> {
    const { queue } = this.#device;
    const { dispatches } = this.#programFor(shape, pipelines);
    const [inputMap, output, answer] = (['input', 'output', 'answer'] as const).map(
      (name) => this.#maps.get(name) as GPUBuffer,
    );
    queue.writeBuffer(this.#factors, 0, this.#factorValues);
    queue.writeBuffer(inputMap, 0, input);
    const encoder = this.#device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const { pipeline, bindings, workgroups } of dispatches) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindings);
      pass.dispatchWorkgroups(...workgroups);
    }
    pass.end();
    const bytes = this.#mapBytes(shape).get('output') as number;
    encoder.copyBufferToBuffer(output, 0, answer, 0, bytes);
    queue.submit([encoder.finish()]);
    const mapped = answer.mapAsync(MAP_READ, 0, bytes).then(() => answer);
    mapped.catch(() => {}); // until somebody waits for it
    return mapped;
  }

  /** Frees the memory of the device. */
  dispose(): void {
    this.#forget(0);
    for (const buffer of [this.#factors, ...this.#filters, ...this.#maps.values()]) buffer.destroy();
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
