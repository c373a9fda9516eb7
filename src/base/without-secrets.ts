/** Words in the names of a URL's parameters whose values let someone in. */
const SECRET = /sig|token|key|secret|password|passwd|credential|auth/i;

/**
 * A text whose URLs have lost what must not be logged: user and password, and the values of parameters such as `X-Amz-Signature`
 * or `token`. Three asterisks stand in their place.
 *
 * @param text - a location, or a message that may contain some
 */
export function withoutSecrets(text: string): string {
  if (!text.includes('://')) return text;
  return text.replace(/\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s"'<>]*/gi, (url) =>
    url
      .replace(/^([^:]+:\/\/)[^/?#]*@/, '$1***@')
      .replace(/([?&;][^=&;#]*=)([^&;#]+)/g, (pair, name: string) => (SECRET.test(name) ? `${name}***` : pair)),
  );
}
