import { describe, expect, test } from 'vitest';
import type { Recording } from '../../functions/core/model/recording.ts';
import type { Fixture } from '../fixtures.ts';
import { classified, contextOf, type SourceCase } from './source-case.ts';

/** The fetch plan sends credentials only where they belong, and keeps them out of recordings. */
export const fetchPlan = (sourceCase: SourceCase, goods: readonly Fixture[]): void => {
  const { source, secret, fetchSecrets = {} } = sourceCase;
  const { hosts, credentialHosts = [] } = source.fetch;

  describe('the fetch plan', () => {
    test('names hosts, not URLs or addresses', () => {
      const named = [...(hosts === 'any-public' ? [] : hosts), ...credentialHosts];
      for (const host of named) expect(host).toMatch(/^(\*\.)?([a-z0-9-]+\.)+[a-z]{2,}$/);
    });

    test('sends credentials only to hosts that it fetches from', () => {
      if (hosts !== 'any-public') for (const host of credentialHosts) expect(takesIn(hosts, host), host).toBe(true);
      if (source.fetch.credentials) expect(credentialHosts.length).toBeGreaterThan(0);
    });

    test.each(goods)(
      'fetches the audio of a good delivery, and asks, from its hosts alone ($name)',
      async (fixture) => {
        for (const recording of await recordingsOf(sourceCase, fixture)) {
          const { freshUrl, apiUrl } = source.fetch;
          const questions = [source.lookUpParties?.(recording)?.url, freshUrl?.(recording).url, apiUrl?.(recording)];
          const urls = [...questions, recording.media.kind === 'url' ? recording.media.url : undefined];
          for (const url of urls.filter((text) => text !== undefined)) {
            const { protocol, hostname } = new URL(url);
            expect(protocol).toBe('https:');
            if (hosts !== 'any-public') expect(takesIn(hosts, hostname), hostname).toBe(true);
          }
        }
      },
    );

    test.each(goods)('keeps every secret out of what is queued ($name)', async (fixture) => {
      const queued = JSON.stringify(await recordingsOf(sourceCase, fixture));
      for (const value of [secret.value, ...Object.values(fetchSecrets)]) expect(queued).not.toContain(value);
    });

    test.each(goods)('has no credentials without a secret to make them of ($name)', async (fixture) => {
      for (const recording of await recordingsOf(sourceCase, fixture)) {
        const exchange = () => Promise.reject(new Error('there is nothing to exchange'));
        const without = { ...contextOf(sourceCase, fixture.nowSeconds), read: async () => [], exchange };
        expect((await source.fetch.credentials?.(recording, without)) ?? []).toEqual([]);
      }
    });
  });

  test('a source names the secret that it is signed with, and those that it fetches with', () => {
    expect(source.secrets.map(({ name }) => name)).toContain(secret.name);
    const fetching = source.fetch.secrets?.map(({ name }) => name) ?? [];
    expect(fetching).toEqual(expect.arrayContaining(Object.keys(fetchSecrets)));
  });
};

const recordingsOf = async (sourceCase: SourceCase, fixture: Fixture): Promise<readonly Recording[]> => {
  const event = await classified(sourceCase, fixture);
  if (event.kind !== 'recordings') return [];
  // The bridge does not fetch audio that is inside the event.
  return event.recordings.flatMap(({ media, ...rest }) => (media.kind === 'inline' ? [] : [{ ...rest, media }]));
};

const takesIn = (patterns: readonly string[], host: string): boolean =>
  patterns.some((pattern) => pattern === host || (pattern.startsWith('*.') && host.endsWith(pattern.slice(1))));
