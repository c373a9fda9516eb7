import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { fakeLibrary, runFake } from '../support/fake-library.ts';
import { CALIBRATED_ID, IMPORTED_ID } from '../support/fake-models.ts';

let folder: string;
let images: string;
beforeEach(() => {
  folder = temporaryFolder();
  images = join(folder, 'fifteen.bin');
  writeFileSync(images, new Uint8Array(15 * 3073).fill(7));
});

const names = (library: ReturnType<typeof fakeLibrary>): string[] => library.calls.map(({ name }) => name);

describe('models import', () => {
  test('converts, registers, and tells what to do next', async () => {
    const library = fakeLibrary();
    const { code, stdout, stderr } = await runFake(['models', 'import', 'dir', '--name', 'mine'], library);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(library.calls).toEqual([
      { name: 'importModel', args: ['dir', { name: 'mine', onProgress: expect.any(Function) }] },
      { name: 'checkNameFree', args: ['imported', IMPORTED_ID] },
      { name: 'registerModel', args: ['imported', 'imported', IMPORTED_ID] },
    ]);
    expect(stderr).toBe(
      `dir → imported (${IMPORTED_ID})  ddpm-unet, 35 746 307 parameters  /models/imported-${IMPORTED_ID}.safetensors\n` +
        'ddpm-codec: to code with it, measure it first: ddpm-codec calibrate imported IMAGES\n',
    );
  });

  test('calibrates where images are given, and registers the one file', async () => {
    const library = fakeLibrary();
    const flags = ['--levels', '8', '--images', '14', '--seed', '3', '--backend', 'cpu', '--json'];
    const ended = await runFake(['models', 'import', 'dir', ...flags, '--calibration-images', images], library);
    expect(ended.code).toBe(0);
    expect(names(library)).toEqual(['importModel', 'checkNameFree', 'calibrateModel', 'registerModel']);
    const [, free, calibrate, register] = library.calls;
    expect(free?.args).toEqual(['imported', undefined]);
    expect(calibrate?.args[0]).toEqual(Buffer.from('imported'));
    expect(calibrate?.args[1]).toHaveLength(14);
    expect(calibrate?.args[2]).toEqual({ levels: 8, seed: 3, backend: 'cpu', onProgress: expect.any(Function) });
    expect(register?.args).toEqual(['calibrated', 'imported', CALIBRATED_ID]);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      ...{ command: 'models import', input: 'dir', name: 'imported', id: CALIBRATED_ID, calibrated: true },
      ...{ parameters: 35_746_307, images: 14, blocks: 224, path: `/models/imported-${CALIBRATED_ID}.safetensors` },
    });
  });

  test('from the hub: tells the commit, shows the download, and removes it when the model folder has it all', async () => {
    const fake = fakeLibrary();
    const download = join(folder, 'download');
    mkdirSync(download);
    writeFileSync(join(download, 'config.json'), '{}');
    const wasThere: boolean[] = [];
    const library = {
      ...fake,
      importModel: async (...args: Parameters<typeof fake.importModel>) => {
        const { data, info } = await fake.importModel(...args);
        args[1]?.onProgress?.({ file: 'weights', bytes: 5e6, bytesTotal: 1e7, fraction: 0.5 });
        return { data, info: { ...info, origin: 'hf:a/b@c0ffee', download } };
      },
      registerModel: async (...args: Parameters<typeof fake.registerModel>) => {
        wasThere.push(existsSync(download));
        return fake.registerModel(...args);
      },
    };
    const { stderr } = await runFake(['models', 'import', 'hf:a/b'], library);
    expect(stderr).toContain(`hf:a/b@c0ffee → imported (${IMPORTED_ID})`);
    expect([wasThere, existsSync(download)]).toEqual([[true], false]);
    const { stdout } = await runFake(['models', 'import', 'hf:a/b', '--json'], library);
    const report = JSON.parse(stdout);
    expect([report.origin, report.download]).toEqual(['hf:a/b@c0ffee', undefined]);
  });
});

describe('models list', () => {
  test('prints a row for each model, and problems', async () => {
    const { code, stdout } = await runFake(['models', 'list'], fakeLibrary());
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'name     id                architecture  parameters  bytes  codes  path',
      'photo-1  0123456789abcdef  photo-net     2 052 216   4 000  yes    /models/photo-1',
      'broken   ffffffffffffffff  -             0           3      no     /models/broken',
      'unusable: no model',
      '',
    ]);
  });

  test('--json prints one object', async () => {
    const { stdout } = await runFake(['models', 'list', '--json'], fakeLibrary());
    const { command, folder: where, models } = JSON.parse(stdout);
    expect({ command, where }).toEqual({ command: 'models list', where: '/models' });
    expect(models).toMatchObject([{ name: 'photo-1', calibrated: true }, { problem: 'no model' }]);
  });
});

describe('calibrate', () => {
  test('measures and registers under the name of the model', async () => {
    const library = fakeLibrary();
    const { code, stderr } = await runFake(['calibrate', 'mine', images], library);
    expect(code).toBe(0);
    expect(names(library)).toEqual(['checkNameFree', 'calibrateModel', 'registerModel']);
    expect(library.calls[1]?.args.slice(0, 2)).toEqual(['mine', expect.objectContaining({ length: 15 })]);
    expect(library.calls[2]?.args).toEqual(['calibrated', 'named', CALIBRATED_ID]);
    expect(stderr).toContain(
      `mine → /models/named-${CALIBRATED_ID}.safetensors  id ${CALIBRATED_ID}  15 images, 240 blocks`,
    );
    expect(stderr).not.toContain('warning');
  });

  test('writes a file with -o, and warns of few images', async () => {
    const library = fakeLibrary();
    const output = join(folder, 'out.safetensors');
    const args = ['calibrate', 'mine', images, '--images', '2', '-o', output];
    const { code, stderr } = await runFake(args, library);
    expect(code).toBe(0);
    expect(names(library)).toEqual(['calibrateModel']);
    expect(readFileSync(output, 'utf8')).toBe('calibrated');
    expect(stderr).toContain('warning: the table is measured on 32 blocks of 8x8 pixels alone');
    const again = fakeLibrary();
    expect((await runFake([...args, '--no-clobber'], again)).code).toBe(7);
    expect(names(again)).toEqual([]);
    expect((await runFake([...args, '--quiet'], again)).stderr).toBe('');
    const overModel = await runFake(['calibrate', output, images, '-o', output], again);
    expect([overModel.code, overModel.stderr]).toEqual([2, expect.stringContaining('is the file that is read as')]);
  });

  test('usage: a name is for the model folder; images are needed', async () => {
    const output = join(folder, 'x');
    for (const rest of [
      ['--name', 'a', '-o', output],
      ['--levels', 'many'],
      ['--backend', 'gpu'],
    ]) {
      const { code, stderr } = await runFake(['calibrate', 'mine', images, ...rest], fakeLibrary());
      expect(code).toBe(2);
      expect(stderr).toMatch(/^ddpm-codec: wrong usage: [^\n]+See ddpm-codec calibrate --help\n$/);
    }
    expect((await runFake(['calibrate', 'mine'], fakeLibrary())).code).toBe(2);
    expect(existsSync(output)).toBe(false);
  });
});
