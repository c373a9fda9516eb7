import type { ModelSource } from './model-source.ts';

/** Equal for equal sources, in a thread. */
export function keyOf(source: ModelSource): string {
  return 'url' in source ? source.url : source.key;
}
