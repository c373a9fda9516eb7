import { cpus, totalmem } from 'node:os';

/** The machine of a measurement. */
export interface Machine {
  readonly cpu: string;
  /** Logical cores. */
  readonly cores: number;
  readonly memoryBytes: number;
  readonly platform: string;
  readonly node: string;
  /** Number of processes that measured at the same time. */
  readonly jobs: number;
}

/** Describes the machine that this process runs on. */
export function thisMachine(jobs: number): Machine {
  const [first, ...others] = cpus();
  const cpu = first?.model.trim() || 'unknown CPU';
  const platform = `${process.platform} ${process.arch}`;
  return { cpu, cores: others.length + 1, memoryBytes: totalmem(), platform, node: process.version, jobs };
}
