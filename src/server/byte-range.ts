import type { ByteRange } from './stored-file.ts';

/**
 * Parses the header Range (RFC 9110, section 14).
 *
 * @param size - length of the whole in bytes
 * @returns null if the whole is to be sent: without the header, for other units, several ranges and what is malformed;
 *   `unsatisfiable` if the range has no byte of the whole
 */
export function byteRange(header: string | null, size: number): ByteRange | 'unsatisfiable' | null {
  const found = /^bytes=[ \t]*(?:(\d+)-(\d*)|-(\d+))[ \t]*$/i.exec(header ?? '');
  if (!found) return null;
  const [, first, last, suffix] = found;
  if (first === undefined) {
    const count = Math.min(Number(suffix), size);
    return count === 0 ? 'unsatisfiable' : { start: size - count, end: size };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return null;
  if (start >= size) return 'unsatisfiable';
  return { start, end: last === '' ? size : Math.min(Number(last) + 1, size) };
}
