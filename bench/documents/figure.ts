/** Figures: pieces of text in documents that follow from measurements. */

/** A figure. */
export interface Figure {
  /** Text to show: part of a line, or whole lines (a table). */
  readonly text: string;
  /** The number that the text shows, for conditions in documents; undefined for tables and words. */
  readonly value?: number;
}

/** Figures by name: `kodak.bd.avif`. */
export type Figures = ReadonlyMap<string, Figure>;

/** A figure that is a number, with a fixed number of decimals; U+2212 for minus. */
export function number(value: number, decimals = 0, unit = ''): Figure {
  const text = Math.abs(value).toFixed(decimals);
  const sign = value < 0 && Number(text) !== 0 ? '−' : '';
  return { text: `${sign}${text}${unit}`, value };
}

/** As {@link number}, with the sign left out: for sentences that say the direction in words. */
export function magnitude(value: number, decimals = 0, unit = ''): Figure {
  return { text: `${Math.abs(value).toFixed(decimals)}${unit}`, value };
}

/** As {@link number}, with a sign in any case. */
export function signed(value: number, decimals = 0, unit = ''): Figure {
  const figure = number(value, decimals, unit);
  return value > 0 && Number.parseFloat(figure.text) !== 0 ? { ...figure, text: `+${figure.text}` } : figure;
}

/** Smallest and largest of some values, in words: `1.09 to 1.22`. Its value is the largest. */
export function range(values: readonly number[], decimals = 0, unit = ''): Figure {
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(decimals));
  return { text: `${low === high ? low : `${low} to ${high}`}${unit}`, value: Math.max(...values) };
}

/** A figure of several lines, or words. */
export function text(lines: string | readonly string[]): Figure {
  return { text: typeof lines === 'string' ? lines : lines.join('\n') };
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): Figure {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return text([line(head), line(head.map(() => '---')), ...rows.map(line)]);
}
