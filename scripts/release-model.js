// Ships a new default model with one command: checks it, makes it the default, makes vectors and golden files again, measures every
// figure of the documents, writes them in, and compares the model with the one before.
//
//   npm run release:model -- WEIGHTS [--fixture FILE] [--card FILE] [--only PART,...] [--from PART] [--fresh] [--list]
//     [--tail-images FOLDER --tail-minutes 30]
//
// WEIGHTS is NAME.safetensors; beside it are, unless the options name others, NAME.expected.safetensors (inputs of the network and
// what it must give) and NAME.md (the card: data, objective, time of training, licence).
//
// With --tail-images the tail's network is trained on from its present weights on what the new model gives for the pictures of FOLDER
// (image files, CIFAR-10 binary files; no test pictures); without, it stays as it is, which costs a little rate and nothing else.
//
// A run that was stopped goes on with the first part that is not done (out/release/NAME-ID/done); --fresh forgets what is done.
// --only does some parts, done or not; --from goes on from a part. --list prints the parts. Measure on a quiet machine: the parts
// speed, lossless and placeholder tell times. A whole run takes about three hours on two cores.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { adoptModel, defaultModel, describeWeights, filesWith, modelFiles } from './release/adopt-model.js';

const DATA = 'docs/figures/data';
const TAIL_NETWORK = 'models/tail-network.bin';
const CIFAR = 'test/images/cifar10-test-128.bin';
const kodak = (...numbers) => numbers.map((number) => `test/images/kodak/kodim${number}.png`);

