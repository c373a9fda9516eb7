/** The operations of a photo-net in the order in which they run, for implementations that run them one by one. */

/** A feature map: the packed patches, the answer, or the state or the inner map of a block of a level. */
export type MapName = 'input' | 'output' | `state ${number}` | `inner ${number}`;

/** What follows the sums of an operation. */
export interface StepEpilogue {
  /** Values below 0 become 0: before the output's old value is added, or after it. */
  readonly rectify?: 'before' | 'after';
  /** True: the output's old value is added. */
  readonly accumulate?: boolean;
}

/** An operation: a 3x3 convolution, a 2x2 one with stride 2, or a transposed 2x2 one. */
export type NetworkStep<Conv, Resampling> = StepEpilogue & {
  readonly input: MapName;
  readonly output: MapName;
  /** Levels of the maps; 0 is the finest. */
  readonly levels: readonly [number, number];
} & (
    | {
        readonly kind: 'conv';
        readonly layer: Conv;
        /** Number of the residual block whose FiLM takes the place of the bias. */
        readonly film?: number;
      }
    | { readonly kind: 'down' | 'up'; readonly layer: Resampling }
  );

/** A network's layers in any form. Lists hold one entry for each level, finest first. */
export interface NetworkLayers<Conv, Resampling> {
  readonly convIn: Conv;
  readonly encoder: readonly (readonly { readonly conv1: Conv; readonly conv2: Conv }[])[];
  readonly decoder: readonly (readonly { readonly conv1: Conv; readonly conv2: Conv }[])[];
  readonly down: readonly Resampling[];
  readonly up: readonly Resampling[];
  readonly convOut: Conv;
}

/** Lists the operations. Blocks are numbered as they run. */
export function networkSteps<Conv, Resampling>(
  layers: NetworkLayers<Conv, Resampling>,
): NetworkStep<Conv, Resampling>[] {
  const { convIn, encoder, decoder, down, up, convOut } = layers;
  const steps: NetworkStep<Conv, Resampling>[] = [];
  let film = 0;
  const runBlocks = (blocks: (typeof encoder)[number], level: number, isLast: boolean): void => {
    const [state, inner] = [`state ${level}`, `inner ${level}`] as const;
    const levels = [level, level] as const;
    blocks.forEach(({ conv1, conv2 }, i) => {
      steps.push({ kind: 'conv', layer: conv1, input: state, output: inner, levels, film: film++, rectify: 'before' });
      const rectify = isLast && i === blocks.length - 1 ? ({ rectify: 'after' } as const) : {};
      steps.push({ kind: 'conv', layer: conv2, input: inner, output: state, levels, accumulate: true, ...rectify });
    });
  };
  steps.push({ kind: 'conv', layer: convIn, input: 'input', output: 'state 0', levels: [0, 0] });
  encoder.forEach((blocks, level) => {
    runBlocks(blocks, level, encoder.length === 1);
    const layer = down[level];
    if (layer === undefined) return;
    const maps = { input: `state ${level}`, output: `state ${level + 1}` } as const;
    steps.push({ kind: 'down', layer, ...maps, levels: [level, level + 1] });
  });
  for (let level = up.length - 1; level >= 0; level--) {
    const maps = { input: `state ${level + 1}`, output: `state ${level}` } as const;
    steps.push({ kind: 'up', layer: up[level], ...maps, levels: [level + 1, level], accumulate: true });
    runBlocks(decoder[level], level, level === 0);
  }
  steps.push({ kind: 'conv', layer: convOut, input: 'state 0', output: 'output', levels: [0, 0] });
  return steps;
}
