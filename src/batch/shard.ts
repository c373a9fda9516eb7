import { createHash } from 'node:crypto';

/** A part of a set of inputs, which one of several machines processes. */
export interface Shard {
  /** 1..count. */
  readonly index: number;
  readonly count: number;
}

/**
 * Whether an input belongs to a shard. Each input belongs to exactly one of the `count` shards, the same on every machine that names it
 * by the same path or URL; of many inputs each shard has about as many.
 *
 * @param location - path or URL; backslashes count as slashes, and a leading `./` does not count
 */
export function inShard(location: string, { index, count }: Shard): boolean {
  const name = location.replaceAll('\\', '/').replace(/^(\.\/+)+/, '');
  return createHash('sha256').update(name).digest().readUInt32BE(0) % count === index - 1;
}
