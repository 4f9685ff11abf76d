import { expect, test } from 'vitest';
import { counters } from '../../../local/chaos/counters.ts';
import { startMediaHost } from '../../../local/chaos/media.ts';

const CALL = '0123456789abcdef0123456789abcdef';

// JustCall and Ultravox fetch at an address of their API, which the host plays too.
test.each([`/recordings/${CALL}.wav`, `/v2.1/calls/${CALL}/recording/download`])(
  'a recording that moves is behind one redirect, at %s',
  async (path) => {
    const host = await startMediaHost({ scale: 0.01, counters: counters(() => {}) });
    host.serve(CALL, () => Buffer.from('the sound'), { first: [], after: 'redirect' });
    const moved = await fetch(host.url + path, { redirect: 'manual' });
    expect(moved.status).toBe(302);
    const there = await fetch(new URL(moved.headers.get('location') ?? '', host.url), { redirect: 'error' });
    expect(await there.text()).toBe('the sound');
    await host.stop();
  },
);
