/** Figures of what the reader sees first: the demo's output, and the captions of the contact sheet. */
import { text } from '../figure.ts';
import { type FigureSource, source } from '../source.ts';

/** Measurement `demo`: the lines that the demo prints. */
export const demo: FigureSource = source<readonly string[]>('demo', (lines) => ({
  output: text(['```text', ...lines, '```']),
}));

/** One picture of the contact sheet, at one rate. */
export interface SheetPicture {
  /** Number of the Kodak picture. */
  readonly picture: string;
  readonly bytes: number;
  readonly bpp: number;
  readonly psnr: number;
}

/** Measurement `contact-sheet`: the pictures in the order of the sheet. */
export const contactSheet: FigureSource = source<readonly SheetPicture[]>('contact-sheet', (pictures) => {
  const names = [...new Set(pictures.map(({ picture }) => picture))];
  const psnrs = (name: string): string =>
    pictures
      .filter(({ picture }) => picture === name)
      .map(({ psnr }) => psnr.toFixed(2))
      .join(', ');
  return { caption: text(`${names.map((name) => `Kodak ${name}: ${psnrs(name)} dB`).join('; ')}.`) };
});
