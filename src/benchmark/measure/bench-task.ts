/** A task of the benchmark: codes one image with one codec. Runs in a worker process or in the calling process. */

import type { ColourImage } from '../../image/raw-image.ts';
import type { BenchImage, CodecName, DdpmSettings, Row } from '../bench-types.ts';
import type { BenchCodec } from '../codecs/bench-codec.ts';
import { benchCodec } from '../codecs/codec-list.ts';
import { loadImage } from './bench-images.ts';
import { type Crop, codedCrop, cropsAtBytes } from './crops.ts';
import { pixelsId, rowOf } from './measure-row.ts';
import { Meter } from './meter.ts';
import type { NetworkFiles } from './network-files.ts';
import { type Score, scoreHere } from './network-scores.ts';

/** Describes a task. It can be sent to another process. */
export interface Task {
  readonly codec: CodecName;
  readonly settings: DdpmSettings;
  readonly networks: NetworkFiles;
  readonly version: string;
  readonly image: BenchImage;
  /** Settings whose rows exist. */
  readonly done: readonly string[];
  /**
   * Results to produce. `rows`: rows of all settings that are not done; `rows and crops`: also a crop for each of them;
   * a list of numbers: no rows, but a crop at each of these file sizes in bytes.
   */
  readonly wanted: 'rows' | 'rows and crops' | readonly number[];
}

/** One result of a task. */
export type Result = { readonly row: Row } | { readonly crop: Crop };

/** Side of the picture that is coded once before measurements. */
const WARM_UP_SIDE = 32;
const codecs = new Map<string, Promise<BenchCodec>>();

/**
 * Codes a small picture, so that code and model are loaded and the JavaScript engine has compiled the hot functions.
 */
async function warmUp(codec: BenchCodec): Promise<BenchCodec> {
  const data = Uint8Array.from({ length: WARM_UP_SIDE ** 2 * 3 }, (_, i) => (i * i) >> 7);
  const image: ColourImage = { data, width: WARM_UP_SIDE, height: WARM_UP_SIDE, channels: 3 };
  for await (const _ of codec.run(image, new Set(), new Meter()));
  return codec;
}

/** Returns the codec of a task after its warm-up. */
function warmCodec({ codec: name, settings }: Task): Promise<BenchCodec> {
  const key = JSON.stringify([name, settings]);
  let codec = codecs.get(key);
  if (!codec) {
    codec = warmUp(benchCodec(name, settings));
    codecs.set(key, codec);
  }
  return codec;
}

/**
 * Performs a task.
 *
 * @param score - where networks run
 * @throws DdpmError if the image or the model cannot be read
 * @throws errors of the codec
 */
export async function* work(task: Task, score: Score = scoreHere): AsyncGenerator<Result, void, void> {
  const codec = await warmCodec(task);
  const image = await loadImage(task.image);
  const { name } = task.image;
  const meter = new Meter();
  if (typeof task.wanted === 'object') {
    for await (const crop of cropsAtBytes(name, image, { codec, sizes: task.wanted, meter })) yield { crop };
    return;
  }
  const subject = { name, image, codec, version: task.version, pixels: pixelsId(image) };
  for await (const coded of codec.run(image, new Set(task.done), meter)) {
    const scores = await score({ files: task.networks, original: image, picture: coded.picture });
    yield { row: rowOf(subject, coded, scores) };
    if (task.wanted === 'rows') continue;
    yield { crop: await codedCrop(name, image, { codec, allowedBytes: coded.bytes, coded }) };
  }
}
