/** Command lines of the programs in bench/, as measurements keep them. */

/**
 * The command line of this process: `npm run bench:drift -- PICTURES... --side 64`.
 *
 * @param script - script of package.json: `bench:drift`
 * @param without - options, each with a value, that are left out
 */
export function commandLine(script: string, without: readonly string[] = ['--json']): string {
  const args = process.argv.slice(2);
  const kept = args.filter((arg, i) => {
    const value = i > 0 && without.includes(args[i - 1] as string);
    return !value && !without.some((option) => arg === option || arg.startsWith(`${option}=`));
  });
  return ['npm run', script, ...(kept.length > 0 ? ['--', ...kept] : [])].join(' ');
}
