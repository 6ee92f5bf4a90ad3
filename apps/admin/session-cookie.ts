const SESSION = 'plumbline_session';
const SIGN_IN = 'plumbline_sign_in';
const SIGN_IN_PATH = '/api/provider';
const SIGN_IN_SECONDS = 600;

/** The session's token in a `cookie` header; null without one. */
export function readSessionCookie(header: string | undefined): string | null {
  return readCookie(header, SESSION);
}

/** `set-cookie` of a session; of an ended one with an empty token. No script can read it, no other site makes the browser send it. */
export function writeSessionCookie(token: string, isSecure: boolean): string {
  const life = token === '' ? '; Max-Age=0' : '';
  return `${SESSION}=${token}; Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}${life}`;
}

/** The handle of a sign-in under way in a `cookie` header; null without one. */
export function readSignInCookie(header: string | undefined): string | null {
  return readCookie(header, SIGN_IN);
}

/** `set-cookie` of a sign-in under way; with an empty handle it is over. `Lax`, since the provider, another site, sends people back. */
export function writeSignInCookie(handle: string, isSecure: boolean): string {
  const life = handle === '' ? 0 : SIGN_IN_SECONDS;
  return `${SIGN_IN}=${handle}; Path=${SIGN_IN_PATH}; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}; Max-Age=${life}`;
}

function readCookie(header: string | undefined, name: string): string | null {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim());
  const found = pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
  return found !== undefined && /^[\w-]{20,100}$/.test(found) ? found : null;
}
