/**
 * Measures a run of the paper's U-Net for CIFAR-10 (35.7 M parameters, random weights): time per image and arithmetic
 * speed. Reports CPU time as well as wall-clock time, because other work on the machine lengthens only the latter.
 *
 *   npm run bench:unet -- [--backend wasm] [--runs 5] [--json]
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import {
  type BackendName,
  isEpsilonDenoiser,
  loadUncalibratedModel,
  openBackend,
  parseUnetConfig,
  type Tensor,
  type UnetParameter,
  unetParameters,
  writeModel,
} from 'ddpm-codec/model';
import seedrandom from 'seedrandom';
import { median } from './median.js';

/** Config of google/ddpm-cifar10-32. */
const UNET = {
  sample_size: 32,
  block_out_channels: [128, 256, 256, 256],
  down_block_types: ['DownBlock2D', 'AttnDownBlock2D', 'DownBlock2D', 'DownBlock2D'],
  up_block_types: ['UpBlock2D', 'UpBlock2D', 'AttnUpBlock2D', 'UpBlock2D'],
  layers_per_block: 2,
  downsample_padding: 0,
  attention_head_dim: null,
  norm_eps: 1e-6,
  freq_shift: 1,
  flip_sin_to_cos: false,
};
/** Multiply-adds of convolutions and matrix products for one image, counted by kernel. */
const MULTIPLY_ADDS = 6.222e9;
const BATCHES = [1, 4, 8];

interface Row {
  readonly batch: number;
  /** Median wall-clock time per image. */
  readonly clockMs: number;
  /** Median CPU time per image. */
  readonly cpuMs: number;
  readonly gigaflopsPerCpuSecond: number;
}

function randomTensor({ fileShape, kind }: UnetParameter, random: () => number): Tensor {
  const size = fileShape.reduce((product, side) => product * side, 1);
  const bound = Math.sqrt(3 / fileShape.slice(1).reduce((product, side) => product * side, 1));
  const data = Float32Array.from({ length: size }, () => (kind === 'scale' ? 1 : (2 * random() - 1) * bound));
  return { dtype: 'F32', shape: fileShape, data: kind === 'bias' ? data.fill(0) : data };
}

const { values: options } = parseArgs({
  options: {
    backend: { type: 'string', default: 'wasm' },
    runs: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});
const random = seedrandom('bench/unet');
const parameters = unetParameters(parseUnetConfig(UNET, (message) => new Error(message)));
const tensors = new Map(parameters.map((parameter) => [parameter.name, randomTensor(parameter, random)]));
const bytes = writeModel({ config: { architecture: 'ddpm-unet', unet: UNET, scheduler: {} }, tensors });
const backend = await openBackend(options.backend as BackendName);
const { denoiser } = await loadUncalibratedModel(bytes, { backend, source: 'random weights' });
if (!isEpsilonDenoiser(denoiser)) throw new Error('a U-Net predicts epsilon');

const rows: Row[] = [];
for (const batch of BATCHES) {
  const x = Float32Array.from({ length: batch * 32 * 32 * 3 }, () => 2 * random() - 1);
  const run = () => denoiser.epsilonModel.predict(x, { batch, height: 32, width: 32 }, 500);
  const epsilon = await run(); // the first run packs the weights
  if (!epsilon.every(Number.isFinite)) throw new Error('epsilon is not finite');
  const clock: number[] = [];
  const cpu: number[] = [];
  for (let i = 0; i < Number(options.runs); i++) {
    const start = performance.now();
    const used = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(used);
    clock.push((performance.now() - start) / batch);
    cpu.push((user + system) / 1000 / batch);
  }
  const cpuMs = median(cpu);
  rows.push({ batch, clockMs: median(clock), cpuMs, gigaflopsPerCpuSecond: (2e-6 * MULTIPLY_ADDS) / cpuMs });
}
const machine = { cpu: cpus()[0]?.model, backend: backend.description };
if (options.json) console.log(JSON.stringify({ ...machine, rows }));
else {
  console.log(`${machine.cpu}; ${machine.backend}`);
  for (const { batch, clockMs, cpuMs, gigaflopsPerCpuSecond } of rows) {
    const times = `${clockMs.toFixed(0)} ms, ${cpuMs.toFixed(0)} ms of CPU time an image`;
    console.log(`batch ${batch}: ${times}, ${gigaflopsPerCpuSecond.toFixed(1)} GFLOP a CPU second`);
  }
}
