/** Paths of the files that global-setup.ts builds. */
import { join } from 'node:path';

/** Root of the repository. */
export const ROOT: string = join(import.meta.dirname, '..', '..');
/** The executable as it is published; uses a dist that was built from the present sources. */
export const BIN: string = join(ROOT, 'bin', 'ddpm-codec.js');
/** Folder of the tests' compiled programs, `test/FOLDER/NAME.js`; `src` in it is a link to dist. */
export const PROGRAMS: string = join(ROOT, '.scratch', 'programs');
