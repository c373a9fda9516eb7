import { describe, expect, test } from 'vitest';
import { magnitude, number, range, signed, table, text } from '../../bench/documents/figure.ts';
import { fillIn } from '../../bench/documents/marks.ts';

const FIGURES = new Map([
  ['a.rate', number(1.254, 2)],
  ['a.more', magnitude(-12.34, 1, ' %')],
  ['a.table', table(['x', 'y'], [['1', '2']])],
  ['a.code', text(['```text', 'one', '```'])],
]);

describe('fillIn', () => {
  test('writes figures between their marks, within a line and as a block', () => {
    const before = 'Bits: <!--= a.rate -->old<!--/-->, <!--=a.more-->?<!--/-->.\n\n<!--= a.table -->\n<!--/-->\n';
    const after =
      'Bits: <!--= a.rate -->1.25<!--/-->, <!--=a.more-->12.3 %<!--/-->.\n\n' +
      '<!--= a.table -->\n\n| x | y |\n| --- | --- |\n| 1 | 2 |\n\n<!--/-->\n';
    expect(fillIn(before, FIGURES)).toEqual({ page: after, names: ['a.rate', 'a.more', 'a.table'], problems: [] });
    expect(fillIn(after, FIGURES).page).toBe(after);
  });

  test('writes figures that are code blocks, again and again', () => {
    const { page } = fillIn('<!--= a.code -->\n<!--/-->\n', FIGURES);
    expect(page).toBe('<!--= a.code -->\n\n```text\none\n```\n\n<!--/-->\n');
    expect(fillIn(page, FIGURES).page).toBe(page);
  });

  test('leaves marks in code blocks alone', () => {
    const page = '```md\n<!--= a.rate -->x<!--/-->\n```\n';
    expect(fillIn(page, FIGURES)).toEqual({ page, names: [], problems: [] });
  });

  test('reports figures that do not exist', () => {
    const page = 'Bits: <!--= b.rate -->x<!--/-->';
    expect(fillIn(page, FIGURES)).toEqual({ page, names: [], problems: ['there is no figure b.rate'] });
  });

  test.each([
    ['< 0', []],
    ['< -20', ['a.more is -12.34, and its sentence holds only for < -20']],
    ['> 0', ['a.more is -12.34, and its sentence holds only for > 0']],
    ['> -12.5', []],
  ])('checks the condition %s of a sentence', (condition, problems) => {
    const filled = fillIn(`It takes <!--= a.more ${condition} -->x<!--/--> fewer bits`, FIGURES);
    expect(filled.problems).toEqual(problems);
    expect(filled.page).toBe(`It takes <!--= a.more ${condition} -->12.3 %<!--/--> fewer bits`);
  });

  test('a figure within a line must not begin it: in Markdown that would end its paragraph', () => {
    for (const start of ['', '  ', '- ']) {
      const { problems } = fillIn(`Bits:\n${start}<!--= a.rate -->x<!--/-->`, FIGURES);
      expect(problems).toEqual(['the mark of a.rate must not begin a line']);
    }
  });

  test('a table holds no condition', () => {
    expect(fillIn('<!--= a.table > 0 -->\n<!--/-->', FIGURES).problems).toHaveLength(1);
  });
});

test('numbers are shown with a true minus, and without one where they round to 0', () => {
  expect([number(-1.26, 1), number(-0.01, 1), signed(0.26, 1, ' dB'), signed(0.01, 1), magnitude(-3.3)]).toEqual([
    { text: '−1.3', value: -1.26 },
    { text: '0.0', value: -0.01 },
    { text: '+0.3 dB', value: 0.26 },
    { text: '0.0', value: 0.01 },
    { text: '3', value: -3.3 },
  ]);
  expect(range([1.2, 1.04], 1)).toEqual({ text: '1.0 to 1.2', value: 1.2 });
  expect(range([1.02, 1.04], 1)).toEqual({ text: '1.0', value: 1.04 });
});
