/** References to models on the hub: `hf:owner/name`, or `hf:owner/name@revision`. */

/** A repository, and which of its states is meant. */
export interface HubReference {
  /** As it was given, for messages. */
  readonly text: string;
  readonly owner: string;
  readonly name: string;
  /** Branch, tag, commit, or `refs/pr/N` for what waits in a pull request. */
  readonly revision: string;
}

const SCHEME = 'hf:';
const NAME = '[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?';
const REFERENCE = new RegExp(`^${SCHEME}(${NAME})/(${NAME})(?:@([A-Za-z0-9_./+-]{1,200}))?$`);

/** Whether a text is meant to be a reference to the hub. */
export function isHubReference(text: string): boolean {
  return text.startsWith(SCHEME);
}

/**
 * Parses a reference.
 *
 * @throws RangeError if it is none
 */
export function parseHubReference(text: string): HubReference {
  const [, owner, name, revision = 'main'] = REFERENCE.exec(text) ?? [];
  if (owner !== undefined && name !== undefined) return { text, owner, name, revision };
  throw new RangeError(`"source" expected hf:OWNER/NAME or hf:OWNER/NAME@REVISION, got ${JSON.stringify(text)}`);
}
