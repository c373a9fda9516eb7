/** What is known of the files in deploy/ without Docker and a cluster: they parse, agree with the command line and with each other, and hold what is promised. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ROOT } from '../support/built.ts';
import { deployedCommands, parseCommand } from './command-lines.ts';

const FOLDER = join(ROOT, 'deploy');
const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');
const pack = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const files = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(FOLDER, join(entry.parentPath, entry.name)));
const yamlFiles = files.filter((name) => /\.ya?ml$/.test(name));

// biome-ignore lint/suspicious/noExplicitAny: documents of many kinds
function documents(name: string): any[] {
  const parsed = parseAllDocuments(read(name), { strict: true, uniqueKeys: true, merge: true });
  return parsed.map((document) => {
    expect([...document.errors, ...document.warnings], name).toEqual([]);
    return document.toJS();
  });
}

const compose = documents('docker-compose.yml')[0];
const [job] = documents('kubernetes/job.yaml');
const [worker] = documents('kubernetes/worker.yaml');
const [authentication, scaled] = documents('kubernetes/keda.yaml');
const pods = [job.spec.template.spec, worker.spec.template.spec];
const containers = pods.map(({ containers }) => containers[0]);
const commands = deployedCommands(files.map((name) => ({ name, text: read(name) })));
const own = `ddpm-codec:${pack.version}`;

test('there are YAML files, and all parse', () => {
  expect(yamlFiles.length).toBeGreaterThanOrEqual(5);
  for (const name of yamlFiles) expect(documents(name).length).toBeGreaterThan(0);
});

describe('command lines', () => {
  test('those of the files are found', () => {
    const found = new Set(commands.map(({ file, args }) => `${file}: ${args[0]}`));
    for (const one of [
      'Dockerfile: encode',
      'docker-compose.yml: worker',
      'docker-compose.yml: submit',
      'docker-compose.yml: status',
      'kubernetes/job.yaml: encode',
      'kubernetes/worker.yaml: worker',
      'slurm/encode.sbatch: encode',
    ]) {
      expect([...found]).toContain(one);
    }
  });

  test.each(commands)('$file: $args are options that the command line has, with values that it takes', ({ args }) => {
    expect(() => parseCommand(args)).not.toThrow();
  });

  test('an option or a command that is not there is found out', () => {
    expect(() => parseCommand(['encode', 'a.png', '--no-such-option'])).toThrow('--no-such-option');
    expect(() => parseCommand(['encode', 'a.png', '-j', 'many'])).toThrow();
    expect(() => parseCommand(['no-such-command'])).toThrow('no-such-command');
  });
});

describe('images', () => {
  const images = [
    ...Object.values<{ image: string }>(compose.services).map(({ image }) => image),
    ...containers.map(({ image }) => image),
    ...[...read('Dockerfile').matchAll(/^(?:ARG \w+=|FROM )(\S+)/gm)].map(([, image]) => image),
  ].filter((image) => !image.startsWith('$')); // a variable of Docker, which is defined above

  test('all are pinned to a version', () => {
    expect(images.length).toBeGreaterThan(5);
    for (const image of images) expect(image).toMatch(/^[\w./-]+:(v?\d+\.\d+\.\d+|RELEASE\.[\dTZ-]+)(-[\w.-]+)?$/);
  });

  test('ours is that of the package', () => {
    for (const { image } of containers) expect(image).toBe(own);
    expect(compose.services.worker.image).toBe(own);
    expect(read('Dockerfile')).toContain(`-t ${own} `);
  });

  test('the base image has a Node that the package supports', () => {
    const [, major, minor] = /node:(\d+)\.(\d+)/.exec(read('Dockerfile')) ?? [];
    const [, least, leastMinor] = />=(\d+)\.(\d+)/.exec(pack.engines.node) ?? [];
    expect([Number(major), Number(minor)] > [Number(least), Number(leastMinor)]).toBe(true);
  });

  test('optional packages of the image are optional peers of the package, in the versions that the tests use', () => {
    const list = /PACKAGES = \[([^\]]*)\]/.exec(read('optional-packages.js'))?.[1] ?? '';
    const names = [...list.matchAll(/'([^']+)'/g)].map(([, name]) => name);
    expect(names).toEqual(expect.arrayContaining(['bullmq', 'ioredis', 'prom-client', '@aws-sdk/client-s3']));
    for (const name of names) {
      expect(pack.peerDependenciesMeta[name]).toEqual({ optional: true });
      expect(pack.devDependencies[name]).toMatch(/^\d+\.\d+\.\d+$/);
    }
  });

  test('what the package publishes, and what builds it, is not kept from the image', () => {
    const kept = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const published = pack.files.filter((name: string) => !name.startsWith('!') && name !== 'dist');
    const builds = [
      'src',
      'scripts',
      'assembly',
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'tsconfig.build.json',
    ];
    expect(kept).toEqual(
      expect.arrayContaining([...published, ...builds, 'LICENSE', 'README.md', 'deploy/optional-packages.js']),
    );
  });
});

describe('rights', () => {
  test('the image is not run by root', () => {
    const users = [...read('Dockerfile').matchAll(/^USER (\S+)/gm)].map(([, user]) => user);
    expect(users.at(-1)).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(read('Dockerfile').lastIndexOf('USER')).toBeGreaterThan(read('Dockerfile').lastIndexOf('FROM'));
  });

  test('pods are not run by root, get no further rights, and can write only where a volume is', () => {
    for (const { securityContext, containers } of pods) {
      expect(securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
      for (const container of containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
    }
    expect(compose.services.worker).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
  });

  test('no file has a password', () => {
    expect(read('example.env')).toMatch(/^STORE_PASSWORD=$/m);
    for (const name of files) expect(read(name), name).not.toMatch(/(password|secret)\S*[:=] ?["']?[\w-]{4,}["']?$/im);
  });
});

describe('ends', () => {
  const graceOf = (args: string[]): number => Number(args[args.indexOf('--grace') + 1]);

  test('a worker has more time to end than --grace takes', () => {
    expect(worker.spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(graceOf(containers[1].args));
    expect(Number.parseInt(compose.services.worker.stop_grace_period, 10)).toBeGreaterThan(
      graceOf(compose.services.worker.command),
    );
  });

  test('signals reach Node: tini is first, and a shell before it hands over by exec', () => {
    expect(read('Dockerfile')).toContain('ENTRYPOINT ["/usr/bin/tini", "--", "ddpm-codec"]');
    expect(containers[1].command).toBeUndefined();
    expect(containers[0].command[0]).toBe('/usr/bin/tini');
    expect(containers[0].args[0]).toMatch(/^exec ddpm-codec /);
    expect(read('slurm/encode.sbatch')).toMatch(/^exec ddpm-codec /m);
  });
});

describe('numbers that must agree', () => {
  test('shards are as many as pods or tasks', () => {
    const shards = containers[0].env.find(({ name }: { name: string }) => name === 'SHARDS').value;
    expect(Number(shards)).toBe(job.spec.completions);
    const script = read('slurm/encode.sbatch');
    expect(/^#SBATCH --array=1-(\d+)$/m.exec(script)?.[1]).toBe(/^shards=(\d+)$/m.exec(script)?.[1]);
  });

  test('probes and scrapes ask at the port and the paths of --metrics, which listens for other machines', () => {
    const port = 9464;
    for (const container of containers) {
      expect(JSON.stringify(container.args)).toMatch(/--metrics"?[ ,]"?0\.0\.0\.0:9464/);
      expect(container.ports).toEqual([{ name: 'metrics', containerPort: port }]);
      expect(container.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'metrics' });
    }
    expect(containers[1].readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'metrics' });
    expect(worker.spec.template.metadata.annotations['prometheus.io/port']).toBe(String(port));
    expect(compose.services.worker.command).toContain(`0.0.0.0:${port}`);
    expect(compose.services.worker.healthcheck.test.join(' ')).toContain(`:${port}/readyz`);
    expect(documents('prometheus/prometheus.yml')[0].scrape_configs[0].dns_sd_configs[0]).toMatchObject({
      names: ['worker'],
      port,
    });
  });

  test('the autoscaler watches the queue that submit fills, and scales the worker', () => {
    expect(scaled.spec.scaleTargetRef.name).toBe(worker.metadata.name);
    const [list, gauges] = scaled.spec.triggers;
    expect(list.authenticationRef.name).toBe(authentication.metadata.name);
    expect(list.metadata.listName).toBe('bull:photos:wait');
    expect(gauges.metadata.query).toContain('ddpm_codec_queue_jobs{state=~"waiting|prioritized|active"}');
  });
});
