/** What is sent: targets of the Gaussian model, and those of a layer of photographs. */
import type { RawImage } from 'ddpm-codec';
import {
  coarsestLevel,
  encodeWalk,
  ImagePyramid,
  idealTransport,
  inlineExecutor,
  nominalLadder,
  type Sender,
  type TransportProblem,
  WalkRun,
} from 'ddpm-codec/codec';
import type { Model } from 'ddpm-codec/model';
import seedrandom from 'seedrandom';
import { FLAT_SPECTRUM } from '#dist/codec/trellis/bit-allocation.js';
import type { ChannelTile } from './channel.ts';

/** Parts of the coefficients, each with its share and its signal-to-noise ratio rho = 1/r - 1. */
export type Mixture = readonly { readonly share: number; readonly rho: number }[];

/** Coefficients of a block, and the least unit of a tile. */
const BLOCK = 192;

/** A name for each mixture: `rho 0.5`, `10 % rho 3, 90 % rho 0.02`. */
export function mixtureName(mixture: Mixture): string {
  return mixture.map(({ share, rho }) => `${share === 1 ? '' : `${100 * share} % `}rho ${rho}`).join(', ');
}

/** Makes a tile whose targets have the distribution that the model predicts: a ~ N(0, 1 - r). */
export function gaussianTile(n: number, mixture: Mixture, tile: number): ChannelTile {
  const random = seedrandom(`channels/${mixtureName(mixture)}/${tile}`);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const residualVariance = Float32Array.from({ length: n }, () => {
    const u = random();
    let part = 0;
    for (let above = mixture[0].share; u >= above && part < mixture.length - 1; above += mixture[part].share) part++;
    return 1 / (1 + mixture[part].rho);
  });
  const target = residualVariance.map((r) => Math.sqrt(1 - r) * normal());
  return { target, residualVariance, key: { seed: 1, layer: 1, tile }, spectrum: FLAT_SPECTRUM, blocksWide: n / BLOCK };
}

/** Default ladder step of the codec for photographs, in 1/8 of log-SNR. */
const LADDER_EIGHTHS = 8;

/**
 * Targets of one layer of a picture, as the encoder has them: the walk sends the layers before it by the ideal channel.
 *
 * @param layer - number of the layer, from 0
 */
export async function layerTile(picture: RawImage, layer: number, model: Model, seed: number): Promise<ChannelTile> {
  if (picture.channels !== 3) throw new Error('the picture must be RGB');
  const image = { ...picture, channels: 3 as const };
  const ideal = idealTransport(`channels/${seed}`);
  const tiles: ChannelTile[] = [];
  const sender: Sender = {
    name: ideal.name,
    convey(problem: TransportProblem) {
      const { target, residualVariance, key, spectrum, blocksWide } = problem;
      tiles.push({ target: target.slice(), residualVariance, key: { ...key, seed }, spectrum, blocksWide });
      return ideal.convey(problem);
    },
  };
  const run = new WalkRun(inlineExecutor(model, sender));
  const steps = nominalLadder(coarsestLevel(picture), LADDER_EIGHTHS);
  for await (const { layers } of encodeWalk({ run, image: new ImagePyramid(image), seed, steps })) {
    if (layers > layer) break;
  }
  const found = tiles.at(-1);
  if (!found || found.key.layer !== layer) throw new Error(`layer ${layer} has not been one tile`);
  return found;
}
