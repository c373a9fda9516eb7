/** One run of the encoder, whatever ends it. */

import type { Chunks } from '../codec/chunks.ts';
import { type EncodedTile, type EncodeWalkState, encodeWalk } from '../codec/encode-walk.ts';
import { coarsestLevel } from '../codec/geometry.ts';
import type { Header } from '../codec/header.ts';
import { endingAt, type LadderStep, LOWEST_POSITION, ladder, nominalLadder, position } from '../codec/ladder.ts';
import { pictureOf, planeOf } from '../codec/picture.ts';
import type { Resume } from '../codec/reverse-walk.ts';
import { StreamWriter, streamStart } from '../codec/stream.ts';
import { trellisChannel } from '../codec/trellis/channel.ts';
import { type Distortion, distortion } from '../image/metrics.ts';
import type { Model } from '../model/denoiser.ts';
import type { Settings } from './encode-settings.ts';
import type { ColourImage } from './pixels.ts';
import { lowestIndex, mustEnd, type Plan } from './rate-control.ts';
import { Checkpoints, Stopwatch, timedModel } from './run.ts';
import type { EncodeOptions } from './types.ts';

const CHECKSUM_PIXELS = 128 * 128;
/** Rounds of the search for a PSNR at most, and how near it must come, in dB. */
const FIT_ROUNDS = 40;
const FIT_TOLERANCE = 0.05;

/** The index nearest to `wanted` at which the step can end and that has not been tried. */
function untriedNear(wanted: number, step: LadderStep, tried: ReadonlySet<number>): number | undefined {
  const lowest = lowestIndex(step);
  const free = (index: number): boolean => index >= lowest && index < step.fromIndex && !tried.has(index);
  for (let distance = 0; distance <= step.fromIndex - lowest; distance++) {
    if (free(wanted + distance)) return wanted + distance;
    if (free(wanted - distance)) return wanted - distance;
  }
  return undefined;
}

/** Everything of the header but where the stream ends. */
type HeaderStart = Omit<Header, 'endPosition' | 'freeEnd' | 'chunks'>;

/** What is encoded, and how. */
export interface EncodingTask {
  readonly colour: ColourImage;
  /** Alpha and metadata. */
  readonly chunks: Chunks;
  readonly settings: Settings;
  readonly model: Model;
}

function headerStart(image: ColourImage, settings: Settings, model: Model): HeaderStart {
  const { width, height } = image;
  return {
    width,
    height,
    grey: image.channels === 1,
    checksums: width * height >= CHECKSUM_PIXELS,
    model: model.id,
    stepEighths: settings.stepEighths,
    seed: settings.seed,
  };
}

/** Tiles as the container wants them; the trellis channel always gives bits. */
function packedTiles(tiles: readonly EncodedTile[]): { bits: number; packed: Uint8Array }[] {
  return tiles.map(({ bits, packed }) => {
    if (!packed) throw new Error('a channel that only computes cannot make a stream');
    return { bits, packed };
  });
}

/** A coded layer, and the picture after it. */
export interface Layer {
  readonly step: LadderStep;
  readonly tiles: readonly EncodedTile[];
  readonly picture: Distortion;
}

/** One run of the encoder: walks down the ladder and writes layers. */
export class Encoding {
  readonly colour: ColourImage;
  readonly chunks: Chunks;
  readonly settings: Settings;
  readonly start: HeaderStart;
  readonly writer: StreamWriter;
  readonly layers: Layer[] = [];
  readonly endBits: number[] = [];
  readonly network: Stopwatch = new Stopwatch();
  readonly search: Stopwatch = new Stopwatch();
  freeEnd = false;
  readonly #walk: Parameters<typeof encodeWalk>[0];
  readonly #checkpoints: Checkpoints;

