/** Estimates of the memory that a picture takes while it is coded: without network, Node, and the bytes of files. */
import { canvasSize, type Size } from '../codec/grid/geometry.ts';

/*
 * Resident memory above that of a process with the package loaded, measured in Node 20 on x86-64 (Linux). With a stub
 * for the network: 164 MB for 2048x1536 pixels (52 bytes a pixel), 126 MB for 1024x1024 with a tail (120 bytes a
 * pixel). Each pixel of the canvas takes 27 bytes for state, D and the coarser state, and 8 for picture, alpha and their
 * interleaved copy; the rest is garbage that is not collected yet. A tail also needs log-variances and the planes of its coder.
 */
const DECODE_BYTES_PER_PIXEL = 64;
const TAIL_BYTES_PER_PIXEL = 64;

/**
 * Estimate of the memory that decoding a picture takes, in bytes.
 *
 * @param picture - its size, and whether a tail is decoded where it has its full size
 * @param level - finest pyramid level that is decoded
 */
export function decodingMemory(picture: Size & { readonly hasTail: boolean }, level = 0): number {
  const canvas = canvasSize(picture, level);
  const pixels = canvas.width * canvas.height;
  return pixels * (DECODE_BYTES_PER_PIXEL + (picture.hasTail && level === 0 ? TAIL_BYTES_PER_PIXEL : 0));
}

/*
 * The same for encoding with photo-net, above a process that has encoded 512x512 pixels: 207 MB for 1024x1024 (197 bytes a pixel),
 * 368 MB for 2048x1536 (117 bytes), 713 MB with a tail (227 bytes).
 */
const ENCODE_BYTES_PER_PIXEL = 200;

/**
 * Estimate of the memory that encoding a picture takes, in bytes.
 *
 * @param options - `lossless`: a tail is made, too
 */
export function encodingMemory(picture: Size, { lossless = false }: { readonly lossless?: boolean } = {}): number {
  const canvas = canvasSize(picture, 0);
  return canvas.width * canvas.height * (ENCODE_BYTES_PER_PIXEL + (lossless ? TAIL_BYTES_PER_PIXEL : 0));
}
