/** Optional packages that cannot be loaded. */
import { DdpmError } from './errors.ts';

/**
 * True if an import failed because the package is not installed; false if it is there and does not load.
 *
 * @param error - what `import(name)` threw
 */
export function isNotInstalled(error: unknown, name: string): boolean {
  const { code, message = '' } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  return code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${name}'`);
}

/** What is wrong with a package whose import failed: `is not installed`, or `does not load: WHY`. */
export function loadProblem(cause: unknown, name: string): string {
  return isNotInstalled(cause, name) ? 'is not installed' : `does not load: ${(cause as Error).message}`;
}

/**
 * The error for an optional peer that cannot be loaded; it names the command that installs it.
 *
 * @param needs - what needs the package, with its verb: `ONNX networks need`
 * @param cause - what `import(name)` threw
 */
export function missingPeer(needs: string, name: string, cause: unknown): DdpmError {
  const message = `${needs} the package ${name}, which ${loadProblem(cause, name)}. Install it: npm install ${name}`;
  return new DdpmError('ERR_DDPM_DEPENDENCY', message, { cause });
}
