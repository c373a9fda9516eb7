/** Mutations of weights files: of their bytes, and of the JSON of the header, with its length corrected. */
import { readFileSync } from 'node:fs';
import { importDiffusers } from '../../src/model/weights/diffusers.ts';
import { MODEL_PATH } from '../support/model-files.ts';
import { joinSafetensors, writeSafetensors } from '../support/write-safetensors.ts';
import { mutateBytes } from './byte-mutations.ts';
import type { Random } from './random.ts';

const FOLDER = 'test/fixtures/unet/other';

/** Files of a model in diffusers' layout. */
export interface DiffusersFiles {
  readonly config: Uint8Array;
  readonly scheduler: Uint8Array;
  readonly weights: Uint8Array;
}

function file(name: string): Uint8Array {
  return new Uint8Array(readFileSync(`${FOLDER}/${name}`));
}

/** A small U-Net in the published format. */
export function diffusersFiles(): DiffusersFiles {
  return {
    config: file('config.json'),
    scheduler: file('scheduler_config.json'),
    weights: file('diffusion_pytorch_model.safetensors'),
  };
}

/** Weights files to start from: one with a few tensors, a whole small U-Net, and the default model. */
export function modelCorpus(): Uint8Array[] {
  const few = writeSafetensors(
    {
      a: { dtype: 'F32', shape: [2, 3], values: [1, 2, 3, 4, 5, 6] },
      'b.weight': { dtype: 'F16', shape: [4], values: [0, 0x3c00, 0x7c00, 0xffff] },
    },
    { config: '{"architecture":"photo-net","widths":[8],"blocks":[1],"embedding":8,"patch":2,"sigma_data":0.5}' },
  );
  const { config, scheduler, weights } = diffusersFiles();
  const named = (source: string, bytes: Uint8Array): { source: string; bytes: Uint8Array } => ({ source, bytes });
  const unet = importDiffusers({
    config: named('config.json', config),
    scheduler: named('scheduler_config.json', scheduler),
    weights: named('weights', weights),
  }).data;
  return [few, unet, new Uint8Array(readFileSync(MODEL_PATH))];
}

const NUMBERS = ['0', '-1', '1', '1.5', '1e308', '4294967296', '9007199254740993', 'null', '"F64"', '[]', '{}', 'true'];

/** Replaces one number, string or name of a JSON text. */
function mutateJson(text: string, random: Random): string {
  const tokens = [...text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?/g)];
  if (tokens.length === 0) return text;
  const { index, 0: token } = random.pick(tokens);
  const put = random.chance(0.3) ? random.pick(tokens)[0] : random.pick(NUMBERS);
  return text.slice(0, index) + put + text.slice(index + token.length);
}

/** A mutated JSON file. */
export function mutateJsonFile(bytes: Uint8Array, random: Random): Uint8Array {
  if (random.chance(0.5)) return mutateBytes(bytes, random, bytes);
  return new TextEncoder().encode(mutateJson(new TextDecoder().decode(bytes), random));
}

/** A mutated weights file. */
export function mutateModel(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  if (random.chance(0.4)) return mutateBytes(bytes, random, other);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  let text = new TextDecoder().decode(bytes.subarray(8, 8 + length));
  for (let i = random.pick([1, 1, 2]); i > 0; i--) text = mutateJson(text, random);
  return joinSafetensors(text, bytes.subarray(8 + length));
}
