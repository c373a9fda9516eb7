/** CPU time of this process, user and system, in microseconds since `process.cpuUsage()` gave `start`. */
export function cpuTimeSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return user + system;
}
