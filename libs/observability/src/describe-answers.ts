import type { DeclaredRoute } from '#auth';
import type { ApiOperation } from './api-operation.js';
import { PROBLEM_TYPE } from './problem.js';

/** Problem details, as every API answers them. */
export const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'Problem details (RFC 9457).',
  required: ['type', 'title', 'status', 'detail', 'code', 'hint', 'details'],
  properties: {
    type: { type: 'string', format: 'uri', description: 'urn:plumbline:error: and the code.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What went wrong this time.' },
    instance: { type: 'string', format: 'uri', description: 'Names the request, as x-request-id and the audit do.' },
    code: { type: 'string', description: 'A code of docs/errors.md.' },
    hint: { type: 'string', description: 'What to do.' },
    details: { type: 'object' },
  },
};

/** What else a route answers; the codes of each are in docs/errors.md. */
const PROBLEMS: Readonly<Record<number, string>> = {
  400: 'The request is wrong.',
  401: 'Nobody is proved, or the token of a session is missing.',
  403: 'No role of the caller has the permission.',
  404: 'There is no such thing, or none that the roles reach.',
  409: 'It moved since it was shown, or a second person is needed.',
  413: 'The body is too large.',
  429: 'Too many requests; Retry-After says when to come back.',
  503: 'A service that is needed does not answer now.',
};
const OF_ACTS = new Set(['409', '413']);
const PROBLEM_CONTENT = { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } };

/** Everything that a route answers, by status. Pure. */
export function answersOf(route: DeclaredRoute, operation: ApiOperation): Record<string, object> {
  const { status = route.status, type = route.mediaType ?? 'application/json', answers = {} } = operation;
  const found: Record<string, object> = { [status]: answerOf(status, type), ...problemsOf(route.method) };
  for (const [other, description] of Object.entries(answers)) {
    const isRead = Number(other) < 400;
    const content = { 'application/json': { schema: {} }, ...PROBLEM_CONTENT };
    found[other] = isRead ? { ...answerOf(Number(other), type), description } : { description, content };
  }
  return found;
}

function answerOf(status: number, type: string): object {
  if (status === 204) return { description: 'Done.' };
  if (status === 304) return { description: 'It is as the caller has it.' };
  if (status >= 300) return { description: 'Goes on there.', headers: { location: { schema: { type: 'string' } } } };
  return { description: 'Done.', content: { [type]: { schema: {} } } };
}

function problemsOf(method: string): Record<string, object> {
  const possible = Object.entries(PROBLEMS).filter(([status]) => method !== 'GET' || !OF_ACTS.has(status));
  return Object.fromEntries(
    possible.map(([status, description]) => [status, { description, content: PROBLEM_CONTENT }]),
  );
}
