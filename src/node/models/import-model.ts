import { basename, resolve } from 'node:path';
import { checkKeys, checkListeners } from '../../base/check-options.ts';
import { isHubReference } from '../../hub/hub-reference.ts';
import { UNET_ARCHITECTURE } from '../../model/unet/unet-config.ts';
import { modelId } from '../../model/weights/model-id.ts';
import { checkModelName } from './model-folder.ts';
import { type DownloadListeners, findPart, folderPlace, openDownload, readPart } from './model-parts.ts';

/** Options of `importModel`. The listeners are for a download: aborting `signal` ends it, and what has come is kept. */
export interface ImportModelOptions extends DownloadListeners {
  /** Name of the model; default: the name of the folder, or of the repository without its owner. */
  readonly name?: string;
}

/** A converted model, not stored yet. */
export interface ImportedModelFile {
  /**
   * A model file without calibration. `calibrateModel` adds the calibration that the codec needs; `registerModel`
   * stores it.
   */
  readonly data: Uint8Array;
  readonly info: {
    readonly name: string;
    readonly id: string;
    readonly architecture: string;
    /** Number of values in all parameters. */
    readonly parameters: number;
    /** Where on the hub it came from, `hf:owner/name@commit`; null for a folder. */
    readonly origin: string | null;
    /** Folder with what was downloaded, to be deleted when it is no longer wanted; null for a folder. */
    readonly download: string | null;
  };
}

/**
 * Converts a model of the diffusers library, a `UNet2DModel` that predicts epsilon, to a model file.
 *
 * From the hub, three files are downloaded: what describes the model first, so that one that is not supported is refused before
 * its weights come. Their checksums are compared with those that the hub tells. What has come of a download that was ended is
 * used by the next.
 *
 * @param source - path of a pipeline's folder (with `unet` and `scheduler` in it), of a network's folder with
 *   `scheduler_config.json` beside `config.json`, or of the `unet` folder of a pipeline; or `hf:owner/name` or
 *   `hf:owner/name@revision`, a repository with such files on the hub of Hugging Face. That needs the package @huggingface/hub, and
 *   takes a token from `HF_TOKEN`, another hub from `HF_ENDPOINT`, and the folder for what is downloaded from `XDG_CACHE_HOME`
 * @throws RangeError for an invalid name or reference; DdpmError `ERR_DDPM_MODEL_MISSING` if a file is missing or cannot be
 *   downloaded, `ERR_DDPM_MODEL_CORRUPT` if one breaks its format, has a wrong checksum or needs something that is not supported,
 *   `ERR_DDPM_LIMIT` if one has more than 2 GiB, `ERR_DDPM_DEPENDENCY`, `ERR_DDPM_OUTPUT`; `signal.reason` if aborted
 */
export async function importModel(source: string, options: ImportModelOptions = {}): Promise<ImportedModelFile> {
  checkKeys(options, ['name', 'signal', 'onProgress']);
  checkListeners(options);
  if (options.name !== undefined) checkModelName(options.name);
  const download = isHubReference(source) ? await openDownload(source, options) : null;
  const place = download?.place ?? folderPlace(source);
  const { name = download?.name ?? basename(resolve(source)) } = options;
  checkModelName(name);
  // Whatever is missing is said before anything is downloaded.
  for (const part of ['config', 'scheduler', 'weights'] as const) findPart(place, part);
  const { checkDiffusersConfig, importDiffusers } = await import('../../model/weights/diffusers.ts');
  const description = { config: await readPart(place, 'config'), scheduler: await readPart(place, 'scheduler') };
  checkDiffusersConfig(description);
  const { data, parameters } = importDiffusers({ ...description, weights: await readPart(place, 'weights') });
  const origin = { origin: download?.origin ?? null, download: download?.folder ?? null };
  return { data, info: { name, id: await modelId(data), architecture: UNET_ARCHITECTURE, parameters, ...origin } };
}
