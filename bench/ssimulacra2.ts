/**
 * Time of SSIMULACRA 2 in WebAssembly beside the same written down plainly, and beside PSNR, SSIM and MS-SSIM: what a row of the
 * benchmark costs. Usage: npm run bench:ssimulacra2
 */
import { compareImages, type RawImage, ssimulacra2 } from 'ddpm-codec/quality';
import { median } from './median.ts';
import { type PlainImage, plainSsimulacra2 } from './ssimulacra2/plain-ssimulacra2.ts';

/** Width, height, runs; whether the others are run as well. */
const SIZES = [
  [32, 32, 50, true],
  [256, 256, 15, true],
  [768, 512, 5, true],
  [4000, 3000, 3, false],
] as const;

function picture(width: number, height: number, strength: number): RawImage {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y, c] = [Math.floor(i / 3) % width, Math.floor(i / (3 * width)), i % 3];
    return 120 + 60 * Math.sin(x / 9 + c) + 40 * Math.cos(y / 13) + (((i * 7919) % 31) - 15) * strength;
  });
  return { data, width, height, channels: 3 };
}

function milliseconds(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

console.log('| pixels | SSIMULACRA 2 | plain | PSNR, SSIM, MS-SSIM |');
console.log('| --- | --- | --- | --- |');
for (const [width, height, runs, withOthers] of SIZES) {
  const [a, b] = [picture(width, height, 0), picture(width, height, 1)];
  const works = [
    () => ssimulacra2(a, b),
    ...(withOthers ? [() => plainSsimulacra2(a as PlainImage, b as PlainImage), () => compareImages(a, b)] : []),
  ];
  const times = works.map((): number[] => []);
  for (let run = 0; run <= runs; run++) {
    for (const [i, work] of works.entries()) {
      const time = milliseconds(work);
      if (run > 0) times[i]?.push(time); // the first run warms up
    }
  }
  const cells = [0, 1, 2].map((i) => (times[i] ? `${median(times[i]).toFixed(1)} ms` : '-'));
  console.log(`| ${width} x ${height} | ${cells.join(' | ')} |`);
}