/** Runs a program; fails with it. */
function run(program, ...args) {
  const { status, signal } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${signal ?? `exit code ${status}`}`);
}

const node = (...args) => run(process.execPath, ...args);

/** Runs a program of bench/. */
function bench(name, ...args) {
  node('scripts/build.js', '--if-stale');
  node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.bench.json');
  node(`.scratch/bench/${name}.js`, ...args);
}

/** A part that measures by a program of bench/, which writes docs/figures/data/NAME.json. */
function measure(name, what, program, ...args) {
  return { name, what, run: () => bench(program, ...args, '--json', `${DATA}/${name}.json`) };
}

/** Trains the tail's network on what the default model gives for the pictures of a folder. */
function trainTail(folder, minutes) {
  if (folder === undefined) {
    console.log("  no --tail-images: the tail's network stays as it is");
    return;
  }
  node('scripts/build.js');
  const pictures = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  node('scripts/train-tail.js', '--resume', TAIL_NETWORK, '--minutes', minutes, ...pictures);
}

/** The parts, in their order. */
function partsOf({ files, folder, old }) {
  const before = `${folder}/before`;
  const { name, id } = describeWeights(files.weights);
  const { weights, fixture, card } = modelFiles(name);
  return [
    {
      name: 'check',
      what: 'the weights file and its fixture',
      run: () => bench('check-model', files.weights, files.fixture),
    },
    {
      name: 'baseline',
      what: 'rate, distortion and lossless files of the present model, to compare with',
      run() {
        if (defaultModel().id === id)
          throw new Error('the baseline is measured before the new model is the default one');
        cpSync(DATA, before, { recursive: true });
        bench('rd', '--ours');
        bench('lossless', '--json', `${before}/lossless.json`);
      },
    },
    { name: 'adopt', what: 'weights, card, name and hash of the default model', run: () => adoptModel(files) },
    {
      name: 'tail',
      what: "the tail's network, trained on from its present weights",
      run: () => trainTail(values['tail-images'], values['tail-minutes']),
    },
    {
      name: 'vectors',
      what: 'golden files: test/vectors, test/hostile/fixtures, test/portability/network.json',
      run() {
        node('scripts/build.js');
        node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.fuzz.json');
        node('.scratch/test/vectors/make-vectors.js', '--all');
        node('.scratch/test/vectors/lossless/make-vectors.js');
        node('.scratch/test/portability/make-network.js');
        node('.scratch/test/hostile/make-fixtures.js');
      },
    },
    measure('model', 'facts of the weights file', 'check-model', weights, fixture),
    measure('format', 'tables and test values of docs/format.md', 'format-examples'),
    {
      name: 'cifar10',
      what: 'rate and distortion on CIFAR-10, with others',
      run: () => bench('rd', '--set', 'cifar10'),
    },
    { name: 'kodak', what: 'rate and distortion on Kodak, with others', run: () => bench('rd', '--set', 'kodak') },
    {
      name: 'graphics',
      what: 'rate and distortion on made graphics, with others',
      run: () => bench('rd', '--set', 'graphics'),
    },
    measure('lossless', 'lossless files', 'lossless'),
    measure('placeholder', 'placeholders', 'placeholder', '--sheet', 'docs/placeholders.png'),
    measure('payload', 'script that a page loads', 'payload'),
    measure('loop', 'waits of the event loop', 'loop'),
    measure('element', 'twelve pictures in a page', 'element'),
    measure('fleet', 'workers of a queue, killed and timed', 'fleet'),
    measure('denoising', 'PSNR of the estimate', 'denoising'),
    measure('calibration', 'calibration by kind of picture', 'calibration'),
    measure('likelihood', 'ideal likelihoods', 'likelihood', '--svg', 'docs/analysis.svg'),
    {
      name: 'samples',
      what: 'the pictures of docs/analysis.md',
      run() {
        const flags = ['-n', '16', '--scale', '2'];
        node('bin/ddpm-codec.js', 'sample', ...flags, '--progressive', 'docs/samples-progressive.png');
      },
    },
    measure('samplers', 'samplers by steps', 'samplers', '--sheet', 'docs/samplers.png'),
    measure('threads', 'threads for many images', 'threads'),
    measure('progressive', 'one file cut anywhere', 'progressive', '--plot', 'docs/figures/progressive'),
    measure('demo', 'the output of the demo', 'demo'),
    measure('contact-sheet', 'the contact sheet', 'contact-sheet', 'docs/contact-sheet.jpg', ...kodak(13, 23)),
    ...[
      ['effort-kodak', 'efforts, photographs', 'docs/figures/effort-kodak.svg', ...kodak('05', 13, 21, 23)],
      ['effort-cifar10', 'efforts, small pictures', 'docs/figures/effort-cifar10.svg', CIFAR, '--limit', '64'],
    ].map(([part, what, svg, ...inputs]) => measure(part, what, 'effort', ...inputs, '--rounds', '2', '--svg', svg)),
    measure('transport-cifar10', 'the transports, small pictures', 'transport', CIFAR),
    measure(
      'transport-kodak',
      'the transports, photographs',
      ...['transport', ...kodak('05', 23), '--crop', '256,128,256', '--ladder', '1,2,4,6,8'],
    ),
    measure('channels', 'the trellis code against other channels', 'channels', '--plot', 'docs/figures/channels'),
    ...[
      ['drift-small', 'drift, small crops', ...kodak('05', 13, 23), '--side', '64'],
      ['drift-cifar10', 'drift, CIFAR-10', CIFAR, '--side', '0', '--limit', '8'],
      ['drift-kodak', 'drift, photographs', ...kodak(13, 23), '--side', '0', '--backends', 'wasm'],
    ].map(([part, what, ...inputs]) => measure(part, what, 'drift', ...inputs, '--noise', '1e-6,1e-5,1e-4')),
    measure('speed', 'time and memory', 'speed', '--big', '--nodes'),
    { name: 'documents', what: 'figures into the documents', run: () => bench('write-documents') },
    {
      name: 'audit',
      what: 'no document names the old model or shows a figure of it without saying so',
      run: () => audit(old, card),
    },
    {
      name: 'compare',
      what: 'the old model against the new one',
      run: () => bench('compare-models', old.id, id, '--before', before),
    },
  ];
}

/**
 * Checks that nothing but history, measurements that are not made anew and the new model's card names the model before, and that all
 * documents are up to date and say where their figures are of another model.
 */
function audit(old, card) {
  const present = defaultModel();
  const kept = ['CHANGELOG.md', 'models/candidates', 'docs/figures/data', '*.svg', card];
  /** Whether a text stands outside of figures. */
  const isWritten = (path, text) =>
    readFileSync(path, 'utf8')
      .replace(/<!--= [\s\S]*?<!--\/-->/g, '')
      .includes(text);
  const named =
    present.id === old.id
      ? []
      : [old.name, old.id].flatMap((text) => filesWith(text, kept).filter((path) => isWritten(path, text)));
  for (const path of new Set(named)) console.error(`${path} names ${old.name} (${old.id})`);
  if (named.length > 0) throw new Error(`${old.name} is still named`);
  bench('write-documents', '--check');
  node('scripts/check-citations.js');
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    fixture: { type: 'string' },
    card: { type: 'string' },
    only: { type: 'string' },
    from: { type: 'string' },
    fresh: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    'tail-images': { type: 'string' },
    'tail-minutes': { type: 'string', default: '30' },
  },
});

/** Does the parts that are asked for. */
function release() {
  const [weights] = positionals;
  if (weights === undefined || positionals.length > 1)
    throw new Error('usage: npm run release:model -- NAME.safetensors [options]');
  const stem = weights.replace(/\.safetensors$/, '');
  const given = {
    weights,
    fixture: values.fixture ?? `${stem}.expected.safetensors`,
    card: values.card ?? `${stem}.md`,
  };
  const placed = modelFiles(basename(stem));
  /** The files as they were given, or, once they have moved into the project (candidates), where they are then. */
  const files = Object.fromEntries(
    Object.entries(given).map(([kind, path]) => {
      const found = [path, placed[kind]].find((one) => existsSync(one));
      if (found === undefined) throw new Error(`there is no ${kind} file ${path}`);
      return [kind, found];
    }),
  );
  const { name, id } = describeWeights(files.weights);
  const folder = `out/release/${name}-${id}`;
  const done = `${folder}/done`;
  if (values.fresh && !values.list) rmSync(folder, { recursive: true, force: true });
  /** The default model before the first part was done. */
  const old = existsSync(`${folder}/old.json`)
    ? JSON.parse(readFileSync(`${folder}/old.json`, 'utf8'))
    : defaultModel();
  const parts = partsOf({ files, folder, old });

  const chosen = values.only?.split(',');
  const unknown = [...(chosen ?? []), ...(values.from ? [values.from] : [])].filter(
    (one) => !parts.some((part) => part.name === one),
  );
  if (unknown.length > 0)
    throw new Error(`no part ${unknown.join(', ')}; there are ${parts.map((part) => part.name).join(', ')}`);
  if (!values.list) {
    mkdirSync(done, { recursive: true });
    writeFileSync(`${folder}/old.json`, JSON.stringify(old));
  }
  const first = values.from ? parts.findIndex((part) => part.name === values.from) : 0;
  for (const [i, part] of parts.entries()) {
    const isDone = existsSync(`${done}/${part.name}`);
    const label = `[${i + 1}/${parts.length}] ${part.name}: ${part.what}`;
    if (values.list) console.log(`${label}${isDone ? ' (done)' : ''}`);
    if (values.list || (chosen ? !chosen.includes(part.name) : i < first || (isDone && !values.from))) continue;
    console.log(`${new Date().toISOString().slice(11, 19)} ${label}`);
    try {
      part.run();
    } catch (error) {
      throw new Error(`part ${part.name}: ${error.message}; the next run goes on there`);
    }
    writeFileSync(`${done}/${part.name}`, new Date().toISOString());
  }
}

try {
  release();
} catch (error) {
  console.error(`release:model: ${error.message}`);
  process.exitCode = 1;
}
