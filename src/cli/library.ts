/** The functions of this package that the commands call, in one object that they receive. Tests pass a fake. */
import { analysisCsv } from '../analysis/analysis-report.ts';
import { contactSheet } from '../analysis/contact-sheet.ts';
import { readCifar10 } from '../analysis/image-planes.ts';
import { analysisPlot, plotSvg } from '../analysis/plot-svg.ts';
import { requireVega } from '../analysis/vega-library.ts';
import { analyze } from '../api/analyze.ts';
import { createCodec } from '../api/create-codec.ts';
import { decode } from '../api/decode.ts';
import { decodeProgressive } from '../api/decode-progressive.ts';
import { encode } from '../api/encode.ts';
import { interpolate } from '../api/interpolate.ts';
import { describeSampling, sample, sampleEach } from '../api/sample.ts';
import { train } from '../api/train.ts';
import { checkDecodeOptions } from '../coding/decoder/decoder.ts';
import { checkEncodeOptions } from '../coding/encoder/encode-settings.ts';
import { inspect } from '../coding/inspect.ts';
import { checkTruncateOptions } from '../coding/prefix-cut.ts';
import { readPrefix } from '../coding/truncate.ts';
import { compareImages } from '../image/compare-images.ts';
import { imageToSrgb } from '../image/files/convert-colours.ts';
import { assertHolds, imageFormat, losesProfile } from '../image/files/image-format.ts';
import { imageSize } from '../image/files/image-size.ts';
import { readImage } from '../image/files/read-image.ts';
import { writeImage } from '../image/files/write-image.ts';
import { listBackends } from '../model/backends/open-backend.ts';
import { calibrateModel } from '../node/models/calibrate-model.ts';
import { idOfModel } from '../node/models/id-of-model.ts';
import { importModel } from '../node/models/import-model.ts';
import { listModels } from '../node/models/list-models.ts';
import { checkNameFree, modelFolder, modelName, registerModel } from '../node/models/model-folder.ts';
import { version } from '../node/package-version.ts';
import { openDists, openLpips } from '../quality/learned-distance.ts';
import { ssimulacra2 } from '../quality/ssimulacra2/ssimulacra2.ts';
import { parseTrainingConfig } from '../training/training-config.ts';

/** The library functions that the commands call. */
export interface Library {
  readonly analysisCsv: typeof analysisCsv;
  readonly analysisPlot: typeof analysisPlot;
  readonly analyze: typeof analyze;
  readonly assertHolds: typeof assertHolds;
  readonly calibrateModel: typeof calibrateModel;
  readonly checkDecodeOptions: typeof checkDecodeOptions;
  readonly checkEncodeOptions: typeof checkEncodeOptions;
  readonly checkNameFree: typeof checkNameFree;
  readonly checkTruncateOptions: typeof checkTruncateOptions;
  readonly compareImages: typeof compareImages;
  readonly contactSheet: typeof contactSheet;
  readonly createCodec: typeof createCodec;
  readonly decode: typeof decode;
  readonly decodeProgressive: typeof decodeProgressive;
  readonly describeSampling: typeof describeSampling;
  readonly encode: typeof encode;
  readonly idOfModel: typeof idOfModel;
  readonly imageFormat: typeof imageFormat;
  readonly imageSize: typeof imageSize;
  readonly imageToSrgb: typeof imageToSrgb;
  readonly importModel: typeof importModel;
  readonly inspect: typeof inspect;
  readonly interpolate: typeof interpolate;
  readonly listBackends: typeof listBackends;
  readonly listModels: typeof listModels;
  readonly losesProfile: typeof losesProfile;
  readonly modelFolder: typeof modelFolder;
  readonly modelName: typeof modelName;
  readonly openDists: typeof openDists;
  readonly openLpips: typeof openLpips;
  readonly parseTrainingConfig: typeof parseTrainingConfig;
  readonly plotSvg: typeof plotSvg;
  readonly readCifar10: typeof readCifar10;
  readonly readImage: typeof readImage;
  readonly readPrefix: typeof readPrefix;
  readonly registerModel: typeof registerModel;
  readonly requireVega: typeof requireVega;
  readonly sample: typeof sample;
  readonly sampleEach: typeof sampleEach;
  readonly ssimulacra2: typeof ssimulacra2;
  readonly train: typeof train;
  readonly version: typeof version;
  readonly writeImage: typeof writeImage;
}

/** The real functions. One command has one thing to do, so it works in its own thread, which is there already. */
export const library: Library = {
  analysisCsv,
  analysisPlot,
  analyze,
  assertHolds,
  calibrateModel,
  checkDecodeOptions,
  checkEncodeOptions,
  checkNameFree,
  checkTruncateOptions,
  compareImages,
  contactSheet,
  createCodec,
  decode: (bytes, options) => decode(bytes, { ...options, thread: 'inline' }),
  decodeProgressive: (source, options) => decodeProgressive(source, { ...options, thread: 'inline' }),
  describeSampling,
  encode: (image, options) => encode(image, { ...options, thread: 'inline' }),
  idOfModel,
  imageFormat,
  imageSize,
  imageToSrgb,
  importModel,
  inspect,
  interpolate,
  listBackends,
  listModels,
  losesProfile,
  modelFolder,
  modelName,
  openDists,
  openLpips,
  parseTrainingConfig,
  plotSvg,
  readCifar10,
  readImage,
  readPrefix,
  registerModel,
  requireVega,
  sample,
  sampleEach,
  ssimulacra2,
  train,
  version,
  writeImage,
};
