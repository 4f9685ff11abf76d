import dns from 'node:dns';
import net from 'node:net';
import { Agent, buildConnector } from 'undici';

/** A URL leads to an address that is not public. */
export class ForbiddenAddress extends Error {
  override readonly name = 'ForbiddenAddress';
}

export interface GuardOptions {
  /** `host:port` that are also allowed over http and at private addresses; empty on AWS. */
  allowHosts: ReadonlySet<string>;
  connectMs: number;
  headersMs: number;
  idleMs: number;
  lookup?: typeof dns.lookup;
  /** Opens the sockets; this file still makes the checks. */
  connector?: typeof buildConnector;
}

/**
 * An undici agent that connects only to public addresses. It makes three checks, because each alone has a hole: a
 * literal address skips the look-up; the look-up filters a name's addresses and connects to the checked ones; the
 * connected socket's address is checked last. (undici ignores `net.BlockList` as a connect option for https.)
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
    pipelining: 0, // one connection for each request: none is kept alive to a host that a webhook chose
    connect: (options, callback) => {
      const host = options.hostname.replace(/^\[|\]$/g, ''); // undici gives IPv6 addresses with or without brackets, by version
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

/** Whether the public Internet routes an address. */
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

/** All other IPv6 addresses are loopback, mapped, NAT64, unique-local, link-local or multicast. */
const GLOBAL_UNICAST = new net.BlockList();
GLOBAL_UNICAST.addSubnet('2000::', 3, 'ipv6');
