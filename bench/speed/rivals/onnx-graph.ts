/**
 * Writes ONNX files: float32 tensors of fixed shapes, constants, nodes with integer attributes. The numbers of the
 * fields are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
 */
import { bytesField, integerField, type Message, message } from './protobuf.js';

/** Version of the file format, and of the standard operators. */
const IR_VERSION = 8;
const OPERATORS = 17;
/** TensorProto.DataType.FLOAT, AttributeProto.AttributeType.INTS. */
const FLOAT = 1;
const INTS = 7;

/** Fields of GraphProto. */
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const;

/** A value of the graph by its name, a float32 tensor. */
function valueInfo(name: string, shape: readonly number[]): Message {
  const sides = shape.map((side) => bytesField(1, integerField(1, side)));
  const type = message(integerField(1, FLOAT), bytesField(2, message(...sides)));
  return message(bytesField(1, name), bytesField(2, bytesField(1, type)));
}

/** A graph that grows. */
export class OnnxGraph {
  readonly #fields: Message[] = [bytesField(GRAPH.name, 'network')];
  readonly #constants = new Set<string>();
  #values = 0;

  /** Adds an input or output. */
  declare(kind: 'input' | 'output', name: string, shape: readonly number[]): void {
    this.#fields.push(bytesField(GRAPH[kind], valueInfo(name, shape)));
  }

  /**
   * Adds a constant, if there is none of this name.
   *
   * @returns its name
   */
  constant(name: string, shape: readonly number[], data: Float32Array): string {
    if (this.#constants.has(name)) return name;
    this.#constants.add(name);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const tensor = message(
      ...shape.map((side) => integerField(1, side)),
      integerField(2, FLOAT),
      bytesField(8, name),
      bytesField(9, bytes),
    );
    this.#fields.push(bytesField(GRAPH.initializer, tensor));
    return name;
  }

  /**
   * Adds a node.
   *
   * @returns name of its output
   */
  node(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, readonly number[]>> = {},
  ): string {
    const output = `${operator}_${this.#values++}`;
    const written = Object.entries(attributes).map(([name, values]) =>
      message(bytesField(1, name), ...values.map((value) => integerField(8, value)), integerField(20, INTS)),
    );
    const node = message(
      ...inputs.map((input) => bytesField(1, input)),
      bytesField(2, output),
      bytesField(4, operator),
      ...written.map((attribute) => bytesField(5, attribute)),
    );
    this.#fields.push(bytesField(GRAPH.node, node));
    return output;
  }

  /** The bytes of the file. */
  file(): Uint8Array {
    const operators = message(bytesField(1, ''), integerField(2, OPERATORS));
    return message(integerField(1, IR_VERSION), bytesField(7, message(...this.#fields)), bytesField(8, operators));
  }
}
