/** Makes fuzz cases: the seed and the number of a case determine its target and its bytes. */
import { mutateBytes } from './byte-mutations.ts';
import { makeCorpus, type Specimen } from './corpus.ts';
import { type DiffusersFiles, diffusersFiles, modelCorpus, mutateJsonFile, mutateModel } from './model-mutations.ts';
import { Random } from './random.ts';
import { mutateFields, mutateTiles } from './stream-mutations.ts';
import { importFiles, TARGETS } from './targets.ts';

/**
 * Number of cases of each target in ten thousand. Parsing has most, because it is cheap and the first step of every
 * decoder; cases with the real network are rare, because it does not depend on the bytes.
 */
export const MIX = {
  inspect: 4600,
  truncate: 1700,
  decode: 1600,
  progressive: 700,
  placeholder: 300,
  safetensors: 700,
  import: 300,
  model: 70,
  'decode-model': 30,
} as const;

/** Name of a target. */
export type TargetName = keyof typeof MIX;

/** A fuzz case. */
export interface Case {
  readonly target: TargetName;
  readonly bytes: Uint8Array;
  /** Kind of the mutation, and the input that it started from. */
  readonly origin: string;
  run(): unknown;
}

/** Makes cases. Equal seeds and numbers give equal cases. */
export class CaseMaker {
  readonly #seed: string;
  readonly #streams: readonly Specimen[];
  readonly #models: readonly Uint8Array[] = modelCorpus();
  readonly #diffusers: DiffusersFiles = diffusersFiles();

  private constructor(seed: string, streams: readonly Specimen[]) {
    this.#seed = seed;
    this.#streams = streams;
  }

  /** Makes the corpus, and then a case maker for a seed. */
  static async open(seed: string): Promise<CaseMaker> {
    return new CaseMaker(seed, await makeCorpus());
  }

  /** Makes the case with a number. */
  make(number: number): Case {
    const random = new Random(`${this.#seed}/${number}`);
    const target = pickTarget(random);
    if (target === 'import') return this.#importCase(random);
    if (target === 'safetensors' || target === 'model') {
      // The shipped model is rarely used, because it has 5 MB.
      const bytes = mutateModel(
        this.#models[random.pick([0, 0, 0, 0, 0, 0, 1, 1, 1, target === 'model' ? 2 : 0])],
        random,
        this.#models[0],
      );
      return { target, bytes, origin: 'model', run: () => TARGETS[target](bytes) };
    }
    const [bytes, origin] = this.#stream(random);
    return { target, bytes, origin, run: () => TARGETS[target](bytes, random) };
  }

  #stream(random: Random): [Uint8Array, string] {
    const [specimen, other] = [random.pick(this.#streams), random.pick(this.#streams)];
    const family = random.pick(['bytes', 'fields', 'fields', 'tiles', 'fields+bytes'] as const);
    const origin = `${family}(${specimen.name})`;
    if (family === 'bytes') return [mutateBytes(specimen.bytes, random, other.bytes), origin];
    if (family === 'tiles') return [mutateTiles(specimen, random), origin];
    const changed = mutateFields(specimen, random, other);
    return [family === 'fields' ? changed : mutateBytes(changed, random, other.bytes), origin];
  }

  #importCase(random: Random): Case {
    const { config, scheduler, weights } = this.#diffusers;
    const which = random.below(3);
    const files = [
      which === 0 ? mutateJsonFile(config, random) : config,
      which === 1 ? mutateJsonFile(scheduler, random) : scheduler,
      which === 2 ? mutateModel(weights, random, config) : weights,
    ] as const;
    return { target: 'import', bytes: files[which], origin: 'diffusers', run: () => importFiles(...files) };
  }
}

function pickTarget(random: Random): TargetName {
  let left = random.below(10_000);
  for (const [name, share] of Object.entries(MIX)) {
    left -= share;
    if (left < 0) return name as TargetName;
  }
  return 'inspect';
}
