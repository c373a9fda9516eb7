/** Command lines of ddpm-codec in files of deploy/, and whether the command line takes them. */
import { Writable } from 'node:stream';
import { parseAllDocuments } from 'yaml';
import { createProgram } from '../../src/cli/program.ts';
import { fakeLibrary } from '../cli/support/fake-library.ts';

/** A command line: the name of the command, then its arguments. */
export interface CommandLine {
  readonly file: string;
  readonly args: string[];
}

const COMMANDS = 'encode|decode|truncate|submit|worker|status|retry';
/** After the name of the program, of an image, or of a service of docker-compose.yml. */
const COMMAND = new RegExp(`(?:\\bddpm-codec(?::[\\d.]+)?|\\brun --rm worker)[ ]+((?:${COMMANDS}) [^\\n]*)`, 'g');

/** The command lines of files: in text (also in comments), and in lists that are the arguments of a container. */
export function deployedCommands(files: readonly { name: string; text: string }[]): CommandLine[] {
  return files.flatMap(({ name, text }) => {
    const lists = /\.ya?ml$/.test(name)
      ? parseAllDocuments(text, { merge: true }).flatMap((document) => argumentLists(document.toJS()))
      : [];
    const scripts = [text.replace(/ *\\\n\s*/g, ' '), ...lists.flat().filter((word) => word.includes('ddpm-codec '))];
    const inTexts = scripts.flatMap((script) => [...script.matchAll(COMMAND)].map(([, line]) => words(line)));
    const inLists = lists.filter(([first]) => COMMANDS.split('|').includes(first));
    return [...inTexts, ...inLists]
      .filter(([first]) => first !== undefined)
      .map((args) => ({ file: name, args: args.map(withValues) }));
  });
}

/**
 * Parses the options of a command line as the program does; nothing is run.
 *
 * @throws Error for a command, an option or a value that is not known
 */
export function parseCommand([name, ...args]: readonly string[]): void {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const io = { stdin: (async function* () {})(), stdout: silent, stderr: silent, env: {}, now: () => 0 };
  const program = createProgram(fakeLibrary(), io);
  const found = program.commands.find((candidate) => candidate.name() === name);
  if (!found) throw new Error(`no command ${name}`);
  // submit has a command for each kind of job.
  const command =
    found.commands.find((inner) => inner.name() === (args[0] === 'decode' ? 'decode' : 'encode')) ?? found;
  const { unknown } = command.parseOptions(args);
  if (unknown.length > 0) throw new Error(`${name} has no option ${unknown[0]}`);
}

/** All lists of strings in a document that are called `command` or `args`. */
function argumentLists(value: unknown): string[][] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const isList = Array.isArray(inner) && inner.length > 0 && inner.every((word) => typeof word === 'string');
    return isList && /^(command|args)$/.test(key) ? [inner] : argumentLists(inner);
  });
}

/** The words of a shell's line, up to a comment or an operator. */
function words(line: string): string[] {
  const found = line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  const end = found.findIndex((word) => /^(#|[|;&>])/.test(word));
  return found.slice(0, end < 0 ? undefined : end).map((word) => word.replace(/["']/g, ''));
}

/** A word with numbers in the place of a shell's variables. */
function withValues(word: string): string {
  return word.replace(/\$\(\([^)]*\)\)|\$\w+/g, '1');
}
