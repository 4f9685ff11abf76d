import type { FetchPlan } from '../core/ports/source.ts';

/**
 * Why a URL must not be requested; undefined where it may. Allowed are https on port 443 at the plan's hosts, and the
 * hosts in `allowed`.
 * @param allowed `host:port`, local only
 */
export const whyForbidden = (address: string, plan: FetchPlan, allowed: ReadonlySet<string>): string | undefined => {
  if (!URL.canParse(address)) return 'the recording has no readable URL';
  const url = new URL(address);
  if (allowed.has(hostAndPort(url)) && /^https?:$/.test(url.protocol)) return undefined;
  if (url.protocol !== 'https:') return `forbidden address: ${url.protocol.replace(':', '')} is not https`;
  if (url.port !== '') return 'forbidden address: https on port 443 only';
  if (url.username || url.password) return 'forbidden address: a URL with credentials in it';
  if (plan.hosts === 'any-public' || plan.hosts.some((pattern) => matches(url.hostname, pattern))) return undefined;
  return `forbidden address: ${url.hostname} is not a host of this source`;
};

/** Whether a redirect from a URL leads to a path. */
export const leadsTo = (path: string | undefined, location: string | undefined, from: string): boolean =>
  path !== undefined &&
  location !== undefined &&
  URL.canParse(location, from) &&
  new URL(location, from).pathname === path;

/** Whether a host matches a pattern: equal, or a subdomain for `*.example.com`. */
export const matches = (hostname: string, pattern: string): boolean =>
  pattern.startsWith('*.') ? hostname.endsWith(pattern.slice(1)) : hostname === pattern;

export const hostAndPort = (url: URL): string =>
  `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
