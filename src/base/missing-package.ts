/**
 * True if an import failed because the package is not installed; false if it is there and does not load.
 *
 * @param error - what `import(name)` threw
 */
export function isNotInstalled(error: unknown, name: string): boolean {
  const { code, message = '' } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  return code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${name}'`);
}
