import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runChaos } from '../../bench/fleet/chaos.ts';
import { NO_OWN_SERVER } from './support/queue-server.ts';

test.skipIf(NO_OWN_SERVER)(
  `workers and the server are killed, and every output is there once and right${NO_OWN_SERVER ? `: ${NO_OWN_SERVER}` : ''}`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ddpm-chaos-'));
    try {
      const settings = { folder, pictures: 200, workers: 3, killEveryMs: 2500, mostKills: 5, options: ['-e', '1'] };
      const report = await runChaos(settings);
      expect(report).toMatchObject({
        right: 200,
        wrong: 0,
        missing: 0,
        strange: [],
        seenEarly: 200,
        halfWritten: 0,
        completed: 200,
        failed: 0,
        left: 0,
        serverKills: 1,
        exitCodes: [0, 0, 0],
      });
      expect(report.kills).toBeGreaterThan(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
