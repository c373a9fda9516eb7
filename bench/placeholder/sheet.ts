/** The contact sheet of bench/placeholder.ts. */
import { writeFileSync } from 'node:fs';
import { type RawImage, writeImage } from 'ddpm-codec';
import sharp from 'sharp';
import { SIDE } from './test-pictures.ts';

const SHEET_SCALE = 4;
const SHEET_GAP = 4;

/** Copies a picture into the sheet, enlarged. */
function paste(sheet: RawImage, picture: RawImage, left: number, top: number): void {
  const data = sheet.data as Uint8Array;
  for (let y = 0; y < picture.height * SHEET_SCALE; y++) {
    for (let x = 0; x < picture.width * SHEET_SCALE; x++) {
      const from = (Math.floor(y / SHEET_SCALE) * picture.width + Math.floor(x / SHEET_SCALE)) * 3;
      data.set(picture.data.subarray(from, from + 3), ((top + y) * sheet.width + left + x) * 3);
    }
  }
}

/** Writes a contact sheet: rows of pictures under a line of headings. */
export async function writeSheet(
  path: string,
  headings: readonly string[],
  rows: readonly RawImage[][],
): Promise<void> {
  const cell = SIDE * SHEET_SCALE + SHEET_GAP;
  const head = 24;
  const width = headings.length * cell + SHEET_GAP;
  const heights = rows.map((row) => row[0].height * SHEET_SCALE + SHEET_GAP);
  const height = head + heights.reduce((sum, h) => sum + h, 0) + SHEET_GAP;
  const sheet: RawImage = { data: new Uint8Array(width * height * 3).fill(255), width, height, channels: 3 };
  let top = head;
  rows.forEach((row, r) => {
    row.forEach((picture, c) => {
      const left = SHEET_GAP + c * cell + Math.floor(((SIDE - picture.width) * SHEET_SCALE) / 2);
      paste(sheet, picture, left, top);
    });
    top += heights[r];
  });
  const texts = headings.map((text, c) => `<text x="${SHEET_GAP + (c + 0.5) * cell}" y="17">${text}</text>`).join('');
  const style = 'font-family="sans-serif" font-size="12" text-anchor="middle"';
  const svg = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${head}"><g ${style}>${texts}</g></svg>`,
  );
  const file = await sharp(await writeImage(sheet, 'png'))
    .composite([{ input: svg, left: 0, top: 0 }])
    .png({ palette: false, compressionLevel: 9 })
    .toBuffer();
  writeFileSync(path, file);
}
