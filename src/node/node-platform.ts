/** Platform and engine of Node: zlib, sharp to write alpha planes, models from files. */
import { createInflate, deflateRawSync, deflateSync, inflateRawSync } from 'node:zlib';
import { DdpmError } from '../base/errors.ts';
import { inlineEngine, type OpenEngine } from '../coding/engine.ts';
import type { Platform } from '../coding/platform.ts';
import { writeImage } from '../image/files/write-image.ts';
import { type GreyImage, openGreyPng, type PngTools, writeGreyPng } from '../image/grey-png.ts';
import { useModel } from './models/model-cache.ts';
import { modelForStream } from './models/model-folder.ts';

/** Inflates piece by piece: the next piece is made once the last one has been taken. */
function inflate(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  const stream = createInflate();
  stream.end(bytes);
  return stream;
}

const PNG_TOOLS: PngTools = {
  deflate: async (bytes) => new Uint8Array(deflateSync(bytes, { level: 9 })),
  inflate,
};

/** Writes an alpha plane as PNG: by sharp, or by our own code where sharp is missing. */
async function writeAlpha(plane: GreyImage): Promise<Uint8Array> {
  try {
    return await writeImage({ ...plane, channels: 1 }, 'png');
  } catch (error) {
    if (!(error instanceof DdpmError) || error.code !== 'ERR_DDPM_DEPENDENCY') throw error;
    return writeGreyPng(plane, PNG_TOOLS);
  }
}

/** Platform of Node. */
export const NODE: Platform = {
  writeGreyPng: writeAlpha,
  // Not by sharp: bytes from untrusted streams must not reach its decoders of a dozen formats.
  openGreyPng: (bytes, limitPixels) => openGreyPng(bytes, limitPixels, PNG_TOOLS),
  deflateRaw: async (bytes) => deflateRawSync(bytes, { level: 9 }),
  inflateRaw: async (bytes, limitBytes) => new Uint8Array(inflateRawSync(bytes, { maxOutputLength: limitBytes })),
};

/** Opens an engine in this thread, with a model from a file. */
export const openInlineEngine: OpenEngine = async ({ model, backend }, { streamModel }) =>
  inlineEngine(await useModel(await modelForStream(model, streamModel), backend), backend);
