import { html } from 'hono/html';
import { shownHistory } from '../../core/model/history.ts';
import type { HistoryEntry, Memo } from '../../core/model/memo.ts';
import type { Receipt } from '../../core/ports/ports.ts';
import { later, moment, sentence, timeOfDay } from './format.ts';
import { type Html, stateMark } from './layout.ts';
import { maskAny, maskerFor } from './phone-mask.ts';

/** The memo's history, oldest entry first, each with its time since the entry before it. */
export const timeline = (memo: Memo): Html =>
  html`<ol class="timeline">${shownHistory(memo.history, memo.historyOmitted).map((line) =>
    'omitted' in line ? omission(line.omitted) : step(memo, line.entry, line.before),
  )}</ol>`;

const omission = (entries: number): Html => html`<li><p class="note">… ${entries.toLocaleString('en')} more …</p></li>`;

const step = (memo: Memo, entry: HistoryEntry, before: HistoryEntry | undefined): Html => {
  const { at, state, attempt, reason, code, traceId, messageId } = entry;
  const ids = [
    code && `Linq answered ${code}`,
    messageId && `message ${messageId}`,
    traceId && `trace ${traceId}`,
  ].filter(Boolean);
  const time = before?.at.slice(0, 10) === at.slice(0, 10) ? timeOfDay(at) : moment(at);
  const since = before && html` <span class="since">${later(before.at, at)}</span>`;
  return html`<li>
    <p>${stateMark(state)}${attempt !== undefined && html` <span class="attempt">attempt ${attempt}</span>`}
      <span class="when">${time}${since}</span></p>
    ${reason && html`<p class="reason">${maskerFor(memo)(reason)}</p>`}
    ${ids.length > 0 && html`<p class="ids">${maskerFor(memo)(ids.join(' · '))}</p>`}
  </li>`;
};

const EVENTS = ['sent', 'delivered', 'read', 'failed'] as const;

/** Linq's receipts of the memo's message. */
export const receiptView = (receipt: Receipt | undefined): Html => {
  const known = EVENTS.filter((event) => receipt?.[event]);
  if (!receipt || known.length === 0) return html`<p class="note">Linq has sent no receipt for this memo yet.</p>`;
  const failure = html`<p class="reason">${sentence(maskAny(receipt.reason ?? 'Linq gives no reason'))} ${AFTER_A_FAILURE}</p>`;
  return html`<dl class="facts">${known.map(
    (event) => html`<dt>${event}</dt><dd>${moment(receipt[event] ?? '')}${event === 'failed' && failure}</dd>`,
  )}</dl>`;
};

const AFTER_A_FAILURE = 'Linq may still deliver the memo. Aftercall does not send it again by itself.';
