/** Kinds of things that routes are about. */
export const RESOURCES = [
  ...[
    'status',
    'metrics',
    'record',
    'hold',
    'batch',
    'revert',
    'drift',
    'round',
    'webhook',
    'outbox',
    'system',
    'plan',
  ],
  ...['mode', 'restored', 'replay', 'seed', 'dead-letter', 'topic', 'schema', 'settings', 'approval'],
  ...['personal', 'audit', 'access', 'secret'],
] as const;

/** What is done with them. `read` and `export` change nothing; all others are acts. */
export const VERBS = ['read', 'export', 'plan', 'start', 'approve', 'reject', 'release', 'change'] as const;

/** One of {@link RESOURCES}. */
export type Resource = (typeof RESOURCES)[number];

/** Resources that `*` does not stand for: a role that reads everything else does not read them. */
export type PrivateResource = 'personal' | 'audit' | 'access' | 'secret';

/** One of {@link VERBS}. */
export type Verb = (typeof VERBS)[number];

/** `hold:approve`: what a route asks for. */
export type PermissionName = `${Resource}:${Verb}`;

/** What a role grants: a permission, `*:read`, `hold:*` or `*:*`. `*` stands for every resource but the private ones. */
export type PermissionPattern = `${Resource | '*'}:${Verb | '*'}`;

/** Whether a text is a pattern of known words. */
export function isPermissionPattern(text: string): text is PermissionPattern {
  const [resource = '', verb = '', ...rest] = text.split(':');
  const isKnown = (words: readonly string[], word: string): boolean => word === '*' || words.includes(word);
  return rest.length === 0 && isKnown(RESOURCES, resource) && isKnown(VERBS, verb);
}

/** What a grant is limited to. A dimension that is not given is not limited; all that are given must hold. */
export interface GrantScope {
  readonly entities?: readonly string[];
  readonly systems?: readonly string[];
  readonly topicPrefixes?: readonly string[];
}

/** What a role allows, and on what. */
export interface Grant {
  readonly permission: PermissionPattern;
  readonly scope?: GrantScope;
}
