import { expect } from 'vitest';

/** A PSNR or RMSE that must have been measured. */
export function measured(value: number | undefined): number {
  return value ?? expect.fail('a measured picture');
}
