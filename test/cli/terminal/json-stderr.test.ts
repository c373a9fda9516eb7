import { expect, test } from 'vitest';
import { messageStream } from '../../../src/cli/terminal/json-stderr.ts';
import { JsonLog } from '../../../src/metrics/json-log.ts';

function logged(chunks: readonly (string | Buffer)[], isQuiet = false): unknown[] {
  const lines: string[] = [];
  const stream = messageStream(new JsonLog((line) => lines.push(line), isQuiet));
  for (const chunk of chunks) stream.write(chunk);
  return lines.map((line) => {
    const { level, event, message } = JSON.parse(line);
    return [event, level, message];
  });
}

test('each line is an event as soon as it is whole, with the level that its beginning tells', () => {
  const chunks = [
    'a.png → a.',
    Buffer.from('ddpm\n'),
    'ddpm-codec: warning: odd\nddpm-codec: cannot read b.png\n\n',
    'half',
  ];
  expect(logged(chunks)).toEqual([
    ['message', 'info', 'a.png → a.ddpm'],
    ['message', 'warn', 'odd'],
    ['message', 'error', 'cannot read b.png'],
  ]);
});

test('a quiet log has errors only', () => {
  expect(logged(['a\n', 'ddpm-codec: warning: b\n', 'ddpm-codec: c\n'], true)).toEqual([['message', 'error', 'c']]);
});
