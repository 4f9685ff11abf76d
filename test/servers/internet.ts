import type dns from 'node:dns';
import net from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { buildConnector } from 'undici';
import type { GuardOptions } from '../../functions/adapters/recordings.guard.ts';
import { type ScriptedHttp, scriptedHttp } from './scripted-http.ts';
import { selfSigned } from './self-signed.ts';

/** The addresses of each name. A name may have several addresses, or other addresses at a later question. */
export type Names = Record<string, readonly string[] | ((question: number) => readonly string[])>;

/**
 * A small Internet for the download guard. Names lead to public addresses, and every connection ends at one TLS server
 * on loopback. The server counts questions and connections, so that a test can show that nothing was opened.
 */
export interface Internet extends Required<Pick<GuardOptions, 'lookup' | 'connector'>> {
  /**
   * The certificate covers the names given at the start. For a name that is added later, the certificate in
   * self-signed.ts must list the name.
   */
  names: Names;
  /** Every address that a connection was opened to, in order. */
  readonly opened: string[];
  /** Every name that was looked up, in order. */
  readonly lookedUp: string[];
  readonly server: ScriptedHttp;
}

export const startInternet = async (names: Names): Promise<Internet> => {
  const server = await scriptedHttp(undefined, selfSigned);
  const certified = new Set(Object.keys(names));
  const tls = buildConnector({
    ca: selfSigned.cert,
    checkServerIdentity: (name, cert) => (certified.has(name) ? undefined : checkServerIdentity(name, cert)),
  });
  const internet: Internet = {
    names,
    opened: [],
    lookedUp: [],
    server,
    // The guard always asks in one form: for every address of a name.
    lookup: ((name, _options, callback) => {
      internet.lookedUp.push(name);
      const told = internet.names[name];
      const addresses = typeof told === 'function' ? told(internet.lookedUp.length) : told;
      if (!addresses) return callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }));
      callback(
        null,
        addresses.map((address) => ({ address, family: net.isIP(address) })),
      );
    }) as Lookup as typeof dns.lookup,
    connector: (build = {}) => {
      const lookup = 'lookup' in build ? build.lookup : undefined;
      return (options, callback) => {
        const open = (address: string) => {
          internet.opened.push(address);
          const here = { ...options, hostname: '127.0.0.1', port: String(server.port), servername: options.hostname };
          tls(here, (...[error, socket]) => {
            if (error) return callback(error, null);
            callback(null, Object.defineProperty(socket, 'remoteAddress', { value: address }));
          });
        };
        if (net.isIP(options.hostname)) return open(options.hostname);
        lookup?.(options.hostname, { all: true }, (error, addresses) => {
          const first = typeof addresses === 'string' ? addresses : addresses[0]?.address;
          if (error || !first) return callback(error ?? new Error('no address'), null);
          open(first);
        });
      };
    },
  };
  return internet;
};

type Lookup = (
  name: string,
  options: dns.LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses?: dns.LookupAddress[]) => void,
) => void;
