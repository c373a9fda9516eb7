/**
 * Compares placeholders with blurhash, thumbhash and WebP: PSNR with respect to the picture at 32 pixels, over the 12
 * Kodak pictures in test/images and their mirror images.
 *
 *   npm run bench:placeholder -- [--json FILE] [--sheet FILE.png] [--limit 12]
 *
 * Prints Markdown tables. --limit takes fewer photographs. Fails if a placeholder is too large, or if blurhash or
 * thumbhash is better than ours at 64 bytes on a picture. Takes 2 minutes.
 */
import { parseArgs } from 'node:util';
import { type RawImage, writeImage } from 'ddpm-codec';
import { distortion } from '#dist/image/distortion.js';
import { commandLine } from './command-line.ts';
import {
  BEATEN,
  OUR_SIZES,
  type PlaceholderReport,
  placeholderFigures,
  wins,
} from './documents/figures/placeholder.ts';
import { writeMeasurement } from './documents/measurement.ts';
import { METHODS } from './placeholder/methods.ts';
import { writeSheet } from './placeholder/sheet.ts';
import { readTestPictures } from './placeholder/test-pictures.ts';

const { values } = parseArgs({
  options: { json: { type: 'string' }, sheet: { type: 'string' }, limit: { type: 'string', default: '12' } },
});
const pictures = await readTestPictures(Number(values.limit));
// The first call also loads the model.
await METHODS[0].run(pictures[0].picture);
const methods = METHODS.map(({ name }) => ({
  name,
  ...{ bytes: [] as number[], psnr: [] as number[], encodeMs: [] as number[], decodeMs: [] as number[] },
}));
const pngBytes: number[] = [];
/** Rows of the contact sheet. */
const rows: RawImage[][] = [];
for (const { name, picture } of pictures) {
  const row = [picture];
  for (const [i, method] of METHODS.entries()) {
    const { bytes, picture: decoded, encodeMs, decodeMs } = await method.run(picture);
    const own = methods[i];
    own.bytes.push(bytes);
    own.psnr.push(distortion(decoded.data, picture.data).psnr);
    own.encodeMs.push(encodeMs);
    own.decodeMs.push(decodeMs);
    if (i === OUR_SIZES.length - 1) pngBytes.push((await writeImage(decoded, 'png')).length);
    if (method.shown) row.push(decoded);
  }
  rows.push(row);
  console.error(`${name}: done`);
}

const report: PlaceholderReport = { pictures: pictures.map(({ name }) => name), methods, pngBytes };
for (const [name, { text }] of Object.entries(placeholderFigures(report))) {
  console.log(text.includes('\n') ? `\n${text}\n` : `${name}: ${text}`);
}
if (values.json) writeMeasurement(values.json, commandLine('bench:placeholder'), report);
if (values.sheet) {
  const shown = METHODS.filter((method) => method.shown);
  const headings = shown.map(({ name }) => name.replace('ddpm-codec, ', '').replace('quality ', 'q'));
  await writeSheet(values.sheet, ['at 32 pixels', ...headings], rows);
}
for (const rival of BEATEN) {
  const count = wins(report, 64, rival);
  if (count < pictures.length) {
    console.error(`64 bytes beat ${rival} on only ${count} of ${pictures.length} pictures`);
    process.exitCode = 1;
  }
}
