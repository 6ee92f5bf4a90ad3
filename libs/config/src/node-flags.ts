/**
 * Flags of Node with which our processes are shipped: one app alone (also the Dockerfile's), and the process that runs all of them
 * (`plumbline up`). docs/adr/0004 and 0007 say why.
 */
export const NODE_FLAGS = {
  app: ['--max-semi-space-size=32', '--single-threaded-gc', '--max-old-space-size=200'],
  'all-in-one': ['--max-semi-space-size=64', '--max-old-space-size=640'],
} as const;

/** And what is set in their environment, the Dockerfile's too: threads of glibc share two heaps instead of having one each. */
export const NODE_ENVIRONMENT = { MALLOC_ARENA_MAX: '2' } as const;

/** Environment for a process that is started with these flags: this one's, which wins, and that. */
export function nodeEnvironment(): NodeJS.ProcessEnv {
  return { ...NODE_ENVIRONMENT, ...process.env };
}
