/**
 * Makes the golden vectors: small .ddpm files, and vectors.json with the values that a decoder must find in them.
 * Making a file again changes the format, which requires a new format version and a BREAKING line in CHANGELOG.md.
 * Makes only the files named, all with --all, or, without names, those that do not exist. vectors.json always describes all
 * files.
 *
 *     npx tsc -p tsconfig.fuzz.json && node .scratch/test/vectors/make-vectors.js [--all] [NAME...]
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { FORMAT_MODEL } from '../../src/codec/format/default-model.ts';
import { NODE, openInlineEngine } from '../../src/node/node-platform.ts';
import { prepareEncode } from '../../src/coding/encoder/encoder.ts';
import type { EncodeOptions } from '../../src/coding/encoder/encode-options.ts';
import type { RawImage } from '../../src/image/raw-image.ts';
import { concatBytes } from '../../src/base/concat-bytes.ts';
import { crc8 } from '../../src/base/crc.ts';
import { parseStream } from '../../src/codec/format/stream-parser.ts';
import { describeStream, type StreamDescription } from '../support/describe-stream.ts';
import { MODEL_PATH } from '../support/model-files.ts';
import { kodakCrop, noisePicture } from '../support/pictures.ts';

/** Reads the first CIFAR-10 test image; the record is a label and three planes. */
function cifarImage(): RawImage {
  const record = readFileSync('test/images/cifar10-test-128.bin').subarray(1, 3073);
  const data = Uint8Array.from({ length: 3072 }, (_, i) => record[(i % 3) * 1024 + Math.floor(i / 3)]);
  return { data, width: 32, height: 32, channels: 3 };
}

/** Pixels of pure green and pure purple by turns, which are far from what the model expects. */
function checkerboard(width: number, height: number): RawImage {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return (x + y + (i % 3)) % 2 === 0 ? 255 : 0;
  });
  return { data, width, height, channels: 3 };
}

/** A crop with a disc cut out, and arbitrary bytes as metadata. */
async function alphaImage(): Promise<RawImage> {
  const { data, width, height } = await kodakCrop(12, 10);
  const rgba = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [(i % width) - 6, Math.floor(i / width) - 5];
    rgba.set([data[3 * i], data[3 * i + 1], data[3 * i + 2], Math.max(0, 255 - 8 * (x * x + y * y))], 4 * i);
  }
  const bytes = (length: number, factor: number): Uint8Array =>
    Uint8Array.from({ length }, (_, i) => (i * factor) & 255);
  const xmp = new TextEncoder().encode('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>');
  return { data: rgba, width, height, channels: 4, metadata: { icc: bytes(60, 7), exif: bytes(40, 11), xmp } };
}

async function encoded(image: RawImage, options: EncodeOptions, flat = false): Promise<Uint8Array> {
  const { run } = await prepareEncode(async () => image, { ...options, model: MODEL_PATH }, NODE);
  const { data } = await run(async (...args) => {
    const engine = await openInlineEngine(...args);
    return flat ? { ...engine, flat } : engine;
  });
  return data;
}

/**
 * The stream of a square picture whose header contains all optional fields, and numbers that are longer than necessary.
 */
async function longForms(): Promise<Uint8Array> {
  const data = await encoded(await kodakCrop(16, 16), { endSigma: 0.3, ladderStep: 1.5 });
  const { startBytes, header } = parseStream(data);
  const end = 64 + header.endPosition + 2048;
  const long = (value: number): number[] => [value & 127 | 128, (value >> 7) & 127 | 128, 0];
  const model = header.model.match(/../g)?.map((digits) => Number.parseInt(digits, 16)) ?? [];
  const fields = Uint8Array.of(0xdd, 0x81, 0x03, ...model, ...long(16), ...long(16), 12, ...long(0), ...long(end));
  return concatBytes(fields, Uint8Array.of(crc8(fields)), data.subarray(startBytes));
}

const FAST = { effort: 1, endSigma: 0.3 } as const;

/**
 * The vectors cover every flag of the header, both transports, both kinds of end, several tiles and several levels, gains,
 * and both kinds of tail.
 */
const FILES: Readonly<Record<string, () => Promise<Uint8Array>>> = {
  '32x32': async () => encoded(cifarImage(), {}),
  '17x5-grey': async () => encoded(await kodakCrop(17, 5, 1), {}),
  '40x72-ladder-1-seed-9': async () => encoded(await kodakCrop(40, 72), { ladderStep: 1, seed: 9, endSigma: 0.1 }),
  '160x144-checksums': async () => encoded(await kodakCrop(160, 144), { effort: 1, endSigma: 0.2 }),
  '272x64-tiles': async () => encoded(await kodakCrop(272, 64), { effort: 1, endSigma: 0.6 }),
  '64x72-flat': async () => encoded(await kodakCrop(64, 72), { effort: 1, endSigma: 0.5 }, true),
  '12x10-alpha-metadata': async () => encoded(await alphaImage(), FAST),
  '16x16-long-forms': longForms,
  '16x12-tail': async () => encoded(await kodakCrop(16, 12), { ...FAST, lossless: true }),
  '24x16-grey-tail': async () => encoded(await kodakCrop(24, 16, 1), { effort: 1, lossless: true }),
  '24x16-gains': async () => encoded(checkerboard(24, 16), FAST),
  '12x10-stored-tail': async () => encoded(noisePicture(12, 10, 3), { effort: 1, lossless: true }),
  '32x32-dithered': async () => encoded(cifarImage(), { transport: 'dithered' }),
  '16x12-dithered': async () => encoded(await kodakCrop(16, 12), { transport: 'dithered', endSigma: 0.1 }),
};

const named = process.argv.slice(2);
const described: Record<string, StreamDescription> = {};
for (const [name, make] of Object.entries(FILES)) {
  const path = `test/vectors/${name}.ddpm`;
  if (named.includes(name) || named.includes('--all') || !existsSync(path)) writeFileSync(path, await make());
  described[name] = await describeStream(new Uint8Array(readFileSync(path)));
}
const maker = `make-vectors.ts, Node ${process.version}, ${FORMAT_MODEL.name}, wasm backend`;
writeFileSync('test/vectors/vectors.json', `${JSON.stringify({ maker, files: described }, null, 2)}\n`);
