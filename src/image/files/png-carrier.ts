/**
 * A PNG file, not compressed, that carries samples and their metadata to sharp: sharp keeps the metadata of its input,
 * and converts from its profile, but takes neither with raw pixels.
 */
import { deflateSync } from 'node:zlib';
import { type MetadataKind, uprightExif } from '../metadata.ts';
import { insertPngChunks, type PngChunk } from '../png-chunks.ts';
import type { Samples } from './samples.ts';
import type { SharpModule } from './sharp-library.ts';

/** Metadata to carry. */
export type CarriedMetadata = { readonly [kind in MetadataKind]?: Uint8Array | undefined };

/** Name that libvips has for samples. */
export function spaceOf({ data, channels }: Pick<Samples, 'data' | 'channels'>): 'b-w' | 'grey16' | 'srgb' | 'rgb16' {
  if (data instanceof Uint16Array) return channels <= 2 ? 'grey16' : 'rgb16';
  return channels <= 2 ? 'b-w' : 'srgb';
}

/** Makes the file. */
export async function pngCarrier(samples: Samples, metadata: CarriedMetadata, sharp: SharpModule): Promise<Uint8Array> {
  const { data, width, height, channels } = samples;
  const pixels = sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
  const png = await pixels.toColourspace(spaceOf(samples)).png({ compressionLevel: 0 }).toUint8Array();
  return insertPngChunks(png.data, metadataChunks(metadata));
}

/** Metadata as PNG chunks (PNG, third edition: sections 11.3.2.3 iCCP, 11.3.3.4 iTXt, 11.3.4.5 eXIf). */
function metadataChunks({ icc, exif, xmp }: CarriedMetadata): PngChunk[] {
  const chunks: PngChunk[] = [];
  if (icc) chunks.push({ type: 'iCCP', data: Buffer.concat([Buffer.from('icc\0\0'), deflateSync(icc)]) });
  if (exif) chunks.push({ type: 'eXIf', data: uprightExif(exif) });
  if (xmp) chunks.push({ type: 'iTXt', data: Buffer.concat([Buffer.from('XML:com.adobe.xmp\0\0\0\0\0'), xmp]) });
  return chunks;
}
