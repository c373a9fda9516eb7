/** Makes the report of `encode`. */
import { streamTransport } from '../../codec/executor/open-transport.ts';
import { FORMAT_VERSION } from '../../codec/format/header.ts';
import { layerRates } from '../../codec/format/layer-rates.ts';
import type { TailSection } from '../../codec/tail/tail-section.ts';
import type { Distortion } from '../../image/distortion.ts';
import { channelsOf } from '../picture-chunks.ts';
import { type EncodeInfo, tailInfo, tailSigma } from '../stream-info.ts';
import type { EncoderRun } from './encoder-run.ts';
import type { StreamDraft } from './stream-draft.ts';

type DistortionInfo = Pick<Distortion, 'rmse' | 'psnr'>;

/** Distortion of a picture that is equal to the input. */
const EXACT: DistortionInfo = { rmse: 0, psnr: Number.POSITIVE_INFINITY };

/** The part of `info` that follows from the stream. */
export type EncodeReport = Omit<EncodeInfo, 'backend' | 'arithmetic' | 'beamWidth' | 'warnings' | 'timing'>;

/** A finished stream. */
export interface FinishedStream {
  readonly draft: StreamDraft;
  readonly tail: TailSection | undefined;
  /** Length of the stream in bytes. */
  readonly bytes: number;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** What a report says of a picture; nothing if it was not measured. */
function distortionInfo(picture: DistortionInfo | undefined): Partial<DistortionInfo> {
  return picture ? { rmse: picture.rmse, psnr: picture.psnr } : {};
}

/** The part of the report that follows from the stream. */
export function encodeReport(
  { image, chunks }: Pick<EncoderRun, 'image' | 'chunks'>,
  { draft, tail, bytes }: FinishedStream,
): EncodeReport {
  const { width, height, channels: colours } = image;
  const { layers } = draft;
  const header = draft.header(tail);
  const headerBytes = draft.startBytes(chunks, tail);
  const steps = layers.map(({ step }) => step);
  const ends = draft.endBits.map((bits) => headerBytes * 8 + bits);
  const rates = layerRates({ headerBytes, width, height, channels: colours }, steps, ends);
  const idealBits = layers.map(({ tiles }) => sum(tiles.map((tile) => tile.idealBits)));
  const last = layers[layers.length - 1];
  const start = Math.ceil((ends[ends.length - 1] ?? 0) / 8);
  const bpp = (bytes * 8) / (width * height);
  return {
    width,
    height,
    channels: channelsOf(colours, chunks),
    bytes,
    headerBytes,
    bpp,
    bitsPerDim: bpp / colours,
    idealBits: sum(idealBits),
    actualBits: sum(rates.map((rate) => rate.actualBits)),
    ...distortionInfo(tail ? EXACT : last.picture),
    model: header.model,
    seed: header.seed,
    formatVersion: FORMAT_VERSION,
    ladderStep: header.stepEighths / 8,
    transport: streamTransport(header),
    layers: rates.map((rate, i) => ({ ...rate, idealBits: idealBits[i], ...distortionInfo(layers[i].picture) })),
    tail: tail ? tailInfo({ start, end: bytes }, tailSigma(steps)) : null,
  };
}