  constructor({ colour, chunks, settings, model }: EncodingTask, options: EncodeOptions) {
    this.colour = colour;
    this.chunks = chunks;
    this.settings = settings;
    this.start = headerStart(colour, settings, model);
    this.writer = new StreamWriter(this.start);
    const trellis = trellisChannel({ beamWidth: settings.beamWidth });
    const convey: typeof trellis.convey = (problem) => this.search.time(() => trellis.convey(problem));
    this.#walk = {
      image: planeOf(colour),
      seed: settings.seed,
      steps: nominalLadder(coarsestLevel(colour), settings.stepEighths),
      model: timedModel(model, this.network),
      channel: { ...trellis, convey },
    };
    this.#checkpoints = new Checkpoints('encode', this.#expectedSteps(), options);
  }

  /** The steps that the run will probably take: exact unless the goal is a rate or a quality. */
  #expectedSteps(): LadderStep[] {
    const { goal, stepEighths } = this.settings;
    const levels = coarsestLevel(this.colour);
    if (goal.kind === 'position') return ladder(levels, stepEighths, goal.endPosition);
    if (goal.kind !== 'steps') return ladder(levels, stepEighths, LOWEST_POSITION);
    const steps = nominalLadder(levels, stepEighths);
    return Array.from({ length: goal.count }, () => steps.next().value);
  }

  /** Length of header and chunks if the stream ends at a position of its own. */
  startBytes(): number {
    return streamStart({ ...this.start, endPosition: 0, freeEnd: true }, this.chunks).length;
  }

  /** The header if the stream ends here. */
  header(): Omit<Header, 'chunks'> {
    const last = this.layers[this.layers.length - 1].step;
    return { ...this.start, endPosition: position(last.level, last.toIndex), freeEnd: this.freeEnd };
  }

  #picture(state: EncodeWalkState): Distortion {
    const { colour } = this;
    return distortion(pictureOf(state.mean, state.level, colour, colour.channels).data, colour.data);
  }

  write(layer: Layer): void {
    const last = this.freeEnd;
    this.writer.addLayer(layer.step, packedTiles(layer.tiles), last);
    this.layers.push(layer);
    this.endBits.push(this.writer.length);
  }

  /** Walks until the plan ends it. */
  async walk(plan: Plan, freeEnd: boolean): Promise<void> {
    let ended = false;
    const watched: Plan = (cost) => {
      const last = plan(cost);
      ended = last !== undefined && last !== 'stop';
      return last;
    };
    for await (const state of encodeWalk({ ...this.#walk, plan: watched, freeEnd })) {
      if (state.step) {
        this.freeEnd = freeEnd && ended;
        this.write({ step: state.step, tiles: state.tiles, picture: this.#picture(state) });
      }
      await this.#checkpoints.pass(state.layers);
    }
  }

  /** Walks until the picture is good enough, then takes the last step again until it fits the goal. */
  async walkToPsnr(goal: number): Promise<void> {
    let before: EncodeWalkState | undefined;
    let psnrBefore = 0;
    for await (const state of encodeWalk(this.#walk)) {
      const picture = this.#picture(state);
      if (state.step && before) {
        const layer = { step: state.step, tiles: state.tiles, picture };
        if (picture.psnr >= goal || mustEnd(layer.step)) {
          await this.#fit(layer, before, psnrBefore, goal);
          return;
        }
        this.write(layer);
      }
      before = { ...state, state: { ...state.state, data: state.state.data.slice() } };
      psnrBefore = picture.psnr;
      await this.#checkpoints.pass(state.layers);
    }
  }

  /**
   * Ends a layer where the PSNR is `goal`: the secant method on the noise index, and then the indices around, since the PSNR of a
   * small picture jumps by some tenths of a dB from one index to the next. The state before the layer is kept.
   */
  async #fit(nominal: Layer, before: EncodeWalkState, psnrBefore: number, goal: number): Promise<void> {
    const { layers: layer, state, posterior } = before;
    const { step } = nominal;
    const resume: Resume = { layer, state, posterior };
    const retake = (index: number): Promise<Layer> => this.#retake(step, endingAt(step, index), resume);
    const error = ({ picture }: Layer): number => Math.abs(picture.psnr - goal);
    let best = mustEnd(step) ? { layer: await retake(lowestIndex(step)), free: true } : { layer: nominal, free: false };
    let low = { index: step.fromIndex, psnr: psnrBefore };
    let high = { index: best.layer.step.toIndex, psnr: best.layer.picture.psnr };
    const tried = new Set([low.index, high.index]);
    for (let i = 0; i < FIT_ROUNDS && error(best.layer) > FIT_TOLERANCE; i++) {
      const share = (goal - low.psnr) / (high.psnr - low.psnr);
      const index = untriedNear(Math.round(low.index + share * (high.index - low.index)), step, tried);
      if (index === undefined) break;
      tried.add(index);
      const again = await retake(index);
      if (error(again) < error(best.layer)) best = { layer: again, free: true };
      const point = { index, psnr: again.picture.psnr };
      if (point.psnr < goal && index < low.index) low = point;
      if (point.psnr >= goal && index > high.index) high = point;
    }
    this.freeEnd = best.free;
    this.write(best.layer);
  }

  async #retake(nominal: LadderStep, step: LadderStep, resume: Resume): Promise<Layer> {
    let layer: Layer | undefined;
    const again = { ...this.#walk, steps: [nominal], plan: () => step, freeEnd: true, resume };
    for await (const state of encodeWalk(again)) {
      if (state.step) layer = { step: state.step, tiles: state.tiles, picture: this.#picture(state) };
    }
    if (!layer) throw new Error('a resumed walk takes its step');
    return layer;
  }

  /** The stream. */
  bytes(): Uint8Array {
    return this.writer.bytes(this.header(), this.chunks);
  }
}
