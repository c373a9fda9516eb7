/** Streams in Node: sharp, zlib, and models from files. */
import { deflateRawSync, deflateSync, inflateRawSync, inflateSync } from 'node:zlib';
import { inlineEngine, type OpenEngine } from '../coding/engine.ts';
import type { Platform } from '../coding/platform.ts';
import { readImage } from '../image/files/read-image.ts';
import { writeImage } from '../image/files/write-image.ts';
import { readGreyPng } from '../image/grey-png.ts';
import { useModel } from './models/model-cache.ts';
import { modelForStream } from './models/model-folder.ts';

const PNG_TOOLS = {
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
