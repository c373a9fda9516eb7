/** All sources of figures. */
import type { FigureSource } from '../source.ts';
import { lossless } from './lossless.ts';

/** In the order of the release (scripts/release-model.js). */
export const SOURCES: readonly FigureSource[] = [lossless];
