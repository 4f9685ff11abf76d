import { hooksApp } from '../../../functions/http/hooks.ts';
import { acceptStep, announces } from '../../fakes/accept-step.ts';
import { aMessage, anUnrouted, aRecording, CHAT } from '../../fakes/examples.ts';
import { DONE, sendStep } from '../../fakes/send-step.ts';
import { asksWhoCalled, scriptedSource } from '../../fakes/source.scripted.ts';
import { type Moments, namesIn, sendCounts, storeCounts, webhookCounts } from './metric-counts.ts';

/** Moments of webhooks, recordings and memos: how the real step reaches each moment, and the metrics that the moment counts. */
export const PATH_MOMENTS: Moments = {
  'an accepted webhook': [
    () => webhookCounts(scriptedSource(announces(aRecording({ chat: CHAT })))),
    ['EventsAccepted', 'EventsTaken'],
  ],
  'a webhook whose parties are asked for': [
    async () => {
      const source = scriptedSource(announces(aRecording()), { lookUpParties: asksWhoCalled('https://api.example') });
      const { accept, log } = acceptStep(source, [{ when: { to: '+12025550199' }, send: { chat: CHAT } }]);
      const app = hooksApp({ accept, publicUrl: 'https://bridge.example', log });
      await app.request('/hooks/acme', { method: 'POST', headers: { 'x-signature': 'right' }, body: '{}' });
      return namesIn(log.entries);
    },
    ['EventsAccepted', 'EventsTaken'],
  ],
  'an ignored webhook': [
    () => webhookCounts(scriptedSource({ kind: 'ignored', reason: 'a ring' })),
    ['EventsIgnored', 'EventsTaken'],
  ],
  'a refused signature': [
    () => webhookCounts(scriptedSource({ kind: 'ignored', reason: '' }), { signature: 'wrong' }),
    ['EventsRefused'],
  ],
  'a webhook to a source that is off': [
    () => webhookCounts(scriptedSource({ kind: 'ignored', reason: '' }), { path: 'off' }),
    ['EventsRefused'],
  ],
  'an unreadable webhook': [
    () => webhookCounts(scriptedSource({ kind: 'unreadable', reason: 'no id' })),
    ['EventsUnreadable'],
  ],
  'a stored recording': [() => storeCounts({}), ['MsToFit']],
  'an unrouted recording': [() => storeCounts({}, anUnrouted()), ['MemosUnrouted', 'MsToFit']],
  'a call that is too short for its route': [
    () =>
      storeCounts(
        { fitted: { kind: 'as-it-is', extension: 'mp3', type: 'audio/mpeg', seconds: 3 } },
        aMessage({ target: { chat: CHAT, minSeconds: 10 } }),
      ),
    ['MemosSkipped', 'MsToFit'],
  ],
  'a rejected recording': [() => storeCounts({ fitted: { kind: 'unfit', reason: 'not audio' } }), ['MemosRejected']],
  'a memo that Linq takes': [() => sendCounts(DONE), ['LinqTook', 'MemosSent', 'MsOfLinq', 'MsToSent']],
  'a memo that Linq refuses': [
    () => sendCounts({ kind: 'refused', to: 'failed', reason: 'too large' }),
    ['LinqRefused', 'MemosFailed', 'MsOfLinq'],
  ],
  'a recipient who has opted out': [
    () => sendCounts({ kind: 'refused', to: 'skipped', reason: 'opted out' }),
    ['LinqRefused', 'MemosSkipped', 'MsOfLinq'],
  ],
  'a Linq that asks to wait': [
    () => sendCounts({ kind: 'not-now', waitsFor: 'linq', reason: 'slow down' }),
    ['LinqNotNow', 'MsOfLinq'],
  ],
  'a Linq that refuses our key': [
    () => sendCounts({ kind: 'our-fault', reason: 'no key' }),
    ['LinqOurFault', 'LinqRefusesUs', 'MsOfLinq'],
  ],
  'a Linq that cannot fetch': [
    () => sendCounts({ kind: 'cannot-fetch', reason: 'no URL' }),
    ['LinqCannotFetch', 'MsOfLinq'],
  ],
  'a Linq that does not say': [() => sendCounts({ kind: 'unknown', reason: 'timed out' }), ['LinqUnknown', 'MsOfLinq']],
  'a memo that nobody can tell of': [
    async () => {
      const unknown = { kind: 'unknown', reason: 'timed out' } as const;
      const { keepDelivering, log } = await sendStep({ answers: [unknown, unknown] });
      await keepDelivering();
      return namesIn(log.entries);
    },
    ['LinqUnknown', 'LinqUnknown', 'MemosParked', 'MsOfLinq', 'MsOfLinq'],
  ],
};
