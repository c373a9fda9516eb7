/** Expected result for each file of test/hostile/fixtures: an error code, or the number of usable layers. */
import { expect } from 'vitest';
import { FORMAT_MODEL } from '../../src/codec/format/default-model.ts';

/**
 * The file is refused with an error code, or decodes to a number of layers with the damage reported under
 * `failOn: 'none'`; `trailing`: number of bytes after its end.
 */
export type Expectation =
  | { readonly refused: string; readonly message: RegExp }
  | { readonly layers: number; readonly damage: RegExp | null; readonly truncated?: true; readonly trailing?: number };

const corrupt = (message: RegExp): Expectation => ({ refused: 'ERR_DDPM_CORRUPT', message });
const limit = (message: RegExp): Expectation => ({ refused: 'ERR_DDPM_LIMIT', message });

/** The id of the default model with its last bit flipped. */
const FLIPPED_ID = (BigInt(`0x${FORMAT_MODEL.id}`) ^ 1n).toString(16).padStart(16, '0');

/** How many layers the bits happen to make follows from the model. */
const ANY: number = expect.any(Number);

/** Expectations by name of the file. */
export const EXPECTED: Readonly<Record<string, Expectation>> = {
  empty: corrupt(/ends at byte 0/),
  'one-byte': corrupt(/ends at byte 1/),
  'text-file': corrupt(/does not begin with the byte DD/),
  'bad-magic': corrupt(/does not begin with the byte DD/),
  'version-2': corrupt(/version at byte 1: 2, this decoder reads 1/),
  'reserved-flag': corrupt(/further flags at byte 2: 0x40 has unknown bits/),
  'bad-crc': corrupt(/header checksum .*does not match/),
  'flipped-size': corrupt(/header checksum .*does not match/),
  'no-width': corrupt(/0 x 5 has no pixels/),
  'long-varint': corrupt(/longer than 5 bytes/),
  'claims-4-gigapixels': limit(/65536 x 65536/),
  'claims-2-gigapixels-a-side': limit(/2147483647 x 2147483647/),
  'claims-200-megapixels': { layers: ANY, damage: null, truncated: true },
  'thin-canvas': limit(/canvas 268402696 x 8/),
  'no-steps': corrupt(/end at byte 4: 0 steps/),
  'end-above-start': corrupt(/is not below the first/),
  'end-below-lowest': corrupt(/below the lowest noise level/),
  'ladder-step-0': corrupt(/ladder step .*0, expected 1\.\.255/),
  'flipped-model-id': { refused: 'ERR_DDPM_MODEL_MISMATCH', message: new RegExp(FLIPPED_ID) },
  'truncated-header': corrupt(/not a whole \.ddpm header/),
  'truncated-mid-step': { layers: 4, damage: null, truncated: true },
  'truncated-chunk': corrupt(/not a whole \.ddpm header: ends at byte/),
  'truncated-tail': { layers: 4, damage: null, truncated: true },
  'bytes-after-end': { layers: 7, damage: null, trailing: 4 },
  'budget-out-of-range': { layers: 0, damage: /^layer 1, tile 1 at bit \d+: budget is out of range$/ },
  'gains-out-of-range': { layers: 0, damage: /^layer 1, tile 1 at bit \d+: variance gains are out of range$/ },
  'budget-code-too-long': { layers: 0, damage: /budget is out of range/ },
  'flipped-code-bit': { layers: 5, damage: /^layer 6, tile 1: its checksum at bit \d+ does not match$/ },
  'unknown-critical-chunk': corrupt(/chunk type .*5 is unknown and critical/),
  'unknown-ancillary-chunk': { layers: 7, damage: null },
  'chunk-twice': corrupt(/is there twice/),
  'chunk-checksum': corrupt(/damaged chunk of type \d+ at byte \d+: checksum does not match/),
  'chunk-claims-2-gigabytes': corrupt(/chunk of 2147483647 bytes/),
  'icc-bomb': corrupt(/damaged icc chunk/),
  'icc-not-deflate': corrupt(/damaged icc chunk/),
  'alpha-is-svg': corrupt(/damaged alpha chunk: not a PNG/),
  'alpha-of-another-size': corrupt(/damaged alpha chunk/),
  'tail-checksum': { layers: 4, damage: /^damaged tail: the checksum of its pixels does not match/ },
  'tail-message': { layers: 4, damage: /^damaged tail: the checksum of its pixels does not match/ },
  'tail-claims-too-much': { layers: 4, damage: /^tail at byte \d+: length 2147483647 is out of range$/ },
  'tail-length-endless': { layers: 4, damage: /^tail at byte \d+: length is longer than 5 bytes$/ },
  // The tail is intact; it is damage for the trivial denoiser alone, with which this is tested.
  'bytes-after-tail': { layers: 4, damage: /^damaged tail: the checksum/, trailing: 4 },
  'dithered-length-out-of-range': { layers: 0, damage: /budget is out of range/ },
  'dithered-damage': { layers: 2, damage: /^layer 3, tile 1: its checksum at bit \d+ does not match$/ },
};
