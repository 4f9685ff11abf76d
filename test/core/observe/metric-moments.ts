import { expect } from 'vitest';
import { AftercallError } from '../../../functions/core/model/errors.ts';
import { timing } from '../../../functions/core/model/timing.ts';
import { withOutcomeLogging } from '../../../functions/core/observe/with-outcome-logging.ts';
import { eraseAtLinq } from '../../../functions/core/operate/delete-at-linq.ts';
import { applyLinqEvent } from '../../../functions/core/policy/apply-linq-event.ts';
import { followSenderRules } from '../../../functions/core/receive/follow-sender-rules.ts';
import { handleDeadLetter } from '../../../functions/core/tend/handle-dead-letter.ts';
import { sweepOverdue } from '../../../functions/core/tend/sweep-overdue.ts';
import { hooksApp } from '../../../functions/http/hooks.ts';
import { announces } from '../../fakes/accept-step.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { aMessage } from '../../fakes/examples.ts';
import { memoryKeyValueStore } from '../../fakes/key-value-store.memory.ts';
import { memoryLedger } from '../../fakes/ledger.memory.ts';
import { memoryLog } from '../../fakes/log.memory.ts';
import { memoryMemosQueue, memoryRecordingsQueue } from '../../fakes/queues.memory.ts';
import { memorySecrets } from '../../fakes/secrets.memory.ts';
import { scriptedSource } from '../../fakes/source.scripted.ts';
import { testApi } from '../../http/api.ts';
import { failureData, linqEvent, messageData, signed } from '../../http/linq-events.ts';
import { consumerCounts, linqCounts, type Moments, namesIn } from './metric-counts.ts';

/** Moments of steps, receipts, Linq events and tend: how the real step reaches each moment, and the metrics that the moment counts. */
export const OTHER_MOMENTS: Moments = {
  'an erasure that Linq refuses for our key': [
    async () => {
      const log = memoryLog();
      const refused = async () => ({ kind: 'our-fault', reason: 'no key' }) as const;
      const list = async () => ({ kind: 'no-list', reason: 'no key', ours: true }) as const;
      const messenger = { deleteAttachment: refused, filesOf: refused, listSent: list };
      const erase = eraseAtLinq({ messenger, clock: manualClock(), timing: timing(), random: () => 1, log });
      await erase({ v: 1, erase: { memo: 'm', attachments: ['a'] } }, 1);
      return namesIn(log.entries);
    },
    ['LinqRefusesUs'],
  ],
  'a webhook that the bridge cannot take, of a source with its own status for that': [
    async () => {
      const log = memoryLog();
      const sources = { acme: { ...scriptedSource(announces()), statuses: { unavailable: 429 } } };
      const failing = () => Promise.reject(new Error('SQS is away'));
      const following = followSenderRules({
        sources,
        accept: failing,
        secrets: memorySecrets({}),
        clock: manualClock(),
      });
      const app = hooksApp({ accept: following, publicUrl: 'https://bridge.example', log });
      expect((await app.request('/hooks/acme', { method: 'POST', body: '{}' })).status).toBe(429);
      return namesIn(log.entries);
    },
    ['EventsNotTaken'],
  ],
  'a step that throws': [() => consumerCounts({ step: () => Promise.reject(new Error('broken')) }), ['StepsFailed']],
  'a row of a later version': [
    () => consumerCounts({ step: () => Promise.reject(new AftercallError('later_version', 'a later row')) }),
    ['LaterVersions'],
  ],
  'a message of a later version': [() => consumerCounts({ body: '{"v":2}' }), ['LaterVersions']],
  'a lease that cannot be set': [
    () => consumerCounts({ setVisibility: () => Promise.reject(new Error('AccessDenied')) }),
    ['LeasesFailed'],
  ],
  'a memo that is delivered, then read': [
    () =>
      linqCounts(
        linqEvent('message.delivered', messageData(undefined)),
        linqEvent('message.read', messageData(undefined)),
      ),
    ['MemosDelivered', 'MemosRead'],
  ],
  'a delivery that failed': [() => linqCounts(linqEvent('message.failed', failureData())), ['DeliveriesFailed']],
  'an event of Linq’s that nobody can read': [() => linqCounts('{'), ['LinqEventsUnreadable']],
  'an event of Linq’s with another signature': [
    async () => {
      const { app, lines } = testApi({});
      const event = linqEvent('message.sent', messageData('memo.mp3'));
      const { headers, ...request } = signed(event);
      await app.request('/linq', { ...request, headers: { ...headers, 'webhook-signature': 'v1,AAAA' } });
      return namesIn(lines.map((line) => ({ ...JSON.parse(line), facts: JSON.parse(line) })));
    },
    ['LinqEventsRefused'],
  ],
  'a flagged line': [
    async () => {
      const log = memoryLog();
      const clock = manualClock();
      await applyLinqEvent({ keyValues: memoryKeyValueStore({ clock }), clock, log })({
        kind: 'line',
        at: clock.iso(),
        line: '+12052535597',
        status: 'FLAGGED',
      });
      return namesIn(log.entries);
    },
    ['LinesFlagged'],
  ],
  'a token of the account that ends': [
    async () => {
      const log = memoryLog();
      const clock = manualClock();
      const notice = { kind: 'token-gone', token: 't1', how: 'expired' } as const;
      await applyLinqEvent({ keyValues: memoryKeyValueStore({ clock }), clock, log })(notice);
      return namesIn(log.entries);
    },
    ['LinqAccountChanges'],
  ],
  'a dead letter': [
    async () => {
      const clock = manualClock();
      const log = memoryLog();
      const ledger = withOutcomeLogging(memoryLedger({ clock }), { step: 'tend', clock, log });
      const queues = { recordings: memoryRecordingsQueue(), memos: memoryMemosQueue({ clock }) };
      const ports = { ledger, keyValues: memoryKeyValueStore({ clock }), ...queues, log };
      await handleDeadLetter(ports)(aMessage());
      return namesIn(log.entries);
    },
    ['MemosFailed'],
  ],
  'an erasure at Linq that was given up': [
    async () => {
      const clock = manualClock();
      const log = memoryLog();
      const ports = {
        ledger: memoryLedger({ clock }),
        keyValues: memoryKeyValueStore({ clock }),
        recordings: memoryRecordingsQueue(),
        memos: memoryMemosQueue({ clock }),
        log,
      };
      await handleDeadLetter(ports)({ v: 1, erase: { memo: 'm', attachments: ['a'] } });
      return namesIn(log.entries);
    },
    ['CopiesLeftAtLinq'],
  ],
  'a sweep': [
    async () => {
      const clock = manualClock();
      const log = memoryLog();
      const queues = { recordings: memoryRecordingsQueue(), memos: memoryMemosQueue({ clock }) };
      await sweepOverdue({
        ledger: memoryLedger({ clock }),
        ...queues,
        keyValues: memoryKeyValueStore({ clock }),
        clock,
        timing: timing(),
        untilListed: async () => {},
        detailsMs: 1,
        log,
      })();
      return namesIn(log.entries);
    },
    ['Sweeps'],
  ],
};
