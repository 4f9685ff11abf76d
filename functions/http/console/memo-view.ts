import { html } from 'hono/html';
import { isFinal, type Memo, partId } from '../../core/model/memo.ts';
import { causeOf, fixFor } from '../../core/observe/causes/cause-of.ts';
import type { Suppression } from '../../core/policy/suppression-list.ts';
import type { Receipt } from '../../core/ports/ports.ts';
import { withCommands } from './causes-view.ts';
import { deadLetterLink } from './dead-letter.ts';
import { ago, length, moment, sentence, size } from './format.ts';
import { copyable, type Html, hidden, stateMark } from './layout.ts';
import { parties } from './list-view.ts';
import { masked, maskerFor } from './phone-mask.ts';
import { changesSoon } from './poll-rate.ts';
import { mayHoldNumber } from './search-text.ts';
import { STATE_HELP } from './state-help.ts';
import { suppressButton, suppressionNotice } from './suppression-view.ts';
import { receiptView, timeline } from './timeline.ts';
import { waveform } from './waveform.ts';

export interface Shown {
  memo: Memo;
  receipt?: Receipt | undefined;
  /** The entries of the suppression list that hold the recipient. */
  suppressions: readonly Suppression[];
  nowMs: number;
  formToken: string;
  /** A presigned URL, good for minutes: for a reader without the script who has asked to listen. */
  audioUrl?: string | undefined;
}

/** The live parts of a memo's page. */
export const memoParts = (shown: Shown): Html => html`${head(shown)}${player(shown)}${story(shown)}`;

const head = ({ memo, suppressions, nowMs, formToken }: Shown): Html => {
  const { id, state, reason, dueAt } = memo;
  const { means } = STATE_HELP[state];
  const cause = causeOf(memo);
  const fast = changesSoon(memo, nowMs) && html` data-poll-fast`;
  return html`<section id="head" class="head" data-live data-news="The memo is ${state}"${fast} aria-labelledby="title">
  <h1 id="title">${stateMark(state)}</h1>
  <nav class="actions" aria-label="Actions">
    ${isFinal(state) && html`<a class="button" href="/m/${id}/replay" id="replay">Replay…</a>`}
    <a class="button" href="/m/${id}/erase" id="erase">Erase…</a>
    ${deadLetterLink(memo)}${suppressButton(memo, suppressions, formToken)}
  </nav>
  <p class="lead">${means}${reason && html` ${sentence(maskerFor(memo)(reason))}`}</p>
  ${
    cause &&
    html`<p>${cause.what}. ${cause.why}</p>
  <p class="advice"><b>What to do:</b> ${withCommands(fixFor(cause, memo))}</p>`
  }
  ${suppressionNotice(memo, suppressions, formToken)}
  ${dueAt && Date.parse(dueAt) > nowMs + 10_000 && html`<p class="note">Next try: ${moment(dueAt)}</p>`}
</section>`;
};

const player = ({
  memo: { id, audio },
  formToken,
  audioUrl,
}: Shown): Html => html`<section id="player" class="card player" data-live data-keep-playing aria-labelledby="player-title">
  <h2 id="player-title">Audio</h2>
  ${
    audio
      ? html`${waveform(audio)}
  ${
    audioUrl
      ? html`<audio controls autoplay src="${audioUrl}"></audio>`
      : html`<form method="post" action="/m/${id}/audio" data-listen>
        ${hidden({ token: formToken })}<button>Listen</button></form>`
  }
  <p class="note">${audioFacts(audio).join(' · ')}</p>`
      : html`<p class="note">S3 holds no audio of this memo.</p>`
  }
</section>`;

const audioFacts = ({ seconds, codec, type, bytes }: NonNullable<Memo['audio']>): string[] => [
  ...(seconds === undefined ? [] : [length(seconds)]),
  codec ?? type,
  size(bytes),
];

const story = (shown: Shown): Html => html`<section id="story" class="story" data-live>
  <div class="card"><h2>What happened</h2>${timeline(shown.memo)}</div>
  <div class="card"><h2>Linq’s receipt</h2>${receiptView(shown.receipt)}</div>
  <div class="card"><h2>The memo</h2>${facts(shown)}</div>
</section>`;

const facts = ({ memo, nowMs, formToken }: Shown): Html => {
  const { id, recording, target, chat, part, original, fitting, attempts, createdAt, generation } = memo;
  const mask = maskerFor(memo);
  const found = (name: 'q' | 'source', value: string) =>
    mask(value) === value ? searchLink(name, value, formToken) : html`${mask(value)}`;
  const foundId = (value: string) => (mask(value) === value ? copyable(value, found('q', value)) : found('q', value));
  const to = chat ?? (target && 'chat' in target ? target.chat : undefined);
  const rows: [string, Html | string | undefined | false][] = [
    ['memo', html`<span class="id">${copyable(id)}</span>`],
    ['part', part && partsOf(id, part)],
    ['source', found('source', recording.source)],
    ['call', recording.callId !== undefined && html`<span class="id">${foundId(recording.callId)}</span>`],
    ['recording', html`<span class="id">${foundId(recording.id)}</span>`],
    ['from and to', html`<span class="number">${parties(memo)}</span>`],
    ['direction', recording.direction],
    ['chat', to && html`<span class="id">${foundId(to)}</span>`],
    [
      'person',
      target &&
        'handle' in target &&
        html`<span class="number">${masked(target.handle)}, from the line ${masked(target.line)}</span>`,
    ],
    ['original', original && soundOf(original)],
    ['fitting', fitting && mask(fittingOf(fitting))],
    ['attempts', `${attempts}${generation > 0 ? ', replayed' : ''}`],
    ['came in', html`${moment(createdAt)}, ${ago(createdAt, nowMs)}`],
  ];
  return html`<dl class="facts">${rows.map(([name, value]) => value && html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
};

/** Leads to the memos with the same value. What may be a number goes in a form, because a URL ends in logs. */
const searchLink = (name: 'q' | 'source', value: string, formToken: string): Html =>
  mayHoldNumber(value)
    ? html`<form method="post" action="/find">${hidden({ token: formToken, [name]: value })}<button class="link">${value}</button></form>`
    : html`<a href="/?${name}=${encodeURIComponent(value)}">${value}</a>`;

/** Links to the other parts of the call; a call of several hours may have a dozen. */
const partsOf = (id: string, { number, of }: { number: number; of: number }): Html => {
  const first = id.replace(/-\d+$/, '');
  const parts = Array.from({ length: of }, (_, index) => index + 1);
  return html`<span class="parts">${parts.map((each) =>
    each === number
      ? html`<b aria-current="true">${each}</b> `
      : html`<a href="/m/${partId(first, each)}" aria-label="part ${each}">${each}</a> `,
  )}</span>of ${of}`;
};

const soundOf = ({ type, codec, sampleRate, channels, seconds, bytes }: NonNullable<Memo['original']>): string =>
  [
    codec ? `${codec} in ${type}` : type,
    sampleRate && `${sampleRate / 1000} kHz`,
    channels && (channels === 1 ? 'mono' : channels === 2 ? 'stereo' : `${channels} channels`),
    seconds !== undefined && length(seconds),
    size(bytes),
  ]
    .filter(Boolean)
    .join(', ');

const fittingOf = ({ done, reason, notes = [], engine }: NonNullable<Memo['fitting']>): string =>
  [done === 'passed' ? 'passed unchanged' : done, reason, engine && engine !== 'built-in' && `by ${engine}`, ...notes]
    .filter(Boolean)
    .join('; ');
