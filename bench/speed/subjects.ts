/** What the bench measures: builds of the package in versions of Node. */
import { existsSync } from 'node:fs';
import { NODE_VERSIONS, nodeProgram } from '#scripts/node-versions.js';
import { type Build, HERE } from './builds.js';

/** A build of the package in a version of Node. */
export interface Subject extends Build {
  /** `v20.20.2`. */
  readonly node: string;
  /** Path of Node's executable. */
  readonly program: string;
}

const RUNNING = { node: process.version, program: process.execPath };

/** The working tree in the Node that runs the bench. */
export const FIRST: Subject = { ...HERE, ...RUNNING };

/** Whether a subject is the working tree in the Node that runs the bench. */
export function isFirst({ commit, node }: Pick<Subject, 'commit' | 'node'>): boolean {
  return commit === FIRST.commit && node === FIRST.node;
}

/** The other versions of Node that are installed; tells which are not. */
function otherNodes(say: (what: string) => void): (typeof RUNNING)[] {
  const others = NODE_VERSIONS.map((version) => ({ node: `v${version}`, program: nodeProgram(version) }));
  return others.filter(({ node, program }) => {
    if (node === process.version) return false;
    if (!existsSync(program)) say(`Node ${node} is not there, and is left out: npm run fetch-nodes`);
    return existsSync(program);
  });
}

/**
 * All that is measured, {@link FIRST} first.
 *
 * @param others - builds of other commits
 * @param nodes - whether to measure in other versions of Node, too
 */
export function allSubjects(others: readonly Build[], nodes: boolean, say: (what: string) => void): Subject[] {
  const builds = [HERE, ...others];
  return [RUNNING, ...(nodes ? otherNodes(say) : [])].flatMap((node) => builds.map((build) => ({ ...build, ...node })));
}
