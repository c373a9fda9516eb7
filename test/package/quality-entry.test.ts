/** What `ddpm-codec/quality` loads: nothing of the codec, and packages only when a network is opened. */
import * as esbuild from 'esbuild';
import { expect, test } from 'vitest';

test('imports pixels, measures and the door to ONNX networks, and nothing else', async () => {
  const { metafile } = await esbuild.build({
    entryPoints: ['dist/entry/quality.js'],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    external: ['#onnxruntime'],
    metafile: true,
    write: false,
  });
  const rooms = new Set(Object.keys(metafile.inputs).map((path) => path.split('/').slice(0, 2).join('/')));
  expect([...rooms].sort()).toEqual(['dist/base', 'dist/entry', 'dist/image', 'dist/onnx', 'dist/quality']);
  const [{ imports = [] }] = Object.values(metafile.outputs);
  expect(imports).toEqual([{ path: '#onnxruntime', kind: 'dynamic-import', external: true }]);
});
