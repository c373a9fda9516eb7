/** A signal that aborts with the first of several; those that are not given do not count. One at least is given. */
export function anySignal(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  const given = signals.filter((signal) => signal !== undefined);
  return given.length === 1 ? given[0] : AbortSignal.any(given);
}
