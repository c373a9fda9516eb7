/** The network by onnxruntime-web's WebAssembly backend, one thread. `npm run fetch-rivals` installs the package. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { rivalPrefix } from '#scripts/rivals.js';
import { OnnxGraph } from './onnx-graph.js';
import { type Denoise, type Operations, PhotoNetwork, type Window } from './photo-network.js';

/** The part of onnxruntime-web that is used here. */
interface Library {
  readonly env: { readonly wasm: { numThreads?: number } };
  readonly Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => OrtTensor;
  readonly InferenceSession: {
    create(model: Uint8Array, options: typeof OPTIONS): Promise<Session>;
  };
}

interface OrtTensor {
  readonly data: Float32Array;
}

interface Session {
  run(inputs: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
}

/** The second is the default. */
const OPTIONS = { executionProviders: ['wasm'], graphOptimizationLevel: 'all' } as const;
const FOLDER = rivalPrefix('onnxruntime-web');

/** Whether the package is installed. */
export function hasOnnxruntime(): boolean {
  return existsSync(FOLDER);
}

/**
 * The network as an ONNX file for one size and noise level, so that the library knows all it can: FiLM is constant, and
 * the library's optimiser makes it part of the convolution before it.
 */
function onnxFile(network: PhotoNetwork, { height, width }: Window, sigma: number): Uint8Array {
  const graph = new OnnxGraph();
  const weights = (layer: string): string[] =>
    ['weight', 'bias'].map((part) => {
      const { shape, data } = network.tensor(`${layer}.${part}`);
      return graph.constant(`${layer}.${part}`, shape, data);
    });
  const operations: Operations<string> = {
    convolve(x, layer) {
      const isDown = network.tensor(`${layer}.weight`).shape[2] === 2;
      return graph.node('Conv', [x, ...weights(layer)], isDown ? { strides: [2, 2] } : { pads: [1, 1, 1, 1] });
    },
    raise: (x, layer) => graph.node('ConvTranspose', [x, ...weights(layer)], { strides: [2, 2] }),
    modulate(x, block) {
      const { gain, shift } = network.film(block, sigma);
      const shape = [1, gain.length, 1, 1];
      const scaled = graph.node('Mul', [x, graph.constant(`${block}.gain`, shape, gain)]);
      return graph.node('Relu', [graph.node('Add', [scaled, graph.constant(`${block}.shift`, shape, shift)])]);
    },
    add: (a, b) => graph.node('Add', [a, b]),
    rectify: (x) => graph.node('Relu', [x]),
    scope: (part) => part(),
  };
  graph.declare('input', 'input', [1, network.inputs, height, width]);
  graph.declare('output', network.apply('input', operations), [1, 2 * network.inputs, height, width]);
  return graph.file();
}

/** Opens the network. A size and noise level that was not asked before takes some tenths of a second more. */
export async function openOnnxruntime(): Promise<Denoise> {
  const library = createRequire(join(FOLDER, 'package.json'))('onnxruntime-web') as Library;
  library.env.wasm.numThreads = 1;
  const network = new PhotoNetwork();
  const sessions = new Map<string, Promise<Session>>();
  return network.denoiser('NCHW', async (input, size, sigma) => {
    const key = `${size.width}x${size.height} ${sigma}`;
    const session = sessions.get(key) ?? library.InferenceSession.create(onnxFile(network, size, sigma), OPTIONS);
    sessions.set(key, session);
    const shape = [1, network.inputs, size.height, size.width];
    const outputs = await (await session).run({ input: new library.Tensor('float32', input, shape) });
    return (Object.values(outputs)[0] as OrtTensor).data;
  });
}
