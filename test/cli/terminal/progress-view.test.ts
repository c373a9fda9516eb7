import { expect, test } from 'vitest';
import { createProgressView, type ProgressView } from '../../../src/cli/terminal/progress-view.ts';
import { Sink } from '../support/fake-library.ts';

function viewOn(stderr: Sink, quiet: boolean, now: () => number): ProgressView {
  async function* stdin(): AsyncGenerator<Uint8Array> {}
  return createProgressView('in.png', quiet, { stdin: stdin(), stdout: stderr, stderr, env: {}, now });
}

test('without a terminal: at most a line in ten seconds', () => {
  const stderr = new Sink();
  let nowMs = 0;
  const view = viewOn(stderr, false, () => nowMs);
  for (let step = 1; step <= 25; step++) {
    nowMs = step * 1000;
    view.update({ step, steps: 50, fraction: step / 50 });
  }
  view.stop();
  expect(stderr.text).toBe('in.png: 20%, layer 10/50, 40.0 s left\nin.png: 40%, layer 20/50, 30.0 s left\n');
});

test('shows the number of files of a batch, and appears again after a stop', () => {
  const stderr = new Sink();
  stderr.isTTY = true;
  const view = viewOn(stderr, false, () => 0);
  for (let step = 1; step <= 2; step++) {
    view.update({ unit: 'file', step, steps: 3, fraction: step / 3 });
    view.stop();
  }
  expect(stderr.text).toContain('file 1/3');
  expect(stderr.text).toContain('file 2/3');
});

test('quiet prints nothing, even on a terminal', () => {
  const stderr = new Sink();
  stderr.isTTY = true;
  const view = viewOn(stderr, true, () => 0);
  view.update({ step: 1, steps: 2, fraction: 0.5 });
  view.stop();
  expect(stderr.text).toBe('');
});

test('a bar on a terminal shows the layer and uses no colours', () => {
  const stderr = new Sink();
  stderr.isTTY = true;
  const view = viewOn(stderr, false, () => 0);
  view.update({ step: 1, steps: 2, fraction: 0.5 });
  view.stop();
  view.stop();
  expect(stderr.text).toContain('layer 1/2');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with the escape character
  expect(stderr.text).not.toMatch(/\x1b\[[\d;]*m/);
});

test('the time left counts from the first report: what came before it was no part of the work', () => {
  const stderr = new Sink();
  let nowMs = 0;
  const view = viewOn(stderr, false, () => nowMs);
  nowMs = 30_000; // the model was loaded
  view.update({ step: 0, steps: 10, fraction: 0 });
  nowMs = 50_000;
  view.update({ step: 2, steps: 10, fraction: 0.2 });
  expect(stderr.text).toBe('in.png: 0%, layer 0/10\nin.png: 20%, layer 2/10, 80.0 s left\n');
});
