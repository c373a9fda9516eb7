import { modelId } from '../../model/weights/model-id.ts';
import { DEFAULT_MODEL_PATH, readModelFile, resolveModel } from './model-folder.ts';

/**
 * Id of a model, from the bytes of its file.
 *
 * @param model - name, id or path; default: the model of the package
 * @throws DdpmError `ERR_DDPM_MODEL_MISSING` if there is no such model, or its file cannot be read
 */
export async function idOfModel(model: string = DEFAULT_MODEL_PATH): Promise<string> {
  return modelId(await readModelFile(await resolveModel(model)));
}
