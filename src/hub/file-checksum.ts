/** Checksums by which the hub names the content of files. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** What a file must have. */
export interface Checksum {
  /** `sha256`: of the content, for files in large file storage; `git`: the SHA-1 of a blob in git, for all others. */
  readonly kind: 'sha256' | 'git';
  /** In hexadecimal, lower case. */
  readonly value: string;
}

/**
 * Computes a file's checksum.
 *
 * @param size - its length in bytes, which git counts in
 * @throws a system error if it cannot be read
 */
export async function checksumOf(path: string, kind: Checksum['kind'], size: number): Promise<string> {
  const hash = createHash(kind === 'sha256' ? 'sha256' : 'sha1');
  if (kind === 'git') hash.update(`blob ${size}\0`);
  for await (const part of createReadStream(path, { end: size, highWaterMark: 2 ** 20 })) hash.update(part);
  return hash.digest('hex');
}
