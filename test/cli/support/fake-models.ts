import type { Library } from '../../../src/cli/library.ts';

type ModelLibrary = Pick<
  Library,
  | 'calibrateModel'
  | 'checkNameFree'
  | 'idOfModel'
  | 'importModel'
  | 'listModels'
  | 'modelFolder'
  | 'modelName'
  | 'registerModel'
>;

/** Id of the model that the fake `importModel` makes. */
export const IMPORTED_ID = '1111111111111111';
/** Id of the model that the fake `calibrateModel` makes. */
export const CALIBRATED_ID = '2222222222222222';

/** The part of a fake library that handles model files. */
export function fakeModels(note: (name: string, ...args: unknown[]) => void): ModelLibrary {
  const model = { name: 'photo-1', id: '0123456789abcdef', path: '/models/photo-1', bytes: 4000, shipped: true };
  const broken = { name: 'broken', id: 'ffffffffffffffff', path: '/models/broken', bytes: 3, shipped: false };
  return {
    importModel: async (...args) => {
      note('importModel', ...args);
      const info = { name: 'imported', id: IMPORTED_ID, architecture: 'ddpm-unet', parameters: 35_746_307 };
      return { data: Buffer.from('imported'), info: { ...info, origin: null, download: null } };
    },
    calibrateModel: async (of, images, options) => {
      note('calibrateModel', of, images, options);
      options?.onProgress?.({ step: 1, steps: 2, fraction: 0.5 });
      const info = { id: CALIBRATED_ID, images: images.length, blocks: 16 * images.length, levels: 24 };
      return { data: Buffer.from('calibrated'), info };
    },
    checkNameFree: async (...args) => {
      note('checkNameFree', ...args);
      return [];
    },
    registerModel: async (data, { name, id }) => {
      note('registerModel', Buffer.from(data).toString(), name, id);
      return `/models/${name}-${id}.safetensors`;
    },
    idOfModel: async (model = 'photo-1') => `id of ${model}`,
    modelName: async () => 'named',
    modelFolder: () => '/models',
    listModels: async () => [
      { ...model, architecture: 'photo-net', parameters: 2_052_216, calibrated: true, problem: null },
      { ...broken, architecture: null, parameters: 0, calibrated: false, problem: 'no model' },
    ],
  };
}
