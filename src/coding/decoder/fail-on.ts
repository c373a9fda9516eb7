/** How strict decoders are: the option `failOn`, and the errors of streams that are not whole. */
import { checkChoice } from '../../base/check-options.ts';
import { DdpmError } from '../../base/errors.ts';
import type { ParsedStream } from '../../codec/format/stream-parser.ts';
import type { ParsedTail } from '../../codec/tail/tail-section.ts';
import type { RunOptions } from '../run-options.ts';
import { unportableBackend } from './stream-decoder.ts';

/** Values of the option `failOn`. */
export type FailOn = 'none' | 'error' | 'truncated';

/** @throws TypeError for an unknown value */
export function failOnOf({ failOn }: { readonly failOn?: FailOn }): FailOn {
  return checkChoice('failOn', failOn, ['none', 'error', 'truncated']) ?? 'error';
}

/** What was found of a stream, of what was asked for. */
export interface Found {
  /** True if the stream may have less than was asked for. */
  readonly short: boolean;
  /** The tail, if it is complete and was asked for. */
  readonly tail: ParsedTail | null;
  /** Number of bytes after the end of the stream that were asked for. */
  readonly trailing: number;
}

/**
 * Checks that a stream has what was asked for, as strictly as `failOn` says.
 *
 * @throws DdpmError `ERR_DDPM_CORRUPT` or `ERR_DDPM_TRUNCATED`
 */
export function checkWhole(
  options: Pick<RunOptions, 'backend'> & { readonly failOn?: FailOn },
  stream: ParsedStream,
  { short, tail, trailing }: Found,
): void {
  const failOn = failOnOf(options);
  const unportable = tail && unportableBackend(options);
  if (unportable && failOn === 'truncated') throw new DdpmError('ERR_DDPM_TRUNCATED', unportable);
  if (trailing > 0 && failOn === 'truncated') {
    throw new DdpmError('ERR_DDPM_CORRUPT', `${trailing} bytes follow the end of the stream`);
  }
  if (!short) return;
  if (stream.status === 'corrupt' && failOn !== 'none') {
    throw new DdpmError('ERR_DDPM_CORRUPT', `damaged stream: ${stream.damage}`);
  }
  if (stream.status === 'truncated' && failOn === 'truncated') throw truncatedStream(stream);
}

function truncatedStream({ layers, steps, partial }: ParsedStream): DdpmError {
  const whole = layers.length === steps.length;
  const found = whole ? 'its last layer, within the tail' : `${layers.length} of ${steps.length} layers`;
  const part = partial ? ' and a part of the next' : '';
  return new DdpmError('ERR_DDPM_TRUNCATED', `truncated stream: it ends after ${found}${part}`);
}
