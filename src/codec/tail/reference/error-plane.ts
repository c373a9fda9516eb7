/** Errors of a prediction at coded samples, and what they are around a sample. docs/format.md, "Tail scales". */
import { f32 } from './float32.ts';
import { NEAR } from './neighbours.ts';
import type { SamplePlanes } from './sample-planes.ts';

const SEVENTH = f32(0.142857149);
const OWN_SHARE = f32(0.6);
const OTHER_SHARE = f32(0.4);

/** |x - prediction| in grey levels, 0 for samples that are not coded. */
export class ErrorPlane {
  /** Laid out like the planes. */
  readonly errors: Float32Array;
  readonly #near: Int32Array;

  constructor(planes: SamplePlanes) {
    this.errors = planes.zeros();
    this.#near = planes.offsets(NEAR.slice(0, 6));
  }

  /** Mean error around a sample, of its own colour; two fifths come from the colour before. */
  around(at: number, colour: number): number {
    const { errors } = this;
    const [left, above, aboveLeft, aboveRight, left2, above2] = this.#near;
    const nearest = f32(2 * f32(errors[at + left] + errors[at + above]));
    const corners = f32(errors[at + aboveLeft] + errors[at + aboveRight]);
    const far = f32(0.5 * f32(errors[at + left2] + errors[at + above2]));
    const mean = f32(f32(f32(nearest + corners) + far) * SEVENTH);
    return colour > 0 ? f32(f32(OWN_SHARE * mean) + f32(OTHER_SHARE * errors[at - 1])) : mean;
  }
}
