/** Determines how fast the processor multiplies and adds in WebAssembly's SIMD when nothing else holds it up. */
import asc from 'assemblyscript/asc';

/** `exact`: a multiplication, then an addition; `fused`: one relaxed instruction for both. */
export type Step = 'exact' | 'fused';

/** Sums that do not wait for one another: more than instructions under way, and with two factors within 16 registers. */
const SUMS = 13;
const LANES = 4;
const LOOPS = 4e6;
/** Time of all runs, of which the fastest counts; the first ones are those of the compiler that does not optimise. */
const TIME_MS = 1000;

/** AssemblyScript of the loop. Its sums stay finite and normal: each goes to x / 2 + 1. */
function sourceOf(step: Step): string {
  const names = Array.from({ length: SUMS }, (_, i) => `sum${i}`);
  const next = (sum: string): string =>
    step === 'exact' ? `f32x4.add(f32x4.mul(${sum}, half), one)` : `f32x4.relaxed_madd(${sum}, half, one)`;
  return `export function run(loops: i32): f32 {
    const half = f32x4.splat(0.5), one = f32x4.splat(1);
    let ${names.map((name, i) => `${name} = f32x4.splat(${i})`).join(', ')};
    for (let i = 0; i < loops; i++) {
      ${names.map((name) => `${name} = ${next(name)};`).join('\n')}
    }
    return f32x4.extract_lane(${names.reduce((sum, name) => `f32x4.add(${sum}, ${name})`)}, 0);
  }`;
}

async function compile(step: Step): Promise<Uint8Array<ArrayBuffer>> {
  const features = ['--enable', 'simd', ...(step === 'fused' ? ['--enable', 'relaxed-simd'] : [])];
  let bytes: Uint8Array<ArrayBuffer> | undefined;
  const { error } = await asc.main(['peak.ts', '-O3', '--runtime', 'stub', '--outFile', 'peak.wasm', ...features], {
    readFile: (name) => (name === 'peak.ts' ? sourceOf(step) : null),
    writeFile(name, contents) {
      if (name === 'peak.wasm') bytes = contents as Uint8Array<ArrayBuffer>;
    },
  });
  if (!bytes) throw new Error(`the loop does not compile: ${error?.message}`);
  return bytes;
}

/** Multiply-adds of one thread in 10^9 a second; null if this Node does not know the instructions. */
export async function peakSpeed(step: Step): Promise<number | null> {
  const bytes = await compile(step);
  if (!WebAssembly.validate(bytes)) return null;
  const { instance } = await WebAssembly.instantiate(bytes);
  const run = instance.exports.run as (loops: number) => number;
  let bestMs = Number.POSITIVE_INFINITY;
  const end = performance.now() + TIME_MS;
  while (performance.now() < end) {
    const start = performance.now();
    run(LOOPS);
    bestMs = Math.min(bestMs, performance.now() - start);
  }
  return (LOOPS * SUMS * LANES) / bestMs / 1e6;
}
