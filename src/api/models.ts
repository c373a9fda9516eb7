import { calibrateModel } from '../node/models/calibrate-model.ts';
import { importModel } from '../node/models/import-model.ts';
import { listModels } from '../node/models/list-models.ts';
import { modelFolder, registerModel } from '../node/models/model-folder.ts';

/**
 * Manages the models that the option `model` can name: the one shipped with this package, and those in the user's model
 * folder. docs/models.md.
 */
export interface Models {
  /** Lists the models; reads the headers of their files, not the weights. */
  readonly list: typeof listModels;
  /** Converts a model of the diffusers library to a model file. */
  readonly import: typeof importModel;
  /** Measures the calibration of a model, which the codec needs beside its weights. */
  readonly calibrate: typeof calibrateModel;
  /** Writes a model file to the model folder. */
  readonly register: typeof registerModel;
  /** Path of the model folder. */
  readonly folder: typeof modelFolder;
}

/** Lists, imports, calibrates and registers models. See {@link Models}. */
export const models: Models = Object.freeze({
  list: listModels,
  import: importModel,
  calibrate: calibrateModel,
  register: registerModel,
  folder: modelFolder,
});
