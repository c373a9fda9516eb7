/** The channels and the sources of the comparison, with their settings. */
import type { Model } from 'ddpm-codec/model';
import { KODAK_PATHS, middleOf, readPictures } from '../pictures.ts';
import { aStarChannel } from './a-star.ts';
import { type Channel, type ChannelTile, SCHEMES } from './channel.ts';
import { chunkedChannel } from './chunked-channel.ts';
import { bestOf, minimalRandom, orderedRandom, poissonFunctional } from './pickers.ts';
import { ditheredChannel, type TrellisVariant, trellisChannel } from './product-channels.ts';
import { gaussianTile, layerTile, type Mixture, mixtureName } from './sources.ts';

/** Share of the chunks of the Poisson functional representation whose sample may not be the right one. */
const RISK = 1e-4;

/** The Poisson functional representation in chunks. */
export function poissonChannel(chunkBits: number): Channel {
  return chunkedChannel({
    scheme: 'PFR',
    reach: 'sample',
    chunkBits,
    picker: poissonFunctional(RISK),
    code: 'learned',
  });
}

/** Ordered random coding in chunks, of 2^(KL + excess) candidates. */
export function orderedChannel(chunkBits: number, excess: number): Channel {
  const detail = `N = 2^(KL + ${excess})`;
  return chunkedChannel({
    scheme: 'ORC',
    reach: 'near',
    chunkBits,
    picker: orderedRandom(excess),
    code: 'learned',
    detail,
  });
}

/** Minimal random coding in chunks, of 2^(chunkBits + excess) candidates. */
export function minimalChannel(chunkBits: number, excess: number): Channel {
  const detail = `N = 2^${chunkBits + excess}`;
  return chunkedChannel({
    scheme: 'MRC',
    reach: 'near',
    chunkBits,
    picker: minimalRandom(excess),
    code: { excess },
    detail,
  });
}

/** The best of 2^(chunkBits + excess) candidates in chunks. */
export function bestChannel(chunkBits: number, excess: number): Channel {
  const detail = `N = 2^${chunkBits + excess}`;
  return chunkedChannel({
    scheme: 'best of N',
    reach: 'near',
    chunkBits,
    picker: bestOf(excess),
    code: { excess },
    detail,
  });
}

/** Numbers of survivor paths. */
const WIDTHS = [128, 256, 512, 1024, 2048, 4096];
/** The width that is also measured in one pass, and by the reference in plain TypeScript. */
const COMPARED_WIDTH = 1024;

/** The trellis code at one setting, for any spending. */
export interface TrellisSetting {
  readonly width: number;
  readonly variant: TrellisVariant;
}

/** The settings of the trellis code. */
const TRELLIS: readonly TrellisSetting[] = [
  ...WIDTHS.map((width) => ({ width, variant: 'format' as const })),
  { width: COMPARED_WIDTH, variant: 'one pass' },
];
/** The same with the reference, which is slow where a coefficient has few bits. */
const TRELLIS_AND_REFERENCE: readonly TrellisSetting[] = [
  ...TRELLIS,
  { width: COMPARED_WIDTH, variant: 'one pass, plain TypeScript' },
];

/** Makes the trellis code of a setting. */
export function trellisOf({ width, variant }: TrellisSetting, spend: number): Channel {
  return trellisChannel(width, spend, variant);
}

/** What is sent, and by which channels beside the trellis code. */
export interface Source {
  readonly name: string;
  tiles(): Promise<ChannelTile[]>;
  /** Mixture of the coefficients; undefined for those of photographs. */
  readonly mixture?: Mixture;
  readonly trellis: readonly TrellisSetting[];
  readonly rivals: readonly Channel[];
}

/** Tiles of a source; standard errors come from the differences between them. */
const TILES = 12;

/** Channels in the order of tables; those of a scheme stay in theirs. */
function inOrder(channels: readonly Channel[]): Channel[] {
  return channels.toSorted((a, b) => SCHEMES.indexOf(a.scheme) - SCHEMES.indexOf(b.scheme));
}

/** A source of the Gaussian model. */
function gaussianSource(
  mixture: Mixture,
  n: number,
  rivals: readonly Channel[],
  trellis: readonly TrellisSetting[] = TRELLIS,
): Source {
  const tiles = async (): Promise<ChannelTile[]> =>
    Array.from({ length: TILES }, (_, tile) => gaussianTile(n, mixture, tile));
  return { name: mixtureName(mixture), mixture, tiles, trellis, rivals: inOrder([ditheredChannel(), ...rivals]) };
}

/** The source of real targets: a layer of the middle of each Kodak photograph, of SIDE x SIDE pixels. */
const LAYER = 9;
const SIDE = 128;

/** Settings for sources of every kind. */
function usualRivals(): Channel[] {
  return [aStarChannel(0), orderedChannel(4, 4), orderedChannel(8, 2), minimalChannel(8, 2), bestChannel(8, 1)];
}

/** Longer chunks and more candidates, where they can be had. */
function longRivals(): Channel[] {
  return [orderedChannel(8, 4), minimalChannel(8, 4), bestChannel(12, 1)];
}

/**
 * The sources. What a chunk costs depends on its coefficients, not on its bits alone, so that the exact channels can have longer chunks
 * where a coefficient has more bits.
 */
export function sourcesOf(model: () => Promise<Model>): Source[] {
  return [
    gaussianSource([{ share: 1, rho: 0.05 }], 98_304, [poissonChannel(2), ...usualRivals()]),
    gaussianSource(
      [{ share: 1, rho: 0.5 }],
      12_288,
      [
        ...[2, 4].map(poissonChannel),
        bestChannel(4, 1),
        ...usualRivals(),
        aStarChannel(2),
        ...longRivals(),
        orderedChannel(12, 2),
      ],
      TRELLIS_AND_REFERENCE,
    ),
    gaussianSource(
      [{ share: 1, rho: 3 }],
      3072,
      [
        ...[2, 4, 6].map(poissonChannel),
        bestChannel(4, 1),
        ...usualRivals(),
        ...[2, 4, 6].map(aStarChannel),
        ...longRivals(),
        orderedChannel(12, 2),
      ],
      TRELLIS_AND_REFERENCE,
    ),
    gaussianSource(
      [{ share: 1, rho: 15 }],
      1536,
      [
        ...[4, 6, 8].map(poissonChannel),
        bestChannel(4, 1),
        ...usualRivals(),
        ...[4, 6, 8].map(aStarChannel),
        ...longRivals(),
      ],
      TRELLIS_AND_REFERENCE,
    ),
    gaussianSource(
      [
        { share: 0.1, rho: 3 },
        { share: 0.9, rho: 0.02 },
      ],
      30_720,
      [poissonChannel(2), ...usualRivals()],
    ),
    {
      name: 'photographs',
      trellis: TRELLIS,
      rivals: inOrder([ditheredChannel(), ...usualRivals(), bestChannel(12, 1)]),
      async tiles() {
        const tiles: ChannelTile[] = [];
        for (const [i, picture] of (await readPictures(KODAK_PATHS, KODAK_PATHS.length)).entries())
          tiles.push(await layerTile(middleOf(picture, SIDE), LAYER, await model(), i));
        return tiles;
      },
    },
  ];
}
