/** Tells runs apart whose outputs differ. */
import { createHash } from 'node:crypto';

/** Plain JSON: what can be written into a file or a queue, and read again. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** JSON text that does not depend on the order in which an object's keys were set. */
function canonicalJson(value: Json): string {
  return JSON.stringify(value, (_, part: Json) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/**
 * Hash of what an output depends on, besides its input.
 *
 * @param command - e.g. `encode`
 * @param options - those that change the output, as given
 * @param modelId - id of the model, or what stands for it where the input or nothing says it
 * @returns SHA-256 in hexadecimal
 */
export function optionsKey(command: string, options: Readonly<Record<string, Json>>, modelId: string): string {
  return createHash('sha256')
    .update(canonicalJson({ command, options, model: modelId }))
    .digest('hex');
}
