import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { openMetrics } from '../../src/metrics/open-metrics.ts';
import { ROOT } from '../support/built.ts';
import { samples } from '../support/prometheus-text.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[];
}

const dashboard = JSON.parse(readFileSync(join(ROOT, 'deploy', 'grafana', 'ddpm-codec.json'), 'utf8'));
const panels: readonly Panel[] = dashboard.panels;
const variables: readonly { name: string; query: string | { query: string } }[] = dashboard.templating.list;
/** Labels that Prometheus gives to all that it reads. */
const TARGET_LABELS = ['job', 'instance'];

/** Labels of what /metrics prints, by name of the metric. */
const known = new Map<string, Set<string>>();

beforeAll(async () => {
  const metrics = await openMetrics({
    address: { host: '127.0.0.1', port: 0 },
    version: '0.0.0',
    commands: ['encode'],
    readQueue: async () => ({
      waiting: 0,
      prioritized: 0,
      active: 0,
      delayed: 0,
      failed: 0,
      completed: 0,
      oldestWaitingSeconds: 0,
    }),
  });
  metrics.observer.ended(
    { id: '1', command: 'encode', input: '', output: '' },
    { outcome: 'retried', exitCode: 3, attempts: 1 },
  );
  for (const { name, labels } of samples(await (await fetch(metrics.url)).text())) {
    known.set(name, new Set([...(known.get(name) ?? TARGET_LABELS), ...Object.keys(labels)]));
  }
  await metrics.close();
});

/** The metrics of a query, each with the labels that it is matched and grouped by. */
function metricsOf(query: string): { name: string; matched: string[]; grouped: string[] }[] {
  const parts = query.matchAll(/\bby \(([^)]*)\)|\b((?:ddpm_codec|process|nodejs)_\w+)(?:\{([^}]*)\})?/g);
  const found = [];
  let grouped: string[] = [];
  for (const [, by, name, matchers = ''] of parts) {
    if (by !== undefined) grouped = by.split(/,\s*/);
    if (name === undefined) continue;
    found.push({ name, matched: [...matchers.matchAll(/(\w+)\s*[=!]~?"/g)].map(([, label]) => label), grouped });
    grouped = [];
  }
  return found;
}

test.each(panels.map(({ title, targets }) => ({ title, targets })))(
  'panel "$title" asks for metrics and labels that /metrics prints',
  ({ targets }) => {
    expect(targets.length).toBeGreaterThan(0);
    for (const { expr, legendFormat } of targets) {
      const used = metricsOf(expr);
      const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
      expect(used, expr).not.toEqual([]);
      for (const { name, matched, grouped } of used) {
        expect([...known.keys()], expr).toContain(name);
        expect([...(known.get(name) ?? [])], expr).toEqual(expect.arrayContaining([...matched, ...grouped, ...shown]));
        const isAggregated = /^(sum|max|min|count|histogram_quantile)\b/.test(expr);
        if (isAggregated) expect(grouped, `${expr} loses what its legend shows`).toEqual(expect.arrayContaining(shown));
      }
    }
  },
);

test('every metric of ours is on the dashboard', () => {
  const used = new Set(
    panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => metricsOf(expr))).map(({ name }) => name),
  );
  const ours = [...known.keys()].filter((name) => name.startsWith('ddpm_codec_') && !/_(sum|count)$/.test(name));
  expect(ours.filter((name) => !used.has(name))).toEqual([]);
});

test('its variables are all that its queries use, and ask for a metric that is there', () => {
  const text = JSON.stringify(panels);
  const used = new Set(
    [...text.matchAll(/\$\{?(\w+)\}?/g)].map(([, name]) => name).filter((name) => !name.startsWith('__')),
  );
  expect([...used].sort()).toEqual(variables.map(({ name }) => name).sort());
  const queries = variables.flatMap(({ query }) => (typeof query === 'string' ? [] : metricsOf(query.query)));
  for (const { name } of queries) expect([...known.keys()]).toContain(name);
});

test('it has what an import needs: title, uid, version of the schema, and panels with ids of their own that do not overlap', () => {
  expect(dashboard).toMatchObject({ title: 'ddpm-codec', uid: 'ddpm-codec', schemaVersion: expect.any(Number) });
  expect(dashboard).not.toHaveProperty('id'); // one of another installation
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
    expect(x + w).toBeLessThanOrEqual(24);
    return Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`);
  });
  expect(new Set(cells).size).toBe(cells.length);
});

const promtool = spawnSync('promtool', ['--version']).status === 0;
test.skipIf(!promtool)('promtool can parse its queries (needs promtool of Prometheus)', () => {
  const rules = panels.flatMap(({ id, targets }) =>
    targets.map(({ refId, expr }) => ({
      record: `panel:${id}:${refId}`,
      expr: expr.replaceAll('$__rate_interval', '1m').replaceAll('$job', '.*'),
    })),
  );
  const file = join(temporaryFolder(), 'rules.yml');
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] })); // JSON is YAML
  const { status, stderr, stdout } = spawnSync('promtool', ['check', 'rules', '--lint=none', file], {
    encoding: 'utf8',
  });
  expect(status, `${stdout}${stderr}`).toBe(0);
  expect(stdout).toContain(`SUCCESS: ${rules.length} rules found`);
});
