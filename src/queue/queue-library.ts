/** Loads BullMQ and its client of Redis, which are optional. */
import { DdpmError } from '../base/errors.ts';
import { loadProblem } from '../base/missing-package.ts';

/** The parts of the two packages that queues use. */
export interface QueueLibrary {
  readonly Queue: typeof import('bullmq').Queue;
  readonly Worker: typeof import('bullmq').Worker;
  readonly UnrecoverableError: typeof import('bullmq').UnrecoverableError;
  readonly Redis: typeof import('ioredis').Redis;
}

/**
 * Loads the packages.
 *
 * @throws DdpmError `ERR_DDPM_DEPENDENCY` if one is missing or does not load
 */
export async function loadQueueLibrary(): Promise<QueueLibrary> {
  const { Redis } = await load('ioredis', () => import('ioredis'));
  const { Queue, Worker, UnrecoverableError } = await load('bullmq', () => import('bullmq'));
  return { Queue, Worker, UnrecoverableError, Redis };
}

async function load<T>(name: string, importPackage: () => Promise<T>): Promise<T> {
  try {
    return await importPackage();
  } catch (cause) {
    const remedy = 'Install the packages of queues with: npm install bullmq ioredis';
    throw new DdpmError('ERR_DDPM_DEPENDENCY', `package ${name} ${loadProblem(cause, name)}. ${remedy}`, { cause });
  }
}
