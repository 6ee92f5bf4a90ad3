const NAME = 'plumbline_session';

/** The session's token in a `cookie` header; null without one. */
export function readSessionCookie(header: string | undefined): string | null {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim());
  const found = pairs.find((pair) => pair.startsWith(`${NAME}=`))?.slice(NAME.length + 1);
  return found !== undefined && /^[\w-]{20,100}$/.test(found) ? found : null;
}

/** `set-cookie` of a session; of an ended one with an empty token. No script can read it, no other site makes the browser send it. */
export function writeSessionCookie(token: string, isSecure: boolean): string {
  const life = token === '' ? '; Max-Age=0' : '';
  return `${NAME}=${token}; Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}${life}`;
}
