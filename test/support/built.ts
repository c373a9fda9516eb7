/** What global-setup.ts has built. */
import { join } from 'node:path';

/** The checkout. */
export const ROOT: string = join(import.meta.dirname, '..', '..');
/** The command line as it is published, on the dist of the sources as they are now. */
export const BIN: string = join(ROOT, 'bin', 'ddpm-codec.js');
/** Tests' programs, compiled: `test/FOLDER/NAME.js`; `src` in it is another name of dist. */
export const PROGRAMS: string = join(ROOT, '.scratch', 'programs');
