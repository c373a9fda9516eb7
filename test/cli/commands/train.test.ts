import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { fakeLibrary, runFake } from '../support/fake-library.ts';

let folder: string;
const at = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = temporaryFolder();
  for (const name of ['a.bin', 'b.bin', 'held.bin']) writeFileSync(at(name), new Uint8Array(2 * 3073).fill(7));
  const data = { name: 'sevens', train: [at('[ab].bin')], validation: [at('held.bin')] };
  writeFileSync(
    at('small.json'),
    JSON.stringify({ network: { architecture: 'photo-net' }, data: { ...data, crop: 32 } }),
  );
});

/** Arguments of the one call of `train`. */
function trained(library: ReturnType<typeof fakeLibrary>) {
  const [call] = library.calls.filter(({ name }) => name === 'train');
  return call.args[1] as { images: { name: string }[]; validation: unknown[]; output: string };
}

describe('train', () => {
  test('reads the images of the config and prints the log and the result', async () => {
    const library = fakeLibrary();
    const { code, stdout, stderr } = await runFake(['train', at('small.json')], library);
    expect(code).toBe(0);
    const { images, validation, output, ...rest } = trained(library);
    expect(images.map(({ name }) => name.slice(folder.length + 1))).toEqual(
      ['a', 'b'].flatMap((file) => [0, 1].map((i) => `${file}.bin, record ${i}`)),
    );
    expect(validation).toHaveLength(2);
    expect(output).toBe(join('runs', 'small'));
    expect(rest).toEqual({ tensorboard: true, signal: expect.any(AbortSignal), onProgress: expect.any(Function) });
    expect(stderr).toContain('step 2/3  loss 0.5000  gradient 1.00  lr 2.0e-4  10.0 images/s');
    expect(stderr).toContain('held out 4.125 bits/dim (ideal)');
    expect(stdout).toBe(
      `${join('runs', 'small', 'model.safetensors')}  1 234 567 parameters, 3 steps, 4.125 bits/dim on held-out images (ideal)\na backend\n`,
    );
  });

  test('options override the config', async () => {
    const library = fakeLibrary();
    const flags = [
      '--data',
      at('b.bin'),
      '--validation',
      at('a.bin'),
      '-o',
      at('out'),
      '--resume',
      '--no-tensorboard',
      '--backend',
      'cpu',
      '-j',
      '2',
    ];
    const ended = await runFake(['train', at('small.json'), ...flags, '--quiet'], library);
    expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(trained(library)).toMatchObject({
      output: at('out'),
      resume: true,
      backend: 'cpu',
      threads: 2,
      tensorboard: false,
    });
    expect(trained(library).images).toHaveLength(2);
  });

  test('SIGINT ends it with a checkpoint and exit code 130', async () => {
    const library = fakeLibrary();
    let isReleased = false;
    const onInterrupt = (handler: () => void): (() => void) => {
      handler();
      return () => {
        isReleased = true;
      };
    };
    const { code, stderr } = await runFake(['train', at('small.json'), '-o', 'out'], library, { onInterrupt });
    expect(code).toBe(130);
    expect(stderr).toContain('interrupted at step 0. Go on with --resume -o out');
    expect(isReleased).toBe(true);
  });

  test('ending by --stop-after is not a failure', async () => {
    const { code, stdout } = await runFake(['train', at('small.json'), '--stop-after', '2'], fakeLibrary());
    expect(code).toBe(0);
    expect(stdout).toContain('2 steps');
  });

  test('a wrong config names the file and the key; missing images are wrong usage', async () => {
    writeFileSync(at('wrong.json'), '{"network": {"architecture": "photo-net"}, "optimizer": {"lr": 1}}');
    const wrong = await runFake(['train', at('wrong.json')], fakeLibrary());
    expect(wrong.code).toBe(3);
    expect(wrong.stderr).toContain(`${at('wrong.json')}: unknown key "optimizer.lr", known: optimizer.learningRate`);
    writeFileSync(at('none.json'), '{"network": {"architecture": "photo-net"}}');
    const none = await runFake(['train', at('none.json')], fakeLibrary());
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('give --data');
  });
});
