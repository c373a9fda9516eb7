import { DdpmError } from '../base/errors.ts';

/** Values that the samples 0 and 255 get for the network. */
export const INPUT_RANGES = ['0..1', '-1..1', '0..255'] as const;

/** One of {@link INPUT_RANGES}. */
export type InputRange = (typeof INPUT_RANGES)[number];

/** How features are made of pictures. Statistics are comparable only if all of it is the same. */
export interface Extraction {
  /** File name of the network, for people to read. */
  readonly network: string;
  /** SHA-256 of the network's file, 64 hexadecimal digits. */
  readonly sha256: string;
  /** Name of the network's output that is taken. */
  readonly output: string;
  /** Width and height that pictures are resized to; null: each has its own size. */
  readonly size: readonly [number, number] | null;
  readonly range: InputRange;
}

/** Describes an extraction in a line. */
export function describeExtraction({ network, sha256, output, size, range }: Extraction): string {
  const resized = size === null ? 'pictures as they are' : `pictures at ${size[0]} x ${size[1]}`;
  return `${network} (SHA-256 ${sha256.slice(0, 12)}), output ${output}, ${resized}, range ${range}`;
}

/**
 * Checks that features were made in the same way.
 *
 * @param a - with its name for messages; without an extraction if it is not known
 * @throws DdpmError `ERR_DDPM_INPUT` that says both if not
 */
export function checkComparable(a: Described, b: Described): void {
  if (!a.extraction || !b.extraction) return;
  const [one, other] = [a.extraction, b.extraction];
  const parts = ({ sha256, output, size, range }: Extraction): string => JSON.stringify([sha256, output, size, range]);
  if (parts(one) === parts(other)) return;
  const both = `${a.source} is of ${describeExtraction(one)}; ${b.source} is of ${describeExtraction(other)}`;
  throw new DdpmError('ERR_DDPM_INPUT', `cannot compare features that were made differently: ${both}`);
}

/** Something with its extraction. */
export interface Described {
  readonly source: string;
  readonly extraction: Extraction | null;
}

/**
 * Reads an extraction that was saved as JSON.
 *
 * @throws DdpmError `ERR_DDPM_INPUT` if it is none
 */
export function parseExtraction(value: unknown, source: string): Extraction {
  const { network, sha256, output, size, range } = (value ?? {}) as Record<string, unknown>;
  const isSize = size === null || (Array.isArray(size) && size.length === 2 && size.every(Number.isSafeInteger));
  const isText = [network, output].every((text) => typeof text === 'string' && text.length < 1000);
  const isDigest = typeof sha256 === 'string' && /^[\da-f]{64}$/.test(sha256);
  if (!isSize || !isText || !isDigest || !INPUT_RANGES.includes(range as InputRange)) {
    throw new DdpmError('ERR_DDPM_INPUT', `${source}: about does not say how the features were made`);
  }
  return { network, sha256, output, size, range } as Extraction;
}
