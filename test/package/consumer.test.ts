/**
 * Tests the package as users get it: packed, unpacked, used by a strict TypeScript program, and checked by publint and
 * attw.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Consumer, makeConsumer } from '../../bench/payload/packed-package.ts';
import { ROOT } from '../support/built.ts';

let consumer: Consumer;

/**
 * A user's program, which imports every entry and uses the types that are most likely to depend on those of other
 * packages.
 */
const PROGRAM = `
import { createServer } from 'node:http';
import { createCodec, DdpmError, decode, decodeProgressive, type Decoded, encode, inspect, models, readImage } from 'ddpm-codec';
import { analyze, plotSvg, type PlotSpec, sample } from 'ddpm-codec/analysis';
import { ratePlot, runBenchmark } from 'ddpm-codec/bench';
import * as browser from 'ddpm-codec/browser';
import { configure, type DdpmImage, type FrameDetail } from 'ddpm-codec/element';
import { encodeWalk, inlineExecutor, RangeEncoder, StreamParser, trellisTransport, WalkRun } from 'ddpm-codec/codec';
import { type Backend, type Denoiser, linearSchedule, loadModel, openBackend } from 'ddpm-codec/model';
import { createHandler, type Handler, memoryCache, type OpenFile, toNodeListener } from 'ddpm-codec/server';
import { parseTrainingConfig, train, type TrainingConfig } from 'ddpm-codec/training';

export async function roundTrip(path: string): Promise<Decoded> {
  const { data, info } = await encode(new URL(path, 'file:///'), { bpp: 0.5, transport: 'trellis' });
  const layers: number = inspect(data).layers.length + info.layers.length;
  for await (const frame of decodeProgressive([data] as unknown as AsyncIterable<Uint8Array>)) frame.info.layer satisfies number;
  await using codec = await createCodec({ threads: layers });
  const pixels = await readImage(data).catch((error: unknown) => {
    if (error instanceof DdpmError && error.code === 'ERR_DDPM_INPUT') return undefined;
    throw error;
  });
  if (pixels) await codec.encode(pixels, { quality: 50 });
  for (const { name, id } of await models.list()) name.concat(id);
  return decode(data, { layers: 2 });
}
export function picture(): DdpmImage {
  configure({ model: '/photo-v2.safetensors' });
  const element = document.createElement('ddpm-image');
  element.maxBytes = 8000;
  element.addEventListener('frame', (event) => ((event as CustomEvent<FrameDetail>).detail.bytes satisfies number));
  return element;
}
export async function parts(weights: Uint8Array): Promise<Backend> {
  const backend = await openBackend('wasm');
  const model = await loadModel(weights, { backend, source: 'weights' });
  const denoiser: Denoiser = model.denoiser;
  const run = new WalkRun(inlineExecutor({ ...model, denoiser }, trellisTransport({ beamWidth: 8 })));
  void [run, encodeWalk, RangeEncoder, StreamParser, linearSchedule, browser.decode];
  return backend;
}
export function serve(open: OpenFile): Handler {
  createHandler({ root: '.', codec: { decode }, formats: ['webp'] });
  createCodec().then((codec) => createHandler({ root: '.', codec }));
  const handler = createHandler({ open, cache: memoryCache({ bytes: 1e6 }), onError: (error: unknown) => void error });
  createServer(toNodeListener(handler)).listen(0);
  return handler;
}
export const others = [analyze, sample, plotSvg, ratePlot, runBenchmark, parseTrainingConfig, train] as const;
export type Shapes = [PlotSpec, TrainingConfig];
`;

beforeAll(() => {
  consumer = makeConsumer(ROOT, 'consumer');
  const modules = join(consumer.folder, 'node_modules');
  mkdirSync(join(modules, '@types'));
  symlinkSync(join(ROOT, 'node_modules', '@types', 'node'), join(modules, '@types', 'node'));
  symlinkSync(join(ROOT, 'node_modules', 'undici-types'), join(modules, 'undici-types'));
  writeFileSync(join(consumer.folder, 'program.ts'), PROGRAM);
});

/** Compiles the user's program and returns the compiler's messages. */
function compile(module: ts.ModuleKind, moduleResolution: ts.ModuleResolutionKind): string[] {
  const program = ts.createProgram([join(consumer.folder, 'program.ts')], {
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts'],
    module,
    moduleResolution,
    types: ['node'],
    typeRoots: [join(consumer.folder, 'node_modules', '@types')],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    preserveSymlinks: true,
  });
  const files = program.getSourceFiles().map(({ fileName }) => fileName);
  expect(files.some((name) => name.includes('ddpm-codec/dist/entry/index.d.ts'))).toBe(true);
  expect(files.filter((name) => /node_modules\/(@tensorflow|@webgpu|vega|webgpu|sharp|piscina)/.test(name))).toEqual(
    [],
  );
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ file, messageText }) => `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
}

describe('types, with skipLibCheck false and no other types installed than @types/node', () => {
  test.each([
    ['node16', ts.ModuleKind.Node16, ts.ModuleResolutionKind.Node16],
    ['nodenext', ts.ModuleKind.NodeNext, ts.ModuleResolutionKind.NodeNext],
    ['bundler', ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler],
  ])('compile under %s', (_, module, moduleResolution) => {
    expect(compile(module, moduleResolution)).toEqual([]);
  });
});

describe('the tarball', () => {
  test('passes publint and attw', () => {
    const bin = (name: string): string => join(ROOT, 'node_modules', '.bin', name);
    execFileSync(bin('publint'), ['run', consumer.tarball, '--strict'], { encoding: 'utf8' });
    execFileSync(bin('attw'), [consumer.tarball, '--profile', 'esm-only', '--quiet'], { encoding: 'utf8' });
  });

  test('has no install script and no unintended files', () => {
    const { scripts } = JSON.parse(readFileSync(join(consumer.installed, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const name of ['preinstall', 'install', 'postinstall']) expect(scripts).not.toHaveProperty(name);
    const files = readdirSync(consumer.installed, { recursive: true, encoding: 'utf8' });
    expect(files).toContain(join('models', 'tail-network.bin'));
    expect(files).toContain(join('docs', 'format.md'));
    expect(files.filter((name) => /\.map$|\.test\.|\.sources\.json|candidates|^(src|test|bench)/.test(name))).toEqual(
      [],
    );
  });
});
