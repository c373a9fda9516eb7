/** Streams in Node: sharp, zlib, and models from files. */
import { deflateRawSync, deflateSync, inflateRawSync, inflateSync } from 'node:zlib';
import { crc32 } from '../codec/crc.ts';
import { readGreyPng } from '../image/grey-png.ts';
import { readImage, writeImage } from '../image/sharp-io.ts';
import { inlineEngine, type OpenEngine } from './engine.ts';
import { modelForStream } from './model-folder.ts';
import { useModel } from './models.ts';
import type { Platform } from './platform.ts';

const PNG_TOOLS = {
  crc32,
  deflate: async (bytes: Uint8Array) => new Uint8Array(deflateSync(bytes)),
  inflate: async (bytes: Uint8Array, limitBytes: number) =>
    new Uint8Array(inflateSync(bytes, { maxOutputLength: limitBytes })),
};

/** Sharp and zlib. */
export const NODE: Platform = {
  readImage,
  writeGreyPng: (plane) => writeImage({ ...plane, channels: 1 }, 'png'),
  // Not by sharp: what a stranger says is an alpha plane must not reach the decoders of a dozen formats.
  readGreyPng: (bytes, limitPixels) => readGreyPng(bytes, limitPixels, PNG_TOOLS),
  deflateRaw: async (bytes) => deflateRawSync(bytes, { level: 9 }),
  inflateRaw: async (bytes, limitBytes) => new Uint8Array(inflateRawSync(bytes, { maxOutputLength: limitBytes })),
};

/** An engine in this thread, with the model in a file. */
export const openInlineEngine: OpenEngine = async ({ model, backend }, streamModel) =>
  inlineEngine(await useModel(await modelForStream(model, streamModel), backend));
