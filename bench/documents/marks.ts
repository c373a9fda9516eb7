/**
 * Marked places in documents. `<!--= NAME -->text<!--/-->` shows the figure NAME; what stands between the marks is
 * written by a program, never by hand. With a condition, `<!--= NAME > 0 -->`, the sentence around the figure holds only
 * while the condition does ("takes 6 % more"): where it no longer does, writing the document reports it, and a person
 * rewords the sentence. Marks in code blocks count as text.
 */
import type { Figures } from './figure.ts';

const MARK = /(<!--= *([\w.-]+)(?: *([<>]) *(-?[\d.]+))? *-->)([\s\S]*?)(<!--\/-->)/g;
const FENCE = /^(```|~~~)[^\n]*\n[\s\S]*?^\1[^\n]*$/gm;

/** A document with its figures filled in. */
export interface FilledPage {
  readonly page: string;
  /** Names of the figures that it shows. */
  readonly names: readonly string[];
  /** Figures that do not exist, conditions that do not hold. */
  readonly problems: readonly string[];
}

/** Positions of code blocks: pairs of start and end. A figure may contain a code block; a code block contains no figure. */
function codeBlocks(page: string): readonly (readonly [number, number])[] {
  return [...page.matchAll(FENCE)].map((match) => [match.index, match.index + match[0].length] as const);
}

/** Fills the figures into a document. */
export function fillIn(page: string, figures: Figures): FilledPage {
  const problems: string[] = [];
  const names: string[] = [];
  const blocks = codeBlocks(page);
  const filled = page.replace(MARK, (whole: string, ...parts: (string | number)[]) => {
    const [open, name, relation, limit, , close, at] = parts as [
      string,
      string,
      string,
      string,
      string,
      string,
      number,
    ];
    if (blocks.some(([from, to]) => from < at && at < to)) return whole;
    const figure = figures.get(name);
    if (!figure) {
      problems.push(`there is no figure ${name}`);
      return whole;
    }
    names.push(name);
    const { text, value } = figure;
    if (relation !== undefined) {
      const holds = value !== undefined && (relation === '<' ? value < Number(limit) : value > Number(limit));
      if (!holds) problems.push(`${name} is ${value ?? text}, and its sentence holds only for ${relation} ${limit}`);
    }
    const line = page.slice(page.lastIndexOf('\n', at) + 1, at);
    // In Markdown a comment at the start of a line ends the paragraph before it.
    if (!text.includes('\n') && /^[\s>*-]*$/.test(line)) problems.push(`the mark of ${name} must not begin a line`);
    return text.includes('\n') ? `${open}\n\n${text}\n\n${close}` : `${open}${text}${close}`;
  });
  return { page: filled, names, problems };
}
