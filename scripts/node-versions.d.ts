/** One of each line that is supported, beside 20. */
export const NODE_VERSIONS: readonly string[];
/** Path of a version's program; it need not be there. */
export function nodeProgram(version: string): string;
