/** One run of the encoder, whatever ends it. */

import { crc32 } from '../../base/crc.ts';
import type { Chunks } from '../../codec/format/chunks.ts';
import type { Header } from '../../codec/format/header.ts';
import {
  endingAt,
  type LadderStep,
  LOWEST_POSITION,
  ladder,
  nominalLadder,
  position,
} from '../../codec/format/noise-ladder.ts';
import { StreamWriter, streamStart } from '../../codec/format/stream.ts';
import { coarsestLevel } from '../../codec/grid/geometry.ts';
import { Target } from '../../codec/grid/image-pyramid.ts';
import { squaredError } from '../../codec/grid/picture.ts';
import type { Plane } from '../../codec/grid/plane.ts';
import { encodeTail, type TailPosterior } from '../../codec/tail/tail.ts';
import type { TailSection } from '../../codec/tail/tail-section.ts';
import { type EncodedTile, type EncodeWalkState, encodeWalk } from '../../codec/walk/encode-walk.ts';
import type { Resume } from '../../codec/walk/reverse-walk.ts';
import { type Distortion, distortionOf } from '../../image/distortion.ts';
import type { ColourImage } from '../../image/raw-image.ts';
import type { Engine } from '../engine.ts';
import { AttendedExecutor, Checkpoints } from '../run-options.ts';
import type { EncodeOptions } from './encode-options.ts';
import type { Settings } from './encode-settings.ts';
import { lowestIndex, mustEnd, type Plan } from './rate-control.ts';
import { TakeoverSearch, tailPosterior } from './takeover.ts';

/** A tail takes over before this position (sigma 1/8) in most pictures; only progress depends on it. */
const LIKELY_TAKEOVER = -768;
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
  readonly engine: Engine;
}

function headerStart(image: ColourImage, settings: Settings, { modelId: model, flat }: Engine): HeaderStart {
  const { width, height } = image;
  return {
    width,
    height,
    grey: image.channels === 1,
    checksums: width * height >= CHECKSUM_PIXELS,
    model,
    stepEighths: settings.stepEighths,
    seed: settings.seed,
    ...(flat && { flat }),
    ...(settings.channel === 'dithered' && { dithered: true }),
  };
}

/** Tiles as the container wants them; the channels of streams always give bits. */
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

/** Copy of a state from which a layer can be taken again; its memory is used again for the next one of the same size. */
class Snapshot {
  #state: Plane | undefined;
  #mean: Plane | undefined;

  take({ layers, state, posterior }: EncodeWalkState): Resume {
    this.#state = copyPlane(state, this.#state);
    this.#mean = copyPlane(posterior.mean, this.#mean);
    return { layer: layers, state: this.#state, posterior: { ...posterior, mean: this.#mean } };
  }
}

function copyPlane(plane: Plane, into: Plane | undefined): Plane {
  if (into?.data.length !== plane.data.length) return { ...plane, data: plane.data.slice() };
  into.data.set(plane.data);
  return { ...plane, data: into.data };
}

/** One run of the encoder: walks down the ladder and writes layers. */
export class Encoding {
  readonly colour: ColourImage;
  readonly chunks: Chunks;
  readonly settings: Settings;
  readonly start: HeaderStart;
  writer: StreamWriter;
  readonly layers: Layer[] = [];
  readonly endBits: number[] = [];
  readonly executor: AttendedExecutor;
  freeEnd = false;
  /** The lossless end, once it is coded. */
  tail: TailSection | undefined;
  readonly #walk: Parameters<typeof encodeWalk>[0];
  readonly #checkpoints: Checkpoints;

  constructor({ colour, chunks, settings, engine }: EncodingTask, options: EncodeOptions) {
    this.colour = colour;
    this.chunks = chunks;
    this.settings = settings;
    this.start = headerStart(colour, settings, engine);
    this.writer = new StreamWriter(this.start);
    this.executor = new AttendedExecutor(engine.executor(settings.beamWidth ?? undefined), options);
    this.#walk = {
      image: new Target({ ...colour, flat: engine.flat }),
      seed: settings.seed,
      steps: nominalLadder(coarsestLevel(this.start), settings.stepEighths),
      executor: this.executor,
      tail: settings.lossless ? (settings.goal.kind === 'smallest' ? 'all' : 'last') : undefined,
      dithered: settings.channel === 'dithered',
    };
    this.#checkpoints = new Checkpoints('encode', this.#expectedSteps(), options, settings.lossless);
  }

  /** The steps that the run will probably take: exact unless the goal is a rate or a quality. */
  #expectedSteps(): LadderStep[] {
    const { goal, stepEighths } = this.settings;
    const levels = coarsestLevel(this.start);
    if (goal.kind === 'position') return ladder(levels, stepEighths, goal.endPosition);
    if (goal.kind === 'smallest') return ladder(levels, stepEighths, LIKELY_TAKEOVER);
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
    return distortionOf(squaredError(state.mean, state.level, this.colour), this.colour.data.length);
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
    const watched: Plan = async (cost) => {
      const last = await plan(cost);
      ended = last !== undefined && last !== 'stop';
      return last;
    };
    let end: EncodeWalkState | undefined;
    for await (const state of encodeWalk({ ...this.#walk, plan: watched, freeEnd })) {
      end = state;
      if (state.step) {
        this.freeEnd = freeEnd && ended;
        this.write({ step: state.step, tiles: state.tiles, picture: this.#picture(state) });
      }
      await this.#checkpoints.pass(state.layers);
    }
    if (this.settings.lossless && end) this.tail = await this.#codeTail(tailPosterior(end));
  }

  /** Walks until a tail makes the file smallest, and codes it. */
  async walkToSmallest(): Promise<void> {
    const search = new TakeoverSearch(this.colour);
    for await (const state of encodeWalk(this.#walk)) {
      if (state.step) this.write({ step: state.step, tiles: state.tiles, picture: this.#picture(state) });
      await this.#checkpoints.pass(state.layers);
      if (search.done(state, this.writer.length)) break;
    }
    if (!search.best) throw new Error('a walk comes to states of the full size');
    this.#keepLayers(search.layers);
    this.tail = await this.#codeTail(search.best);
  }

  /** Takes back the layers after the first `count`. */
  #keepLayers(count: number): void {
    const kept = this.layers.splice(0).slice(0, count);
    this.endBits.length = 0;
    this.writer = new StreamWriter(this.start);
    for (const layer of kept) this.write(layer);
  }

  async #codeTail(posterior: TailPosterior): Promise<TailSection> {
    const { data: pixels, height } = this.colour;
    const coder = encodeTail(pixels, this.colour, posterior);
    const data = await this.#checkpoints.drainTail(coder, height);
    return { checksum: crc32(Uint8Array.from(pixels)), data };
  }

  /** Walks until the picture is good enough, then takes the last step again until it fits the goal. */
  async walkToPsnr(goal: number): Promise<void> {
    const snapshot = new Snapshot();
    let before: Resume | undefined;
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
      before = snapshot.take(state);
      psnrBefore = picture.psnr;
      await this.#checkpoints.pass(state.layers);
    }
  }

  /**
   * Ends a layer where the PSNR is `goal`: the secant method on the noise index, and then the indices around, since the PSNR of a
   * small picture jumps by some tenths of a dB from one index to the next. The state before the layer is kept.
   */
  async #fit(nominal: Layer, before: Resume, psnrBefore: number, goal: number): Promise<void> {
    const { step } = nominal;
    const retake = (index: number): Promise<Layer> => this.#retake(step, endingAt(step, index), before);
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
    return this.writer.bytes(this.header(), this.chunks, this.tail);
  }
}
