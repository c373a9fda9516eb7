import { expect, test } from 'vitest';
import { buildCommit, HERE } from '../../../bench/speed/builds.ts';

test('a commit that git does not know is the mistake of the caller', () => {
  expect(() => buildCommit('no-such-commit')).toThrow(RangeError);
  expect(() => buildCommit('no-such-commit')).toThrow(
    '"--against" expected commits that git knows, got no-such-commit',
  );
});

test('the working tree is no commit', () => {
  expect(HERE.commit).toBeNull();
});
