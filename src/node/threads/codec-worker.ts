/** Code that each worker thread of the pool runs, with its own model, tensor backend and search kernel. */
import { move, transferableSymbol, valueSymbol, workerData } from 'piscina';
import { denoiseWindows } from '../../codec/executor/denoise-windows.ts';
import type {
  ResidualJob,
  ResidualResult,
  TileJob,
  TileResult,
  WindowJob,
  WindowResult,
} from '../../codec/executor/executor.ts';
import { inlineExecutor } from '../../codec/executor/inline-executor.ts';
import { openTransport, type TransportChoice } from '../../codec/executor/open-transport.ts';
import type { Transport } from '../../codec/transport/transport.ts';
import type { RunOptions } from '../../coding/run-options.ts';
import type { Calibration, Model } from '../../model/denoiser.ts';
import { useModel } from '../models/model-cache.ts';
import { failureOf, type ThreadFailure } from './thread-failure.ts';

/** Model and backend of a task. */
export type ModelChoice = Pick<RunOptions, 'model' | 'backend'>;

/** Properties of the worker's model that a walk in the main thread needs. */
export interface ModelDescription {
  readonly id: string;
  readonly calibration: Calibration;
  readonly sizeMultiple: number;
  readonly windowSize: number | undefined;
  readonly fused: boolean;
}

/** Kinds of tasks, each with its job and its result. */
export interface PoolTasks {
  describe: { job: null; result: ModelDescription };
  /** Windows of one size and noise level, denoised in one run of the network. */
  windows: { job: readonly WindowJob[]; result: readonly WindowResult[] };
  residual: { job: ResidualJob; result: ResidualResult };
  takeStep: { job: { readonly tile: TileJob; readonly transport: TransportChoice }; result: TileResult };
}

/** Names of {@link PoolTasks}. */
export type TaskKind = keyof PoolTasks;

/** A task for a worker. */
export interface PoolTask<K extends TaskKind = TaskKind> {
  readonly kind: K;
  readonly job: PoolTasks[K]['job'];
  readonly choice: ModelChoice;
}

/** Result or error of a task. */
export type WorkerAnswer = { readonly result: unknown } | { readonly failure: ThreadFailure };

const transports = new Map<string, Transport>();

/** The transport of a choice, kept so that its search uses the same memory for every tile. */
function useTransport(choice: TransportChoice): Transport {
  const key = `${choice.name} ${choice.beamWidth}`;
  const transport = transports.get(key) ?? openTransport(choice);
  transports.set(key, transport);
  return transport;
}

/** For jobs that use no transport. */
const ANY_TRANSPORT: TransportChoice = { name: 'trellis' };

type Handlers = { [K in TaskKind]: (job: PoolTasks[K]['job'], model: Model) => Promise<PoolTasks[K]['result']> };

const HANDLERS: Handlers = {
  async describe(_, { id, calibration, denoiser }) {
    return {
      id,
      calibration,
      sizeMultiple: denoiser.sizeMultiple,
      windowSize: denoiser.windowSize,
      fused: denoiser.fused === true,
    };
  },
  windows: (jobs, model) => denoiseWindows(model.denoiser, jobs),
  residual: (job, model) => inlineExecutor(model, useTransport(ANY_TRANSPORT)).residual(job),
  takeStep: ({ tile, transport }, model) => inlineExecutor(model, useTransport(transport)).takeStep(tile),
};

/** Buffers of a result that are moved to the main thread instead of being copied. */
function transferables<K extends TaskKind>(kind: K, result: PoolTasks[TaskKind]['result']): ArrayBufferLike[] {
  if (kind === 'windows') {
    return (result as readonly WindowResult[]).flatMap(({ mean, blockVariance, logVariance }) => [
      mean.buffer,
      blockVariance.buffer,
      ...(logVariance ? [logVariance.buffer] : []),
    ]);
  }
  if (kind === 'residual') return [(result as ResidualResult).residual.buffer];
  return kind === 'takeStep' ? [(result as TileResult).y.buffer] : [];
}

/** Runs a task; its errors are part of the answer. */
async function answer({ kind, job, choice }: PoolTask): Promise<WorkerAnswer> {
  try {
    const model = await useModel(choice.model, choice.backend);
    const handler = HANDLERS[kind] as (job: unknown, model: Model) => Promise<PoolTasks[TaskKind]['result']>;
    const result = await handler(job, model);
    const memory = transferables(kind, result);
    return move({ [transferableSymbol]: memory, [valueSymbol]: { result } }) as unknown as WorkerAnswer;
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

export default answer;

// Loads the model before the first task arrives, while other threads start. A failure is reported by that task.
const { model, backend } = workerData as ModelChoice;
await useModel(model, backend).catch(() => {});
