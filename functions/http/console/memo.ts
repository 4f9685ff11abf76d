import { type Context, Hono } from 'hono';
import { html } from 'hono/html';
import { AftercallError } from '../../core/model/errors.ts';
import { MEMO_ID, type Memo } from '../../core/model/memo.ts';
import type { Timing } from '../../core/model/timing.ts';
import { recipientsOf, suppressionsOf } from '../../core/policy/suppression-list.ts';
import type { AudioStore, Clock, KeyValueStore, Ledger } from '../../core/ports/ports.ts';
import { saidInWords } from './flash.ts';
import { fragmentOr } from './fragment.ts';
import type { Guarded, PageContext } from './guard.ts';
import { layout, notice } from './layout.ts';
import { memoParts } from './memo-view.ts';

export interface MemoOptions {
  ledger: Ledger;
  keyValues: Pick<KeyValueStore, 'readAll'>;
  audio: Pick<AudioStore, 'presignGet'>;
  clock: Clock;
  timing: Timing;
}

/** `GET /m/:id`: one memo's whole story; `POST /m/:id/audio`: its sound, for five minutes. */
export const memoRoutes = (options: MemoOptions) => {
  const { ledger, audio, timing } = options;
  const routes = new Hono<Guarded>();
  routes.get('/m/:id', async (c) => memoPage(c, options, await memoOf(c, ledger)));

  // Signed when it is asked for, since it is good for minutes only, and never a part of the page itself.
  routes.post('/m/:id/audio', async (c) => {
    const memo = await memoOf(c, ledger);
    if (!memo.audio) throw new AftercallError('not_found', 'There is no audio of this memo in S3.');
    const url = await audio.presignGet(memo.audio, timing.presignMs);
    const { type, seconds } = memo.audio;
    if (c.req.header('Accept')?.includes('application/json')) return c.json({ url, type, seconds });
    return memoPage(c, options, memo, url);
  });
  return routes;
};

/** @throws AftercallError `no_such_memo` */
export const memoOf = async (c: Context<Guarded, '/m/:id'>, ledger: Pick<Ledger, 'get'>): Promise<Memo> => {
  const id = c.req.param('id') ?? '';
  const memo = MEMO_ID.test(id) ? await ledger.get(id) : undefined;
  if (!memo) throw new AftercallError('no_such_memo', 'There is no such memo, or it has been erased.');
  return memo;
};

const memoPage = async (c: PageContext, { ledger, keyValues, clock }: MemoOptions, memo: Memo, audioUrl?: string) => {
  const receipt = memo.linq && (await ledger.receipt(memo.linq.messageId));
  const suppressions = await suppressionsOf(keyValues, recipientsOf(memo));
  const { formToken } = c.var.session;
  const parts = memoParts({ memo, receipt, suppressions, nowMs: clock.nowMs(), formToken, audioUrl });
  if (audioUrl) return c.html(layout({ ...frameOf(memo, parts), formToken }));
  const said = notice(saidInWords(c.req.query('said')));
  return fragmentOr(c, c.req.query('fragment'), parts, () => frameOf(memo, html`${said}${parts}`));
};

const frameOf = ({ id, state }: Memo, content: ReturnType<typeof html>) => ({
  title: `Memo, ${state}`,
  poll: `/m/${id}?fragment=1`,
  content: html`<p class="back"><a href="/">All memos</a></p><div class="memo">${content}</div>`,
});
