// Which addresses the environment gives. Pure.

export const ADDRESS_VARIABLES = ['KAFKA_BROKERS', 'REGISTRY_URL', 'DATABASE_URL', 'REDIS_URL'];

/**
 * The addresses given in the environment. One that equals the stack's own address (a shell that loaded stack.json, say)
 * is not "given": its server is still ours to keep alive.
 */
export function givenAddresses(env, native) {
  const given = {};
  for (const variable of ADDRESS_VARIABLES) {
    const value = env[variable]?.trim();
    if (value && value !== native[variable]) given[variable] = value;
  }
  return given;
}

/** An address without its password, for people to read. */
export function withoutPassword(address) {
  return address.replace(/(:\/\/[^:@/]*):[^@]*@/, '$1:***@');
}

const DEFAULT_PORTS = {
  'postgres:': 5432,
  'postgresql:': 5432,
  'redis:': 6379,
  'rediss:': 6379,
  'http:': 80,
  'https:': 443,
};

/** Host and port of the first server in an address of any of the four kinds. */
export function hostAndPort(address) {
  const first = address.split(',')[0].trim();
  const url = new URL(first.includes('://') ? first : `kafka://${first}`);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || DEFAULT_PORTS[url.protocol] || 9092) };
}
