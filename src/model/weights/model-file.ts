import { DdpmError } from '../../base/errors.ts';
import { parseSafetensors, type Tensor } from './safetensors.ts';

/** A weights file: its `config`, and its tensors by name. */
export class ModelFile {
  /** The object in the metadata field `config`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Name of the file, for error messages. */
  readonly source: string;
  readonly #tensors: Map<string, Tensor>;

  /**
   * @param bytes - the whole file, in safetensors format
   * @param source - name of the file, for error messages
   * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` if the file is malformed or has no `config`
   */
  constructor(bytes: Uint8Array, source: string) {
    const { tensors, metadata } = parseSafetensors(bytes, source);
    this.source = source;
    this.#tensors = tensors;
    this.config = this.#parseConfig(metadata.config);
  }

  /** All tensors by name, in the order of the file. */
  get tensors(): ReadonlyMap<string, Tensor> {
    return this.#tensors;
  }

  /**
   * Returns the values of a tensor, row-major.
   *
   * @param name - as in the file
   * @param shape - expected shape; null allows any size of that axis
   * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` if the tensor is missing, has another shape, or contains NaN or infinity
   */
  read(name: string, shape: readonly (number | null)[]): Float32Array {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) {
      throw this.fail(`tensor "${name}" is missing`);
    }
    const fits =
      tensor.shape.length === shape.length && shape.every((size, i) => (size ?? tensor.shape[i]) === tensor.shape[i]);
    if (!fits) {
      const expected = shape.map((size) => size ?? 'any').join(', ');
      throw this.fail(`tensor "${name}": shape is [${tensor.shape.join(', ')}], expected [${expected}]`);
    }
    const { data } = tensor;
    for (let bad = 0; bad < data.length; bad++) {
      if (Number.isFinite(data[bad])) continue;
      throw this.fail(`tensor "${name}": value ${bad} is ${tensor.data[bad]}, expected a finite number`);
    }
    return tensor.data;
  }

  /**
   * Checks an integer of the config and returns it.
   *
   * @param value - the value found
   * @param field - its name, for the error message
   * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` if the value is not an integer min..max
   */
  readInteger(value: unknown, field: string, min: number, max: number): number {
    if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
      throw this.fail(`config field ${field} is ${JSON.stringify(value)}, expected an integer ${min}..${max}`);
    }
    return value as number;
  }

  /**
   * Returns a field of the config that must be an object.
   *
   * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` if the field is missing or not an object
   */
  readObject(field: string): Readonly<Record<string, unknown>> {
    const value = this.config[field];
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw this.fail(`config field ${field} is ${JSON.stringify(value)?.slice(0, 80)}, expected an object`);
    }
    return value as Record<string, unknown>;
  }

  /** Makes the error for a file that cannot be used. `message` should name the field, its value and the limit. */
  fail(message: string): DdpmError {
    return new DdpmError('ERR_DDPM_MODEL_CORRUPT', `${this.source}: ${message}`);
  }

  #parseConfig(text: string | undefined): Record<string, unknown> {
    let config: unknown;
    try {
      config = JSON.parse(text ?? 'null');
    } catch {
      config = null;
    }
    if (typeof config !== 'object' || config === null || Array.isArray(config)) {
      throw this.fail('__metadata__ field "config" is missing or not a JSON object; not weights of ddpm-codec?');
    }
    return config as Record<string, unknown>;
  }
}
