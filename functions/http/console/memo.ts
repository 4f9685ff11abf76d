import { Hono } from 'hono';
import { etag } from 'hono/etag';
import { html } from 'hono/html';
import { AftercallError } from '../../core/model/errors.ts';
import type { Memo } from '../../core/model/memo.ts';
import type { Timing } from '../../core/model/timing.ts';
import { recipientsOf, suppressionsOf } from '../../core/policy/suppression-list.ts';
import type { AudioStore, Clock, KeyValueStore, Ledger } from '../../core/ports/ports.ts';
import { memoById } from '../memo-by-id.ts';
import { flashText } from './flash.ts';
import { fragmentOr } from './fragment.ts';
import type { Guarded, PageContext } from './guard.ts';
import { notice } from './layout.ts';
import { memoParts } from './memo-view.ts';

export interface MemoOptions {
  ledger: Ledger;
  keyValues: Pick<KeyValueStore, 'readAll'>;
  audio: Pick<AudioStore, 'presignGet'>;
  clock: Clock;
  timing: Timing;
}

/** `GET /m/:id` shows one memo; `POST /m/:id/audio` answers with a presigned URL of its audio. */
export const memoRoutes = (options: MemoOptions) => {
  const { ledger, audio, timing } = options;
  const routes = new Hono<Guarded>();
  routes.get('/m/:id', etag(), async (c) => memoPage(c, options, await memoById(ledger, c.req.param('id'))));

  // Presigned only on request: the URL is good for minutes.
  routes.post('/m/:id/audio', async (c) => {
    const memo = await memoById(ledger, c.req.param('id'));
    if (!memo.audio) throw new AftercallError('not_found', 'S3 holds no audio of this memo.');
    const url = await audio.presignGet(memo.audio, timing.presignMs);
    const { type, seconds } = memo.audio;
    if (c.req.header('Accept')?.includes('application/json')) return c.json({ url, type, seconds });
    return memoPage(c, options, memo, url);
  });
  return routes;
};

const memoPage = async (c: PageContext, { ledger, keyValues, clock }: MemoOptions, memo: Memo, audioUrl?: string) => {
  const receipt = memo.linq && (await ledger.receipt(memo.linq.messageId));
  const suppressions = await suppressionsOf(keyValues, recipientsOf(memo));
  const { formToken } = c.var.session;
  const parts = memoParts({ memo, receipt, suppressions, nowMs: clock.nowMs(), formToken, audioUrl });
  const flash = notice(flashText(c.req.query('flash')));
  return fragmentOr(c, audioUrl ? undefined : c.req.query('fragment'), parts, () => ({
    content: html`<p class="back"><a href="/">All memos</a></p><div class="memo">${flash}${parts}</div>`,
    frame: { title: `Memo, ${memo.state}`, poll: `/m/${memo.id}?fragment=1` },
  }));
};
