/** Writes ONNX files: the few fields of onnx.proto3 that small networks need, in the encoding of protocol buffers. */
import { concatBytes } from '../../src/base/concat-bytes.ts';

/** `TensorProto.DataType`. */
export const ONNX_TYPE = { float: 1, int64: 7, double: 11 } as const;

/** A constant tensor. */
export interface OnnxConstant {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
  /** Default: float. */
  readonly type?: 'float' | 'int64';
  /** Instead of values: the file that is said to hold them. */
  readonly externalFile?: string;
}

/** An operation. Attributes: integers, and lists of integers. */
export interface OnnxNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

/** An input or output; names of dimensions stand for any size. */
export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly (number | string)[];
  readonly type?: keyof typeof ONNX_TYPE;
}

/** A network. */
export interface OnnxGraph {
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly nodes: readonly OnnxNode[];
  readonly constants?: readonly OnnxConstant[];
  /** Version of the set of operators. Default: 17. */
  readonly operatorSet?: number;
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const IR_VERSION = 8;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_INTS = 7;
const EXTERNAL = 1;

/** The bytes of a `ModelProto`. */
export function writeOnnx(graph: OnnxGraph): Uint8Array {
  return message(
    integer(1, IR_VERSION),
    nested(7, writeGraph(graph)),
    nested(8, integer(2, graph.operatorSet ?? 17)), // of the default domain
  );
}

function writeGraph({ inputs, outputs, nodes, constants = [] }: OnnxGraph): Uint8Array {
  return message(
    ...nodes.map((node) => nested(1, writeNode(node))),
    text(2, 'graph'),
    ...constants.map((constant) => nested(5, writeTensor(constant))),
    ...inputs.map((value) => nested(11, writeValue(value))),
    ...outputs.map((value) => nested(12, writeValue(value))),
  );
}

function writeNode({ operator, inputs, outputs, attributes = {} }: OnnxNode): Uint8Array {
  return message(
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, operator),
    ...Object.entries(attributes).map(([name, value]) => nested(5, writeAttribute(name, value))),
  );
}

function writeAttribute(name: string, value: number | readonly number[]): Uint8Array {
  return typeof value === 'number'
    ? message(text(1, name), integer(3, value), integer(20, ATTRIBUTE_INT))
    : message(text(1, name), ...value.map((each) => integer(8, each)), integer(20, ATTRIBUTE_INTS));
}

function writeTensor({ name, shape, values, type = 'float', externalFile }: OnnxConstant): Uint8Array {
  const data = type === 'float' ? new Float32Array(values) : BigInt64Array.from(values, BigInt);
  return message(
    ...shape.map((size) => integer(1, size)),
    integer(2, ONNX_TYPE[type]),
    text(8, name),
    ...(externalFile === undefined
      ? [nested(9, new Uint8Array(data.buffer))]
      : [nested(13, message(text(1, 'location'), text(2, externalFile))), integer(14, EXTERNAL)]),
  );
}

function writeValue({ name, shape, type = 'float' }: OnnxValue): Uint8Array {
  const dimensions = shape.map((size) => nested(1, typeof size === 'number' ? integer(1, size) : text(2, size)));
  return message(
    text(1, name),
    nested(2, nested(1, message(integer(1, ONNX_TYPE[type]), nested(2, message(...dimensions))))),
  );
}

function message(...fields: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...fields);
}

function integer(field: number, value: number): Uint8Array {
  return message(varint(field * 8 + VARINT), varint(value));
}

function text(field: number, value: string): Uint8Array {
  return nested(field, new TextEncoder().encode(value));
}

function nested(field: number, bytes: Uint8Array): Uint8Array {
  return message(varint(field * 8 + LENGTH_DELIMITED), varint(bytes.length), bytes);
}

/** Seven bits a byte, the lowest first; not negative. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.from([...bytes, rest]);
}
