/** Figures of bench/fleet.ts: workers of a queue that are killed, their speed, and the memory of their server. */
import type { ChaosReport } from '../../fleet/chaos.ts';
import type { ServerMemory } from '../../fleet/server-memory.ts';
import type { ThroughputRound } from '../../fleet/throughput.ts';
import { type Figure, number, table } from '../figure.ts';
import { type FigureSource, source } from '../source.ts';

/** Throughput of pictures of one size. */
export interface SpeedReport {
  /** `32x32` */
  readonly name: string;
  readonly pictures: number;
  readonly rounds: readonly ThroughputRound[];
  /** Pictures a second, medians. */
  readonly single: number;
  readonly fleet: number;
  /** Median of the ratios of fleet to single. */
  readonly ratio: number;
}

/** What bench/fleet.ts finds. */
export interface FleetReport {
  readonly chaos: ChaosReport;
  readonly speed: readonly SpeedReport[];
  readonly memory: ServerMemory;
}

/** The figures of a report. */
function fleetFigures({ chaos, speed, memory }: FleetReport): Record<string, Figure> {
  return {
    'chaos.pictures': number(chaos.pictures),
    'chaos.right': number(chaos.right),
    'chaos.wrong': number(chaos.wrong + chaos.missing + chaos.halfWritten + chaos.strange.length),
    'chaos.kills': number(chaos.kills),
    'chaos.temporary': number(chaos.temporary),
    'chaos.minutes': number(chaos.seconds / 60, 1, ' minutes'),
    speed: table(
      ['pictures', 'one process, 1/s', 'four workers, 1/s', 'ratio'],
      speed.map((row) => [
        `${row.pictures} of ${row.name}`,
        row.single.toFixed(2),
        row.fleet.toFixed(2),
        row.ratio.toFixed(2),
      ]),
    ),
    'memory.waiting': number(memory.waiting / 1000, 1, ' kB'),
    'memory.done': number(memory.done / 1000, 1, ' kB'),
    'memory.waiting.all': number((memory.waiting * memory.jobs) / 1e6, 0, ' MB'),
    'memory.done.all': number((memory.done * memory.jobs) / 1e6, 0, ' MB'),
  };
}

/** Measurement `fleet`. */
export const fleet: FigureSource = source<FleetReport>('fleet', fleetFigures, 'shape');
