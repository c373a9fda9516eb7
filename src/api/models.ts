import { calibrateModel } from '../node/models/calibrate-model.ts';
import { importModel } from '../node/models/import-model.ts';
import { listModels } from '../node/models/list-models.ts';
import { modelFolder, registerModel } from '../node/models/model-folder.ts';

/** The models that the option `model` can name: the one of this package, and those in the user's model folder. docs/models.md. */
export interface Models {
  /** Lists them; reads the headers of the files, not the weights. */
  readonly list: typeof listModels;
  /** Converts a model of the diffusers library to a model file. */
  readonly import: typeof importModel;
  /** Measures what the codec needs to know of a model beside its estimates. */
  readonly calibrate: typeof calibrateModel;
  /** Writes a model file to the model folder. */
  readonly register: typeof registerModel;
  /** Path of the model folder. */
  readonly folder: typeof modelFolder;
}

/** The models that can be named: list, import, calibrate and register them. See {@link Models}. */
export const models: Models = Object.freeze({
  list: listModels,
  import: importModel,
  calibrate: calibrateModel,
  register: registerModel,
  folder: modelFolder,
});
