import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inShard } from '../../src/batch/shard.ts';

/** The shard of `count` that a location is in. */
function shardOf(location: string, count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1).filter((index) => inShard(location, { index, count }));
}

/** Shards of 2, 3, 7 and 1000, by another program: int.from_bytes(sha256(name).digest()[:4], 'big') % count + 1 in Python. */
test.each<[string, number[]]>([
  ['photos/a.jpg', [1, 1, 3, 159]],
  ['photos/b.jpg', [2, 1, 2, 740]],
  ['photos/unter/ä.png', [2, 2, 2, 316]],
  ['s3://bucket/photos/a.jpg', [1, 1, 2, 385]],
  ['/data/1.png', [2, 3, 1, 264]],
  ['https://example.org/a.png?x=1', [1, 2, 4, 201]],
])('%s is in the shards %j on every machine', (location, shards) => {
  expect([2, 3, 7, 1000].flatMap((count) => shardOf(location, count))).toEqual(shards);
});

test('every location is in exactly one shard', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 50 }), (location, count) => {
      expect(shardOf(location, count)).toHaveLength(1);
    }),
  );
});

test('a leading ./ and the kind of slashes make no difference', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{1,5}\/[a-z]{1,5}$/), (name) => {
      const [shard] = shardOf(name, 1000);
      expect(shardOf(`./${name}`, 1000)).toEqual([shard]);
      expect(shardOf(`.//./${name}`, 1000)).toEqual([shard]);
      expect(shardOf(name.replace('/', '\\'), 1000)).toEqual([shard]);
    }),
  );
});

test('shards are about as large', () => {
  const counts = new Array(8).fill(0);
  for (let i = 0; i < 8000; i++) counts[(shardOf(`photos/${i}.jpg`, 8)[0] as number) - 1]++;
  // 1000 each, with a standard deviation of 30
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
});
