/**
 * Makes a contact sheet: each picture encoded at several rates and decoded, side by side, with the original last.
 *
 *   npm run bench:contact-sheet -- OUT.jpg PICTURES... [--bpp 0.1,0.3,1] [--json FILE]
 *
 * Prints size, rate and PSNR of each decoded picture.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compareImages, decode, encode, type RawImage, readImage, writeImage } from 'ddpm-codec';
import { imageFormat } from '#dist/image/files/image-format.js';
import { commandLine } from './command-line.ts';
import type { SheetPicture } from './documents/figures/demo.ts';
import { writeMeasurement } from './documents/measurement.ts';

const GAP = 4;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    bpp: { type: 'string', default: '0.1,0.3,1' },
    json: { type: 'string' },
  },
});
const [out, ...paths] = positionals;
const rates = values.bpp.split(',').map(Number);

/** Copies a picture into a larger one. */
function paste(sheet: RawImage, picture: RawImage, x: number, y: number): void {
  const data = sheet.data as Uint8Array;
  for (let j = 0; j < picture.height; j++) {
    const row = picture.data.subarray(j * picture.width * 3, (j + 1) * picture.width * 3);
    data.set(row, ((y + j) * sheet.width + x) * 3);
  }
}

const rows: RawImage[][] = [];
const found: SheetPicture[] = [];
for (const path of paths) {
  const picture = await readImage(readFileSync(path), { source: path });
  const row: RawImage[] = [];
  for (const bpp of rates) {
    const { data, info } = await encode(picture, { bpp });
    const decoded = await decode(data);
    const shown = { ...picture, data: decoded.data };
    row.push(shown);
    const { psnr } = compareImages(shown, picture);
    found.push({ picture: path.replace(/\D*(\d+)\D*$/, '$1'), bytes: info.bytes, bpp: info.bpp, psnr });
    console.log(`${path}: ${info.bytes} bytes, ${info.bpp.toFixed(3)} bpp, ${psnr.toFixed(2)} dB`);
  }
  rows.push([...row, picture]);
}
const width = Math.max(...rows.map((row) => row.reduce((sum, { width: w }) => sum + w + GAP, -GAP)));
const height = rows.reduce((sum, row) => sum + row[0].height + GAP, -GAP);
const sheet: RawImage = { data: new Uint8Array(width * height * 3).fill(255), width, height, channels: 3 };
let y = 0;
for (const row of rows) {
  let x = 0;
  for (const picture of row) {
    paste(sheet, picture, x, y);
    x += picture.width + GAP;
  }
  y += row[0].height + GAP;
}
writeFileSync(out, await writeImage(sheet, imageFormat(out)));
if (values.json) writeMeasurement(values.json, commandLine('bench:contact-sheet'), found);
