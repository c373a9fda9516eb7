/**
 * Measures a run of the paper's U-Net for CIFAR-10 (35.7 M parameters, random weights): time per image and arithmetic
 * speed. Reports CPU time as well as wall-clock time, because other work on the machine lengthens only the latter.
 *
 *   npm run bench:unet -- [--backend wasm] [--runs 5] [--json]
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { type BackendName, openBackend } from 'ddpm-codec/model';
import seedrandom from 'seedrandom';
import { cpuTimeSince } from './cpu-time.ts';
import { median } from './median.js';
import { openRandomUnet, UNET_MULTIPLY_ADDS } from './random-unet.js';

const BATCHES = [1, 4, 8];

interface Row {
  readonly batch: number;
  /** Median wall-clock time per image. */
  readonly clockMs: number;
  /** Median CPU time per image. */
  readonly cpuMs: number;
  readonly gigaflopsPerCpuSecond: number;
}

const { values: options } = parseArgs({
  options: {
    backend: { type: 'string', default: 'wasm' },
    runs: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});
const random = seedrandom('bench/unet');
const backend = await openBackend(options.backend as BackendName);
const predict = await openRandomUnet(backend);

const rows: Row[] = [];
for (const batch of BATCHES) {
  const x = Float32Array.from({ length: batch * 32 * 32 * 3 }, () => 2 * random() - 1);
  const run = () => predict(x, batch);
  const epsilon = await run(); // the first run packs the weights
  if (!epsilon.every(Number.isFinite)) throw new Error('epsilon is not finite');
  const clock: number[] = [];
  const cpu: number[] = [];
  for (let i = 0; i < Number(options.runs); i++) {
    const start = performance.now();
    const used = process.cpuUsage();
    await run();
    cpu.push(cpuTimeSince(used) / 1000 / batch);
    clock.push((performance.now() - start) / batch);
  }
  const cpuMs = median(cpu);
  rows.push({ batch, clockMs: median(clock), cpuMs, gigaflopsPerCpuSecond: (2e-6 * UNET_MULTIPLY_ADDS) / cpuMs });
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
