/** What must hold of the results of bench/speed.ts. */
import { FAST_PHOTOGRAPH, LARGE, ONE_WINDOW, PHOTOGRAPH } from './groups.js';
import { codecSpeed, networkGain } from './network-speeds.js';
import { timesAsFast } from './paired-ratio.js';
import { inCommit, rowFinder } from './row-names.js';
import type { Criterion, Operation, SpeedReport } from './types.js';

const OPERATIONS: readonly Operation[] = ['encode', 'decode'];
/** Side of the window that the criteria of the network are about. */
const SIDE = 512;
const FUSED_NODE = /^v22\./;

type Measured = Omit<SpeedReport, 'criteria'>;

/** A quantity and its limit; undefined if it was not measured. */
function atLeast(what: string, limit: number, value: number | undefined): Criterion[] {
  if (value === undefined) return [];
  return [{ what, limit: `>= ${limit}`, measured: value.toFixed(2), holds: value >= limit }];
}

function atMost(what: string, limit: number, value: number | undefined, unit = ''): Criterion[] {
  if (value === undefined) return [];
  return [{ what, limit: `<= ${limit}${unit}`, measured: `${value.toFixed(2)}${unit}`, holds: value <= limit }];
}

/** What the working tree must gain over a commit, in one thread. */
function gains({ rows, others, network }: Measured, commit: string): Criterion[] {
  const find = rowFinder(rows);
  const gain = (group: string, operation: Operation): number | undefined => {
    const row = find(group, operation, 'inline');
    const before = row && inCommit(others, row, commit);
    return before && timesAsFast(row.roundsMs, before.roundsMs);
  };
  const exact = (node: string, of: string | null) =>
    codecSpeed(network, SIDE, { commit: of, node, arithmetic: 'exact' });
  const over = `times as fast as ${commit}`;
  const running = process.version;
  const criteria = [
    ...atLeast(
      `network, exact, Node ${running}: ${over}`,
      1.7,
      networkGain(exact(running, null), exact(running, commit)),
    ),
    ...atLeast(`encode ${PHOTOGRAPH}, inline: ${over}`, 1.6, gain(PHOTOGRAPH, 'encode')),
    ...atLeast(`decode ${PHOTOGRAPH}, inline: ${over}`, 1.7, gain(PHOTOGRAPH, 'decode')),
    ...atLeast(`encode 32x32, inline: ${over}`, 1.5, gain('32x32', 'encode')),
  ];
  const node = network.find((speed) => FUSED_NODE.test(speed.node))?.node;
  if (node === undefined) return criteria;
  const fused = codecSpeed(network, SIDE, { commit: null, node, arithmetic: 'fused' });
  return [
    ...criteria,
    ...atLeast(`network, fused, Node ${node}: ${over}`, 2.5, networkGain(fused, exact(node, commit))),
  ];
}

/** What a second thread must gain. */
function threads({ rows }: Measured): Criterion[] {
  const find = rowFinder(rows);
  const twoOverOne = [ONE_WINDOW, PHOTOGRAPH].flatMap((group) =>
    OPERATIONS.flatMap((operation) => {
      const [one, two] = [1, 2].map((count) => find(group, operation, count));
      const gain = one && two && timesAsFast(two.roundsMs, one.roundsMs);
      return atLeast(`${operation} ${group}: two threads over one`, 1.7, gain);
    }),
  );
  const together = OPERATIONS.flatMap((operation) => {
    const [single, batch] = [false, true].map((all) => find('32x32', operation, 2, all));
    const gain = single && batch && timesAsFast(batch.roundsMs, single.roundsMs);
    return atLeast(`${operation} 32x32, two threads: 64 at once over one at a time`, 1.5, gain);
  });
  return [...twoOverOne, ...together];
}

/** What a large picture may need. */
function large({ rows }: Measured): Criterion[] {
  const find = rowFinder(rows);
  return rows
    .filter(({ group }) => group === LARGE)
    .flatMap((row) => {
      const name = `${row.operation} ${LARGE}, threads ${row.threads}`;
      const small = find(PHOTOGRAPH, row.operation, row.threads);
      const ratio = small && row.secondsPerMegapixel / small.secondsPerMegapixel;
      return [
        ...atMost(`${name}: peak memory`, 3, row.peakRssBytes / 2 ** 30, ' GiB'),
        ...atMost(`${name}: time a pixel over that of ${PHOTOGRAPH}`, 1.15, ratio),
      ];
    });
}

/** Evaluates the criteria, as far as what they need was measured; gains over the first of the commits. */
export function criteriaOf(measured: Measured): Criterion[] {
  const [commit] = measured.commits;
  const fast = rowFinder(measured.rows)(FAST_PHOTOGRAPH, 'encode', 'inline');
  return [
    ...(commit === undefined ? [] : gains(measured, commit)),
    ...atMost(`encode ${FAST_PHOTOGRAPH}, inline`, 2, fast && fast.wallMs / 1000, ' s'),
    ...threads(measured),
    ...atLeast('path search: kernel over TypeScript', 4, measured.search?.ratio),
    ...large(measured),
  ];
}
