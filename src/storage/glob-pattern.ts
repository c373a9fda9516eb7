/** Glob patterns over paths with forward slashes, for folders and for the keys of object storage alike. */
import picomatch from 'picomatch';

/** Options of {@link parseGlob}. */
export interface GlobOptions {
  /** True: upper and lower case are alike. */
  readonly anyCase?: boolean;
}

/** A glob pattern and the folder that it begins in. */
export interface GlobPattern {
  /** What comes before the first segment with wildcards: a folder without a slash at its end; may be empty. */
  readonly base: string;
  /** Whether the pattern matches a path that is relative to the base. */
  matches(path: string): boolean;
  /** Whether a folder, relative to the base, may contain what the pattern matches. */
  mayContain(folder: string): boolean;
  /** Whether the pattern matches nothing in folders below the base. */
  readonly isFlat: boolean;
}

/** Whether a text has wildcards, or backslashes that take them literally. */
export function hasWildcards(text: string): boolean {
  return /\\[*?[\]{}()!+@]/.test(text) || picomatch.scan(text).isGlob;
}

/**
 * Parses a pattern. `*` and `?` do not match slashes, `**` does; names that begin with a dot are matched only by patterns
 * that name the dot.
 */
export function parseGlob(pattern: string, { anyCase = false }: GlobOptions = {}): GlobPattern {
  const { base, glob } = picomatch.scan(pattern, { unescape: true });
  if (glob === '') return nameOnly(base);
  const options = { nocase: anyCase, nonegate: true };
  const matches = picomatch(glob, options);
  // Slashes in braces or brackets make segments that are not those of the path.
  const segments = /[{([][^})\]]*\//.test(glob) ? undefined : glob.split('/');
  const matchers = segments?.map((segment) => picomatch(segment, options));
  const namesHidden = /(^|[/{,(|])\./.test(glob);
  const mayContain = (folder: string): boolean => {
    const names = folder === '' ? [] : folder.split('/');
    for (const [i, name] of names.entries()) {
      if (!segments || segments[i]?.includes('**')) {
        return namesHidden || names.slice(i).every((inner) => !inner.startsWith('.'));
      }
      if (i >= segments.length - 1 || !matchers?.[i](name)) return false;
    }
    return true;
  };
  return { base, matches, mayContain, isFlat: segments?.length === 1 && !glob.includes('**') };
}

/** The pattern of one path without wildcards. */
function nameOnly(path: string): GlobPattern {
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  return {
    base: slash === 0 ? '/' : path.slice(0, Math.max(0, slash)),
    matches: (other) => other === name,
    mayContain: (folder) => folder === '',
    isFlat: true,
  };
}
