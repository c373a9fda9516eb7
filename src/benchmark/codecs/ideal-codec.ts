/** Computes the rates that our codec would have if each layer cost exactly its KL divergence. Makes no files. */

import { defined } from '../../base/defined.ts';
import { inlineExecutor } from '../../codec/executor/inline-executor.ts';
import type { LadderStep } from '../../codec/format/noise-ladder.ts';
import { coarsestLevel, type Levelled } from '../../codec/grid/geometry.ts';
import { ImagePyramid } from '../../codec/grid/image-pyramid.ts';
import { pictureOf } from '../../codec/grid/picture.ts';
import { idealTransport } from '../../codec/transport/ideal-transport.ts';
import { encodeWalk } from '../../codec/walk/encode-walk.ts';
import { WalkRun } from '../../codec/walk/walk-run.ts';
import { encodeSettings } from '../../coding/encoder/encode-settings.ts';
import { inlineEngine } from '../../coding/engine.ts';
import type { ColourImage } from '../../image/raw-image.ts';
import { useModel } from '../../node/models/model-cache.ts';
import type { DdpmSettings } from '../bench-types.ts';
import { pixelsId } from '../measure/measure-row.ts';
import type { Meter } from '../measure/meter.ts';
import type { BenchCodec, Coded } from './bench-codec.ts';
import { DdpmCodec, hasAllLayers } from './ddpm-codecs.ts';

/**
 * `ddpm-ideal`: exact Gaussian samples whose rate is their KL divergence, as assumed by Ho et al. 2020, section 4.3.
 */
export class IdealCodec extends DdpmCodec implements BenchCodec {
  readonly name = 'ddpm-ideal';
  readonly label = 'ddpm-codec, ideal channel';
  readonly kind = 'ideal';
  readonly lossy = true;
  readonly description = 'KL divergence of exact samples in the same loop: a computed rate without a header, no file';

  constructor(settings: DdpmSettings) {
    super(settings, ['effort', 'ladderStep', 'endSigma', 'backend']);
  }

  isComplete(settings: ReadonlySet<string>): boolean {
    return hasAllLayers(settings);
  }

  async *run(image: ColourImage, _done: ReadonlySet<string>, meter: Meter): AsyncGenerator<Coded, void, void> {
    const model = await useModel(this.settings.model, this.settings.backend);
    const source = { ...image, flat: inlineEngine(model).flat };
    const steps = stepsOf(this.settings, source);
    const run = new WalkRun(inlineExecutor(model, idealTransport(pixelsId(image))));
    const states = encodeWalk({ run, image: new ImagePyramid(source), seed: 0, steps });
    let bits = 0;
    let encodeSeconds = 0;
    for (;;) {
      const { value: next, seconds } = await meter.measure(() => states.next());
      encodeSeconds += seconds;
      if (next.done) return;
      const { layers, level, sigma, mean, tiles } = next.value;
      bits += tiles.reduce((sum, tile) => sum + tile.idealBits, 0);
      if (layers === 0) continue;
      const { data, width, height } = pictureOf(mean, level, image, image.channels);
      yield {
        setting: `layer ${layers}/${steps.length}`,
        layer: layers,
        level,
        sigma,
        bytes: bits / 8,
        fixedBytes: 0,
        encodeSeconds,
        decodeSeconds: null,
        peakRssBytes: meter.peakRssBytes,
        picture: { data, width, height, channels: image.channels },
      };
    }
  }

  async runAtBytes(): Promise<undefined> {
    return undefined;
  }
}

/** The ladder steps that `encode` takes with these settings. */
function stepsOf({ effort, ladderStep, endSigma }: DdpmSettings, image: Levelled): LadderStep[] {
  const { goal, stepEighths } = encodeSettings(defined({ effort, ladderStep, endSigma }), image);
  return goal.expectedSteps(coarsestLevel(image), stepEighths);
}
