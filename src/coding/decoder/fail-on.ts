/** How strict decoders are: the option `failOn`, and the errors of streams that are not whole. */
import { checkChoice } from '../../base/check-options.ts';
import { DdpmError } from '../../base/errors.ts';
import type { ParsedStream } from '../../codec/format/stream-parser.ts';

/** Values of the option `failOn`. */
export type FailOn = 'none' | 'error' | 'truncated';

/** @throws TypeError for an unknown value */
export function failOnOf({ failOn }: { readonly failOn?: FailOn }): FailOn {
  return checkChoice('failOn', failOn, ['none', 'error', 'truncated']) ?? 'error';
}

export function damagedStream({ damage }: Pick<ParsedStream, 'damage'>): DdpmError {
  return new DdpmError('ERR_DDPM_CORRUPT', `damaged stream: ${damage}`);
}

export function trailingBytes(count: number): DdpmError {
  return new DdpmError('ERR_DDPM_CORRUPT', `${count} bytes follow the end of the stream`);
}

export function truncatedStream({
  layers,
  steps,
  partial,
}: Pick<ParsedStream, 'layers' | 'steps' | 'partial'>): DdpmError {
  const whole = layers.length === steps.length;
  const found = whole ? 'its last layer, within the tail' : `${layers.length} of ${steps.length} layers`;
  const part = partial ? ' and a part of the next' : '';
  return new DdpmError('ERR_DDPM_TRUNCATED', `truncated stream: it ends after ${found}${part}`);
}
