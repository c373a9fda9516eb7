/** Runs the cells of examples/notebook as one program: in Deno, whose kernel the notebook is for, or in Node where it is not there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { denoProgram } from '../../scripts/deno-version.js';

interface Cell {
  readonly cell_type: 'code' | 'markdown';
  readonly source: string[];
  readonly execution_count?: number | null;
  readonly outputs?: { readonly output_type: string; readonly data?: Record<string, string | string[]> }[];
}

const FOLDER = 'examples/notebook';
const TEXT = readFileSync(join(FOLDER, 'rate-distortion.ipynb'), 'utf8');
const cells = (JSON.parse(TEXT) as { cells: Cell[] }).cells.filter((cell) => cell.cell_type === 'code');

/** In place of the kernel: writes what is displayed as lines. */
const KERNEL = `Object.defineProperty(globalThis, 'Deno', {
  value: { jupyter: { display: async (bundle) => console.log('shown: ' + JSON.stringify(bundle)) } },
});\n`;

/** Runs the cells; returns what was printed, and what was shown by type. */
async function runCells(): Promise<{ printed: string; shown: Record<string, string> }> {
  mkdirSync('.scratch', { recursive: true });
  // Inside the package, so that imports of ddpm-codec resolve.
  const folder = mkdtempSync(resolve('.scratch/notebook-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, 'cells.mjs');
  // Imports are bound before anything else of a module runs, as if the kernel were there first.
  writeFileSync(program, KERNEL + cells.map(({ source }) => source.join('')).join('\n'));
  const deno = ['run', '-A', '--node-modules-dir=manual', '--no-lock'];
  const [command, args] = existsSync(denoProgram()) ? [denoProgram(), deno] : [process.execPath, []];
  const child = spawn(command, [...args, program], { cwd: FOLDER, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (part) => {
    stdout += part;
  });
  child.stderr.on('data', (part) => {
    stderr += part;
  });
  const [code] = await once(child, 'close');
  expect([code, stderr]).toEqual([0, '']);
  const lines = stdout.split('\n');
  const bundles = lines.filter((line) => line.startsWith('shown: ')).map((line) => JSON.parse(line.slice(7)));
  const printed = lines.filter((line) => !line.startsWith('shown: ')).join('\n');
  return { printed, shown: Object.assign({}, ...bundles) };
}

describe('the notebook', () => {
  test('draws the curve of a picture, and shows the pictures on the way', async () => {
    const { printed, shown } = await runCells();
    const rows = [...printed.matchAll(/^ +(\d+) +([\d.]+) +([\d.]+) +([\d.]+) +[\d.]+$/gm)].map((row) =>
      row.slice(1).map(Number),
    );
    expect(rows.length).toBeGreaterThan(10);
    const [layers, bpp, ideal, psnr] = [0, 1, 2, 3].map((column) => rows.map((row) => row[column] as number));
    expect(layers).toEqual(rows.map((_, i) => i + 1));
    for (const curve of [bpp, ideal, psnr]) expect(curve).toEqual([...(curve as number[])].sort((a, b) => a - b));
    for (const [i, value] of (ideal as number[]).entries()) expect(value).toBeLessThan((bpp as number[])[i] as number);
    expect((psnr as number[]).at(-1)).toBeGreaterThan(42);
    const svg = shown['image/svg+xml'] ?? '';
    for (const text of ['bits a pixel', 'PSNR in dB', 'ddpm-codec', 'ideal channel', 'JPEG (mozjpeg)']) {
      expect(svg).toContain(`>${text}<`);
    }
    expect(svg.match(/aria-roledescription="line mark"/g)).toHaveLength(3);
    const pictures = await sharp(Buffer.from(shown['image/jpeg'] ?? '', 'base64')).metadata();
    expect([pictures.width, pictures.height]).toEqual([3 * 256, 2 * 192]);
  });

  test('is stored with what its cells gave, in order and small', () => {
    expect(cells.map((cell) => cell.execution_count)).toEqual(cells.map((_, i) => i + 1));
    const types = cells.flatMap(({ outputs = [] }) => outputs.flatMap(({ data = {} }) => Object.keys(data)));
    expect(types).toEqual(['image/svg+xml', 'image/jpeg']);
    expect(cells.flatMap(({ outputs = [] }) => outputs.filter((output) => output.output_type === 'error'))).toEqual([]);
    expect(TEXT.length).toBeLessThan(150_000);
  });
});
