import type { EngineOptions } from '../command-codec.ts';
import type { FileOptions } from '../command-options.ts';

/** Options of the `decode` command as commander gives them; numbers are parsed but not checked. */
export interface DecodeCommandOptions extends FileOptions, EngineOptions {
  readonly bytes?: number;
  readonly layers?: number;
  readonly bpp?: number;
  /** Largest width and height, in pixels. */
  readonly maxSize?: number;
  /** In pixels. */
  readonly maxWidth?: number;
  /** In pixels. */
  readonly maxHeight?: number;
  readonly allSteps?: string;
  readonly reconstruction?: 'mmse' | 'sample';
  readonly seed?: number;
  readonly strict?: true;
  readonly limitPixels?: number;
  /** In bytes. */
  readonly limitMemory?: number;
  /** In seconds. */
  readonly timeout?: number;
}
