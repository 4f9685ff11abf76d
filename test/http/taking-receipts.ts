import { memoId } from '../../functions/core/model/memo.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { aRecording, CHAT } from '../fakes/examples.ts';
import { memoryLedger } from '../fakes/ledger.memory.ts';
import { testApi } from './api.ts';
import { MESSAGE, signed } from './linq-events.ts';

export const ID = memoId(aRecording(), { chat: CHAT });

/** A memo that Linq has taken, or may have taken. */
export const prepare = async (state: 'sent' | 'unknown' = 'sent', id = ID) => {
  const ledger = memoryLedger({ clock: manualClock() });
  await ledger.open({ id, state: 'stored', recording: aRecording(), target: { chat: CHAT } });
  await ledger.move(id, { from: 'stored', to: 'sending', set: { attempts: 1, token: 't', chat: CHAT } });
  if (state === 'sent') {
    const linq = { messageId: MESSAGE };
    await ledger.move(id, { from: 'sending', to: 'sent', set: { linq }, clear: ['token'], note: linq });
    await ledger.addReceipt({ messageId: MESSAGE, memo: id });
  } else await ledger.move(id, { from: 'sending', to: 'unknown' });
  const { app, lines } = testApi({ ledger });
  const deliver = async (event: unknown) => {
    const answer = await app.request('/linq', signed(event));
    return { status: answer.status, body: await answer.json() };
  };
  return { ledger, lines, deliver, receipt: () => ledger.addReceipt({ messageId: MESSAGE }) };
};
