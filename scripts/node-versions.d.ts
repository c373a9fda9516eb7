/** One version of each supported release line except 20. */
export const NODE_VERSIONS: readonly string[];
/** Path of the executable of a version, which may not be installed. */
export function nodeProgram(version: string): string;
