/** Code that each worker thread of the pool runs, with its own search kernel. The default model is shared by all, another one is loaded by each. */
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { denoiseWindows } from '../../codec/executor/denoise-windows.ts';
import type {
  ResidualJob,
  ResidualResult,
  TileJob,
  TileResult,
  WindowJob,
  WindowResult,
} from '../../codec/executor/executor.ts';
import { tileExecutor } from '../../codec/executor/inline-executor.ts';
import { openTransport, type TransportChoice } from '../../codec/executor/open-transport.ts';
import type { Transport } from '../../codec/transport/transport.ts';
import { type CallFailure, failureOf } from '../../coding/calls/call-failure.ts';
import type { RunOptions } from '../../coding/run-options.ts';
import type { Calibration } from '../../model/denoiser.ts';
import { type Help, JoinedPhotoNet, sharedNetwork } from '../../model/photo-net/joined-photo-net.ts';
import type { SharedPhotoNet } from '../../model/photo-net/photo-net.ts';
import type { RunArea } from '../../model/photo-net/program/program-network.ts';
import { useModel } from '../models/model-cache.ts';

/** Model and backend of a task. */
export type ModelChoice = Readonly<Required<Pick<RunOptions, 'model' | 'backend'>>>;

/** Properties of the worker's model that a walk in the main thread needs. */
export interface ModelDescription {
  readonly id: string;
  readonly calibration: Calibration;
  readonly sizeMultiple: number;
  readonly windowSize: number | undefined;
  readonly fused: boolean;
  /** The network, if the threads share it. */
  readonly shared: SharedPhotoNet | undefined;
}

/** A run of a shared network. */
export interface Team {
  readonly shared: SharedPhotoNet;
  readonly area: RunArea;
}

/** Kinds of tasks, each with its job and its result. */
export interface PoolTasks {
  /** Loads the model. Asked once for each model. */
  describe: { job: null; result: ModelDescription };
  /** Windows of one size and noise level, denoised in one run of the network; without a team by this thread's own model. */
  windows: { job: { readonly windows: readonly WindowJob[]; readonly team?: Team }; result: readonly WindowResult[] };
  /** Takes part in a run that another thread coordinates. */
  help: { job: { readonly team: Team; readonly seat: number }; result: Help };
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
export type WorkerAnswer = { readonly result: unknown } | { readonly failure: CallFailure };

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

/** Networks that this thread shares, by model and backend. */
const joined = new Map<string, JoinedPhotoNet>();

function joinNetwork({ model, backend }: ModelChoice, { shared }: Team): JoinedPhotoNet {
  const key = `${backend}\n${model}`;
  const network = joined.get(key) ?? new JoinedPhotoNet(shared);
  joined.set(key, network);
  return network;
}

/** Milliseconds that a helper waits for a run to begin. Meanwhile this thread does nothing else. */
const HELP_WAIT_MS = 20;

type Handlers = { [K in TaskKind]: (job: PoolTasks[K]['job'], choice: ModelChoice) => Promise<PoolTasks[K]['result']> };

const HANDLERS: Handlers = {
  async describe(_, { model, backend }) {
    const { id, calibration, denoiser } = await useModel(model, backend);
    const { sizeMultiple, windowSize, fused = false } = denoiser;
    return { id, calibration, sizeMultiple, windowSize, fused, shared: sharedNetwork(denoiser) };
  },
  async windows({ windows, team }, choice) {
    const { model, backend } = choice;
    const denoiser = team ? joinNetwork(choice, team).denoiser(team.area) : (await useModel(model, backend)).denoiser;
    return denoiseWindows(denoiser, windows);
  },
  help: async ({ team, seat }, choice) => joinNetwork(choice, team).help(team.area, seat, HELP_WAIT_MS),
  residual: (job) => tileExecutor(useTransport(ANY_TRANSPORT)).residual(job),
  takeStep: ({ tile, transport }) => tileExecutor(useTransport(transport)).takeStep(tile),
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
    const handler = HANDLERS[kind] as (job: unknown, choice: ModelChoice) => Promise<PoolTasks[TaskKind]['result']>;
    const result = await handler(job, choice);
    const memory = transferables(kind, result);
    return move({ [transferableSymbol]: memory, [valueSymbol]: { result } }) as unknown as WorkerAnswer;
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

export default answer;
