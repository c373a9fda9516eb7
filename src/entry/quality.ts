/**
 * `ddpm-codec/quality`: how different two pictures are, for Node and browsers. PSNR and RMSE, SSIM and MS-SSIM, SSIMULACRA 2, and
 * LPIPS and DISTS by ONNX files that the user brings. Loads nothing of the codec. docs/quality.md.
 *
 * @module ddpm-codec/quality
 */
export { DdpmError, type DdpmErrorCode } from '../base/errors.ts';
export { type Comparison, compareImages } from '../image/compare-images.ts';
export type { Distortion } from '../image/distortion.ts';
export type { Channels, Metadata, RawImage } from '../image/raw-image.ts';
export { type Similarity, structuralSimilarity } from '../image/structural-similarity.ts';
export type { OnnxOptions } from '../onnx/onnx-network.ts';
export { type LearnedDistance, openDists, openLpips } from '../quality/learned-distance.ts';
export { ssimulacra2 } from '../quality/ssimulacra2/ssimulacra2.ts';
