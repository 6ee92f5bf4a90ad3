import { lookup as lookupName } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Addresses of a host name, as texts. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** Code of the error with which a forbidden address fails its connection. */
export const FORBIDDEN_CODE = 'PLUMBLINE_FORBIDDEN_ADDRESS';

/** IANA special-purpose registries; nothing of these is a system on the internet. */
const FORBIDDEN_V4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4'],
];
/** Besides local ones, every range that embeds an IPv4 address and so could lead back to one (NAT64, 6to4, Teredo). */
const FORBIDDEN_V6 = [
  ...['::/96', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '2001::/23', '2001:db8::/32', '2002::/16'],
  ...['fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
];
const MAPPED_V4 = /^::ffff:/i;

const forbidden = new BlockList();
for (const [family, ranges] of [['ipv4', FORBIDDEN_V4] as const, ['ipv6', FORBIDDEN_V6] as const])
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    forbidden.addSubnet(address, Number(bits), family);
  }

/** Whether an IP address is loopback, private, link-local, metadata, multicast or reserved; true for what is no address. */
export function isForbiddenAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return true;
  // An IPv4 rule also covers the address mapped into IPv6.
  return forbidden.check(address, family === 4 ? 'ipv4' : 'ipv6') || isMappedForbidden(address);
}

function isMappedForbidden(address: string): boolean {
  return MAPPED_V4.test(address) && forbidden.check(new URL(`http://[${address}]`).hostname.slice(1, -1), 'ipv6');
}

/** Decides where the hub may connect to. `allowedHosts` (`host` or `host:port`) may be private, and may speak plain http. */
export class AddressGuard {
  private readonly allowed: ReadonlySet<string>;

  constructor(
    allowedHosts: readonly string[],
    private readonly resolve: Resolve = resolveBySystem,
  ) {
    this.allowed = new Set(allowedHosts.map((host) => host.toLowerCase()));
  }

  /** Why this URL may not be asked, as far as it can be told before its name is resolved; null when it may. */
  findProblem(url: URL): string | null {
    if (url.protocol !== 'https:' && url.protocol !== 'http:') return `${url.protocol} is neither http nor https`;
    if (url.username !== '' || url.password !== '') return 'an address carries no credentials; put them under auth';
    if (this.isAllowed(url)) return null;
    const host = hostOf(url);
    if (isIP(host) !== 0 && isForbiddenAddress(host)) return refusal(host, host);
    if (url.protocol === 'http:')
      return `${url.host} is asked by plain http, which anyone on the way can read: use https, or list it in allowedHosts`;
    return null;
  }

  /**
   * A look-up for `net.connect`: it resolves once, and hands on the addresses that it has checked, all or none. Node does
   * not ask it for IP addresses; {@link findProblem} judges those.
   */
  lookupFor(url: URL): LookupFunction {
    const isAllowed = this.isAllowed(url);
    return (host, options, done) => {
      this.resolve(host).then(
        (addresses) => {
          const bad = isAllowed ? undefined : addresses.find(isForbiddenAddress);
          if (bad !== undefined) return done(forbiddenError(host, bad), '');
          const found = addresses.map((address) => ({ address, family: isIP(address) }));
          const [first] = found;
          if (!first) return done(Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' }), '');
          return options.all === true ? done(null, found) : done(null, first.address, first.family);
        },
        (error: NodeJS.ErrnoException) => done(error, ''),
      );
    };
  }

  private isAllowed(url: URL): boolean {
    const host = hostOf(url);
    const port = url.port || (url.protocol === 'https:' ? '443' : '80');
    return this.allowed.has(host) || this.allowed.has(`${host}:${port}`) || this.allowed.has(`[${host}]:${port}`);
  }
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
}

function forbiddenError(host: string, address: string): NodeJS.ErrnoException {
  return Object.assign(new Error(refusal(host, address)), { code: FORBIDDEN_CODE });
}

function refusal(host: string, address: string): string {
  return `${host} is at ${address}, a local or reserved address: list ${host} in allowedHosts if the hub may go there`;
}

async function resolveBySystem(host: string): Promise<readonly string[]> {
  const found = await lookupName(host, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}
