import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readCifar10 } from '../../../src/analysis/image-planes.ts';
import { encode } from '../../../src/api/encode.ts';
import { IdealCodec } from '../../../src/benchmark/codecs/ideal-codec.ts';
import { Meter } from '../../../src/benchmark/measure/meter.ts';
import { splitAlpha } from '../../../src/image/raw-image.ts';
import { calibrateModel } from '../../../src/node/models/calibrate-model.ts';
import { fixtureModel } from '../../model/unet/fixtures.ts';
import { kodakCrop } from '../../support/pictures.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('takes the same steps as encode, without a pyramid where the model takes windows of one size', async () => {
  const images = readCifar10(new Uint8Array(readFileSync('test/images/cifar10-test-128.bin')), { limit: 2 });
  const model = join(temporaryFolder(), 'windowed.safetensors');
  writeFileSync(model, (await calibrateModel(fixtureModel('published'), images, { levels: 4 })).data);
  const image = splitAlpha(await kodakCrop(72, 64)).colour;
  const { info } = await encode(image, { model, endSigma: 0.5, effort: 1 });
  const layers: { level: number | undefined; sigma: number | undefined }[] = [];
  const codec = new IdealCodec({ model, endSigma: 0.5, effort: 1 });
  for await (const { level, sigma } of codec.run(image, new Set(), new Meter())) layers.push({ level, sigma });
  expect(layers).toEqual(info.layers.map(({ level, sigma }) => ({ level, sigma })));
  expect(new Set(layers.map(({ level }) => level))).toEqual(new Set([0]));
});
