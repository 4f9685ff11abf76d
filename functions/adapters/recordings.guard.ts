import dns from 'node:dns';
import net from 'node:net';
import { Agent, buildConnector } from 'undici';

/** The address that a URL leads to is not one we go to. */
export class ForbiddenAddress extends Error {
  override readonly name = 'ForbiddenAddress';
}

export interface GuardOptions {
  /** `host:port` that may be reached over http and at private addresses too; empty on AWS. */
  allowHosts: ReadonlySet<string>;
  connectMs: number;
  headersMs: number;
  idleMs: number;
  lookup?: typeof dns.lookup;
  /** Opens the sockets; the looks stay in here. */
  connector?: typeof buildConnector;
}

/**
 * An undici agent that connects to public addresses only. Three looks, because each alone has a hole: a literal address
 * never reaches the look-up; the look-up pins what a name may resolve to, so that a second answer cannot differ from the
 * first; the connected socket has the last word. (`net.BlockList` as a connect option is ignored for https.)
 */
export const guardedAgent = ({
  allowHosts,
  connectMs,
  headersMs,
  idleMs,
  lookup = dns.lookup,
  connector = buildConnector,
}: GuardOptions): Agent => {
  const open = connector({ timeout: connectMs });
  const guarded = connector({ timeout: connectMs, lookup: publicOnly(lookup) });

  return new Agent({
    headersTimeout: headersMs,
    bodyTimeout: idleMs,
    pipelining: 0, // a connection per request: nothing is kept alive towards hosts that a webhook chose
    connect: (options, callback) => {
      const host = options.hostname.replace(/^\[|\]$/g, ''); // with or without: undici has had it both ways
      const port = options.port || (options.protocol === 'https:' ? 443 : 80);
      if (allowHosts.has(`${net.isIPv6(host) ? `[${host}]` : host}:${port}`)) return open(options, callback);
      if (net.isIP(host) && !isPublic(host)) return callback(new ForbiddenAddress(`forbidden address ${host}`), null);
      guarded(options, (error, socket) => {
        if (error) return callback(error, null);
        if (isPublic(socket.remoteAddress ?? '')) return callback(null, socket);
        socket.destroy();
        callback(new ForbiddenAddress('forbidden address'), null);
      });
    },
  });
};

/** Whether an address is one that the public Internet routes. */
export const isPublic = (address: string): boolean => {
  const family = net.isIP(address);
  if (family === 4) return !NOT_PUBLIC.check(address, 'ipv4');
  if (family === 6) return GLOBAL_UNICAST.check(address, 'ipv6') && !NOT_PUBLIC.check(address, 'ipv6');
  return false;
};

const publicOnly =
  (lookup: typeof dns.lookup): net.LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '');
      const allowed = addresses.filter(({ address }) => isPublic(address));
      const [first] = allowed;
      if (!first) return callback(new ForbiddenAddress(`${hostname} leads to a forbidden address`), '');
      if (options.all) return callback(null, allowed);
      callback(null, first.address, first.family);
    });
  };

/** IANA's special-purpose registries (RFC 6890 and later), and multicast. */
const NOT_PUBLIC = new net.BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // carrier-grade NAT
  ['127.0.0.0', 8],
  ['169.254.0.0', 16], // link-local: cloud metadata
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  NOT_PUBLIC.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['2001::', 23], // Teredo, ORCHID and other protocol assignments
  ['2001:db8::', 32],
  ['2002::', 16], // 6to4 carries an IPv4 address
  ['3fff::', 20],
] as const) {
  NOT_PUBLIC.addSubnet(network, prefix, 'ipv6');
}

/** All else of IPv6 is loopback, mapped, NAT64, unique-local, link-local or multicast. */
const GLOBAL_UNICAST = new net.BlockList();
GLOBAL_UNICAST.addSubnet('2000::', 3, 'ipv6');
