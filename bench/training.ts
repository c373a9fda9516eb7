/**
 * Measures the computation of loss and gradient for one portion of a batch: time per image, arithmetic speed, and time
 * by kernel. Reports CPU time as well as wall-clock time, because other work on the machine lengthens only the latter.
 *
 *   npm run bench:training -- [--config configs/tiny.json] [--backend wasm] [--images 8] [--runs 3] [--json]
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import type { BackendName } from 'ddpm-codec';
import { openBackend } from 'ddpm-codec/model';
import { cpuTimeSince } from './cpu-time.ts';
import { openPortion } from './training-portion.js';

/** Time of one kernel in all runs, without the kernels that it calls. */
interface KernelTime {
  ms: number;
  calls: number;
  /** Number of multiply-adds; 0 for kernels where they are not counted. */
  multiplyAdds: number;
}

const times = new Map<string, KernelTime>();

/** Wraps all kernels of a backend to measure their times. The backend must compute synchronously. */
function watchKernels(backend: string): void {
  const inner: number[] = [];
  for (const kernel of tf.getKernelsForBackend(backend)) {
    const run = kernel.kernelFunc;
    const time: KernelTime = { ms: 0, calls: 0, multiplyAdds: 0 };
    times.set(kernel.kernelName, time);
    kernel.kernelFunc = (call) => {
      inner.push(0);
      const start = performance.now();
      try {
        const output = run(call);
        time.multiplyAdds += multiplyAddsOf(
          kernel.kernelName,
          call.inputs as Record<string, tf.TensorInfo>,
          output as tf.TensorInfo,
        );
        return output;
      } finally {
        const ms = performance.now() - start;
        time.ms += ms - (inner.pop() as number);
        time.calls++;
        if (inner.length > 0) inner[inner.length - 1] += ms;
      }
    };
  }
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/**
 * Number of multiply-adds of a convolution or matrix product, including those that compute gradients; 0 for other
 * kernels.
 */
function multiplyAddsOf(name: string, inputs: Readonly<Record<string, tf.TensorInfo>>, output: tf.TensorInfo): number {
  if (name === 'Conv2D' || name === 'FusedConv2D') {
    const [height, width, channels] = inputs.filter.shape;
    return sizeOf(output.shape) * height * width * channels;
  }
  if (name !== 'BatchMatMul') return 0;
  // (n, m, k) times (n, k, l), either possibly transposed: a, b and the result have nmk, nkl and nml values.
  const batch = sizeOf(output.shape.slice(0, -2));
  return Math.sqrt((sizeOf(inputs.a.shape) * sizeOf(inputs.b.shape) * sizeOf(output.shape)) / batch);
}

const { values: options } = parseArgs({
  options: {
    config: { type: 'string', default: 'configs/tiny.json' },
    backend: { type: 'string', default: 'wasm' },
    images: { type: 'string', default: '8' },
    runs: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const [count, runs] = [Number(options.images), Number(options.runs)];
const backend = await openBackend(options.backend as BackendName);
const { parameters, run } = await openPortion(options.config, count, backend);

watchKernels(backend.name);
const [clock, cpu] = [performance.now(), process.cpuUsage()];
for (let i = 0; i < runs; i++) await run();
const images = count * runs;
const clockMs = (performance.now() - clock) / images;
const cpuMs = cpuTimeSince(cpu) / 1000 / images;
const multiplyAdds = [...times.values()].reduce((sum, time) => sum + time.multiplyAdds, 0) / images;
const kernels = [...times]
  .map(([kernel, { ms, calls }]) => ({ kernel, msPerImage: ms / images, calls: calls / runs }))
  .filter(({ calls }) => calls > 0)
  .sort((a, b) => b.msPerImage - a.msPerImage);
const report = {
  config: options.config,
  parameters,
  backend: backend.description,
  cpu: cpus()[0]?.model,
  images: count,
  clockMsPerImage: clockMs,
  cpuMsPerImage: cpuMs,
  multiplyAddsPerImage: multiplyAdds,
  gigaflopsPerCpuSecond: (2 * multiplyAdds) / cpuMs / 1e6,
  kernels: kernels.slice(0, 10),
};
if (options.json) console.log(JSON.stringify(report));
else {
  const { kernels: rows, ...head } = report;
  for (const [name, value] of Object.entries(head)) console.log(`${name.padEnd(22)} ${value}`);
  const sum = kernels.reduce((total, { msPerImage }) => total + msPerImage, 0);
  for (const { kernel, msPerImage, calls } of rows) {
    const share = `${((100 * msPerImage) / sum).toFixed(1)} %`;
    console.log(
      `${kernel.padEnd(22)} ${msPerImage.toFixed(2).padStart(9)} ms  ${share.padStart(7)}  ${calls} calls a run`,
    );
  }
}
