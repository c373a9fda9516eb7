/** The ideal channel in our codec's own loop: what the layers would cost at exactly the KL divergence. It makes no file. */

import { type LadderStep, ladder, nominalLadder } from '../../codec/format/noise-ladder.ts';
import { coarsestLevel } from '../../codec/grid/geometry.ts';
import { pictureOf, planeOf } from '../../codec/grid/picture.ts';
import { idealChannel } from '../../codec/transport/ideal-transport.ts';
import { encodeWalk } from '../../codec/walk/encode-walk.ts';
import { settingsOf } from '../../coding/encoder/encode-settings.ts';
import type { ColourImage } from '../../image/raw-image.ts';
import { useModel } from '../../node/models/model-cache.ts';
import type { DdpmSettings } from '../bench-types.ts';
import { pixelsId } from '../measure/measure-row.ts';
import type { Meter } from '../measure/meter.ts';
import type { BenchCodec, Coded } from './bench-codec.ts';
import { DdpmCodec, given, hasAllLayers } from './ddpm-codecs.ts';

/** `ddpm-ideal`: exact Gaussian samples at the price of their KL divergence, as Ho et al. 2020, section 4.3, assume. */
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
    const steps = stepsOf(this.settings, image);
    const model = await useModel(this.settings.model, this.settings.backend);
    const channel = idealChannel(pixelsId(image));
    const states = encodeWalk({ image: planeOf(image), seed: 0, steps, model, channel });
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

/** The steps that `encode` takes with these settings. */
function stepsOf({ effort, ladderStep, endSigma }: DdpmSettings, image: ColourImage): LadderStep[] {
  const { goal, stepEighths } = settingsOf(given({ effort, ladderStep, endSigma }), image);
  const levels = coarsestLevel(image);
  if (goal.kind === 'position') return ladder(levels, stepEighths, goal.endPosition);
  if (goal.kind !== 'steps') throw new Error(`the goal is ${goal.kind}, expected one that names the steps`);
  const steps = nominalLadder(levels, stepEighths);
  return Array.from({ length: goal.count }, () => steps.next().value);
}
