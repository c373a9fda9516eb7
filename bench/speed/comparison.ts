/** Compares two runs of bench/speed.ts. */
import { alignedTable } from './aligned-table.js';
import { keyOf, threadsOf } from './row-names.js';
import type { Row, SpeedReport } from './types.js';

/** Table of ratios between this run and an earlier one (times and peak memory), for the rows that both have. */
export function comparison(now: SpeedReport, earlier: SpeedReport): string {
  const before = new Map(earlier.rows.map((row) => [keyOf(row), row]));
  const rest = (row: Row): number => row.trellisMs + row.whiteningMs + row.ioMs;
  const cells: string[][] = [];
  for (const row of now.rows) {
    const old = before.get(keyOf(row));
    if (!old) continue;
    const ratios = [
      row.wallMs / old.wallMs,
      row.cpuMs / old.cpuMs,
      row.networkMs / old.networkMs,
      rest(row) / rest(old),
      row.peakRssBytes / old.peakRssBytes,
    ];
    cells.push([row.group, row.operation, threadsOf(row), ...ratios.map((ratio) => ratio.toFixed(3))]);
  }
  if (cells.length === 0) return 'The runs have no case in common.';
  const head = ['pictures', '', 'threads', 'time', 'CPU', 'network', 'trellis, whitening, I/O', 'peak memory'];
  return `Now over earlier (commit ${earlier.machine.commit}):\n\n${alignedTable(head, cells, 3)}`;
}
