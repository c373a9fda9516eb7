/** Markdown tables of numbers. */

/**
 * Formats a Markdown table whose columns are also aligned as plain text. All but the first `texts` columns are numbers.
 */
export function alignedTable(head: readonly string[], cells: readonly (readonly string[])[], texts: number): string {
  const widths = head.map((name, i) => Math.max(3, name.length, ...cells.map((row) => (row[i] as string).length)));
  const pad = (text: string, i: number): string =>
    i < texts ? text.padEnd(widths[i] as number) : text.padStart(widths[i] as number);
  const line = (row: readonly string[]): string => `| ${row.map(pad).join(' | ')} |`;
  const rule = widths.map((width, i) => (i < texts ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(head), `| ${rule.join(' | ')} |`, ...cells.map(line)].join('\n');
}
