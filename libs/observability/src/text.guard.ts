import { SetMetadata, type CanActivate, type CustomDecorator, type ExecutionContext } from '@nestjs/common';
import { HubError } from '#kernel';

/** What no database takes as it is: NUL, and half of a pair of UTF-16, which would come back as another character. */
const UNKEPT = /[\0\p{Cs}]/u;

const ANY_TEXT = 'plumbline:any-text';

/** Of a route that searches messages, which hold any text: its query is not looked at by {@link TextGuard}. */
export function AnyText(): CustomDecorator {
  return SetMetadata(ANY_TEXT, true);
}

interface SentTexts {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
}

/**
 * Refuses a request with a text that could not be kept as it was said. It would stop the statement that keeps it, or be
 * another one when it is read again, and so break the hash of an audit entry that names it.
 */
export class TextGuard implements CanActivate {
  /** @throws HubError HUB_REQUEST_INVALID */
  canActivate(context: ExecutionContext): boolean {
    const { params, query, body } = context.switchToHttp().getRequest<SentTexts>();
    const isAny = Reflect.getMetadata(ANY_TEXT, context.getHandler()) === true;
    if (!hasUnkeptText([params, isAny ? null : query, body])) return true;
    throw new HubError('HUB_REQUEST_INVALID', 'A text has a NUL character, or half of a character outside the BMP.');
  }
}

/** Pure. A list of what is left to look at instead of a recursion: a body may be nested as deep as it is long. */
function hasUnkeptText(sent: unknown): boolean {
  const left = [sent];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value === 'string' && UNKEPT.test(value)) return true;
    if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) continue;
    for (const [name, part] of Object.entries(value)) left.push(name, part);
  }
  return false;
}
