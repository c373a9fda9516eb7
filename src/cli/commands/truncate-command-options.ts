import type { FileOptions } from '../command-options.ts';

/** Options of the `truncate` command as commander gives them. */
export interface TruncateCommandOptions extends FileOptions {
  readonly output: string;
  readonly bytes?: number;
  readonly layers?: number;
  readonly bpp?: number;
  readonly psnr?: number;
  readonly limitPixels?: number;
}
