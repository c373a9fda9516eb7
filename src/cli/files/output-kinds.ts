/** The kinds of files that commands write for each input. */
import { FILE_EXTENSION } from '../../codec/format/file-type.ts';
import type { FileOptions } from '../command-options.ts';
import type { Library } from '../library.ts';
import type { OutputKind } from './file-jobs.ts';
import { checkExtension, outputFormat } from './output-name.ts';

/** `.ddpm` streams. */
export function streamKind({ force }: FileOptions): OutputKind {
  return {
    extension: FILE_EXTENSION,
    checkName: (path) => {
      if (!force) checkExtension(path, ['ddpm'], 'a .ddpm stream');
    },
  };
}

/** Image files. */
export function imageKind({ force }: FileOptions, library: Library): OutputKind {
  return { extension: '.png', checkName: (path) => void outputFormat(path, force === true, library) };
}
