/** Rows of a benchmark that were not measured, for tests of what is made of rows. */
import type { CodecName, Row } from '../../src/entry/bench.ts';

const ROW: Row = {
  image: 'a',
  width: 64,
  height: 64,
  channels: 3,
  pixels: '0123456789abcdef',
  codec: 'jpeg',
  setting: 'q=50',
  kind: 'real',
  layer: null,
  level: null,
  sigma: null,
  bytes: 512,
  fixedBytes: 0,
  bpp: 1,
  bitsPerDim: 1 / 3,
  mse: 65.025,
  rmse: Math.sqrt(65.025),
  psnr: 30,
  ssim: null,
  msSsim: null,
  msSsimLuma: null,
  ssimulacra2: null,
  lpips: null,
  dists: null,
  encodeSeconds: 0.1,
  decodeSeconds: 0.01,
  peakRssBytes: 1e8,
  version: 'x 1',
};

/** A row with the values that follow from its rate, size and PSNR. */
export function benchRow(values: Partial<Row> & Pick<Row, 'bpp' | 'psnr'>): Row {
  const { width = ROW.width, height = ROW.height, bpp, psnr } = values;
  const mse = 255 ** 2 / 10 ** (psnr / 10);
  const bytes = (bpp * width * height) / 8;
  return { ...ROW, bytes, bitsPerDim: bpp / 3, mse, rmse: Math.sqrt(mse), ...values };
}

/** Rows of one codec on one image: a setting for each pair of rate and PSNR. */
export function curveRows(
  image: string,
  codec: CodecName,
  pairs: readonly (readonly [bpp: number, psnr: number])[],
  values: Partial<Row> = {},
): Row[] {
  return pairs.map(([bpp, psnr], i) => benchRow({ image, codec, setting: `q=${i}`, bpp, psnr, ...values }));
}

/** What a benchmark says of a codec. */
export function measuredCodec(name: CodecName): {
  codec: { name: CodecName; label: string; description: string; kind: 'real' | 'ideal'; lossy: boolean };
  version: string;
} {
  return {
    codec: { name, label: name.toUpperCase(), description: '', kind: 'real', lossy: !name.includes('lossless') },
    version: 'x 1',
  };
}
