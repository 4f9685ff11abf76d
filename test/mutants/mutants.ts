/**
 * A broken product: one small change, and the promise that the change breaks. `find` is exactly once in all of
 * `functions/`; a patch that no longer fits ends the run, because it would make no mutant.
 */
export interface Mutant {
  name: string;
  breaks: string;
  find: string;
  replace: string;
  /** The test files that should notice the mutant, as vitest takes them. */
  tests: readonly string[];
}

const SEND = [
  'test/worlds/cases',
  'test/core/send/send-memo',
  'test/core/send/reconcile-memo',
  'test/core/path.crash',
  'test/adapters/ledger.sends-once',
];
const STORE = ['test/core/store/store-recording', 'test/core/path.crash'];

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'sent without a condition',
    breaks: 'an answer that comes late overwrites what is true by now',
    find: 'where: row.token ? { token: row.token } : whereOf(row),',
    replace: 'where: {},',
    tests: SEND,
  },
  {
    name: 'unknown taken for not-now',
    breaks: 'what may have been sent is sent again without a question',
    find: "    case 'unknown':\n      return markUnknown(ports, row, note);\n",
    replace: "    case 'unknown':\n      return back(context, backOff(context), {});\n",
    tests: SEND,
  },
  {
    name: 'a run that died is taken for not sent',
    breaks: 'what a dead run may have sent is sent again without a question',
    find: "if (row.state === 'sending') return markUnknown(ports, row);",
    replace:
      "if (row.state === 'sending') { await ports.ledger.move(row.id, { from: 'sending', to: 'stored' }); return { kind: 'later', delayMs: 0, reason: 'again' }; }",
    tests: SEND,
  },
  {
    name: 'the token is not compared',
    breaks: 'two runs post one memo',
    find: "if (sending?.state !== 'sending' || sending.token !== attemptToken)",
    replace: "if (sending?.state !== 'sending')",
    tests: SEND,
  },
  {
    name: 'sending without a condition',
    breaks: 'a run takes over an attempt that another run has begun',
    find: 'const sending = moved ?? (await ledger.get(row.id));',
    replace:
      "const sending = moved ?? (await ledger.move(row.id, { from: 'sending', to: 'sending', set: { token: attemptToken } }));",
    tests: SEND,
  },
  {
    name: 'the claim is ignored',
    breaks: 'two targets of one chat make two memos in it',
    find: 'if (!(await ledger.claim(onceKey(row.recording, row.chat, row.part?.number), row.id))) {',
    replace:
      'if (!(await ledger.claim(onceKey(row.recording, row.chat, row.part?.number), row.id)) && row.attempts > 99) {',
    tests: SEND,
  },
  {
    name: 'a FIFO group per memo',
    breaks: 'the memos of a chat go at once, in any order',
    find: 'MessageGroupId: group,',
    replace: 'MessageGroupId: message.memo,',
    tests: ['test/adapters/queues.sqs.test.ts'],
  },
  {
    name: "gives up at Linq's first not-now",
    breaks: 'a 429 or a 404/2007, which pass within minutes, end a memo',
    find: "if (nowMs - waitingSinceMs(row, nowMs) > (waitingFor === 'line' ? timing.lineTroubleMs : timing.notNowMs))",
    replace: 'if (nowMs > 0)',
    tests: SEND,
  },
  {
    name: "gives up at the source's first 404",
    breaks: 'a recording that is not ready just after its event is rejected',
    find: "if (fetched.kind === 'not-yet' && waitedMs >= notReadyMs(source, timing))",
    replace: "if (fetched.kind === 'not-yet' && waitedMs >= 0)",
    tests: STORE,
  },
  {
    name: "gives up at the source's first 503",
    breaks: 'a recording whose host is down for a moment is rejected',
    find: "if (fetched.kind === 'trouble' && waitedMs >= timing.recordingTroubleMs)",
    replace: "if (fetched.kind === 'trouble' && waitedMs >= 0)",
    tests: STORE,
  },
  {
    name: 'an erasure takes what is being sent',
    breaks: 'a memo that was erased is in the chat all the same, and no row tells of it',
    find: "if (parts.some(({ state }) => state === 'sending')) {",
    replace: "if (parts.some(({ state }) => state === 'sending') && parts.length > 99) {",
    tests: ['test/core/operate/erase-memos', 'test/http/erase.test.ts'],
  },
  {
    name: 'the suppression list is not asked once the chat is known',
    breaks: 'a memo goes to somebody who wants none',
    find: 'const policy = await checkPolicy(readers, about);',
    replace: "const policy = chat ? { kind: 'free' as const } : await checkPolicy(readers, about);",
    tests: SEND,
  },
  {
    name: 'a second unknown attempt is sent again',
    breaks: 'a memo is posted again and again, and nobody knows how often it came',
    find: 'if ((row.unknowns ?? 1) > 1)',
    replace: 'if ((row.unknowns ?? 1) > 99)',
    tests: SEND,
  },
  {
    name: 'the lease is not looked at after sending',
    breaks: 'a run whose message is in other hands posts as well',
    find: 'if (lease.aborted || clock.nowMs() - begunMs > timing.startPostMs) {',
    replace: 'if (clock.nowMs() < begunMs) {',
    tests: SEND,
  },
  {
    name: 'messages of an older generation are taken',
    breaks: 'a message from before a replay sends',
    find: "if (message.generation < storedRow.generation) return { kind: 'done', outcome: 'an older generation' };",
    replace: '',
    tests: [...SEND, 'test/core/operate/replay-memos.test.ts'],
  },
  {
    name: 'the sweep has a group per memo',
    breaks: 'what the sweep queues again goes at once with the chat that it belongs to',
    find: '} else if (target) {\n    await memos.send({ v: 1, memo: id, generation }, groupOf(target));',
    replace: '} else if (target) {\n    await memos.send({ v: 1, memo: id, generation }, groupOf(target) + id);',
    tests: ['test/core/tend/sweep-overdue.test.ts'],
  },
  {
    name: 'a wrong key is left to the dead letters',
    breaks: 'after twelve hours of a wrong key the first memo of a chat goes behind the later ones',
    find: 'if (groups.length === 0) return new Set();',
    replace: 'if (groups.length >= 0) return new Set();',
    tests: ['test/core/tend/queue-anew.test.ts'],
  },
  {
    name: 'generations of new messages are raised from the first on',
    breaks: 'a key that is fixed at that moment lets a later memo of the chat go by its old message',
    find: 'for (const { id, generation, still, ownFaultSince } of memos.toReversed())',
    replace: 'for (const { id, generation, still, ownFaultSince } of memos)',
    tests: ['test/core/tend/queue-anew.test.ts'],
  },
  {
    name: 'an answer is written without its attempt',
    breaks: 'the late answer to an earlier attempt undoes a later one',
    find: "  ...(from === 'sending' && token ? { token } : { attempts }),\n",
    replace: '',
    tests: SEND,
  },
  {
    name: 'a question is answered without its attempt',
    breaks: 'what was asked about an earlier attempt decides on a later one',
    find: 'const whereOf = ({ generation, attempts }: Memo) => ({ generation, attempts });',
    replace: 'const whereOf = (_row: Memo) => ({});',
    tests: SEND,
  },
  {
    name: 'only the first part is queued',
    breaks: 'the rest of a long call is left to the sweep',
    find: "if (state === 'stored' && target) await",
    replace: "if (state === 'stored' && target && id.length === 28) await",
    tests: STORE,
  },
  {
    name: 'messages of a later version are thrown away',
    breaks: 'after a rollback, what later code has queued is gone',
    find: "if (read.kind === 'known') return step(read.message, receives, lease);",
    replace:
      "if (read.kind === 'later-version') return { kind: 'done', outcome: 'later' }; else if (read.kind === 'known') return step(read.message, receives, lease);",
    tests: ['test/adapters/consumer.sqs.test.ts'],
  },
  {
    name: 'nobody looks before a later POST',
    breaks: 'what Linq has listed or named meanwhile is posted again',
    find: 'const reconciled = await checkBeforePost(ports, sendable, receives);',
    replace: 'const reconciled = undefined as StepVerdict | undefined;',
    tests: SEND,
  },
  {
    name: 'a receipt from another chat counts',
    breaks: 'a file that somebody forwards settles a memo that never came',
    find: 'chat === undefined || row.chat === undefined || chat.toLowerCase() === row.chat.toLowerCase();',
    replace: 'chat === undefined || row.chat !== "";',
    tests: [...SEND, 'test/core/send/apply-receipt.test.ts'],
  },
  {
    name: 'the wait clock is never paused',
    breaks: 'quiet hours and caps use up the time after which a memo is given up',
    find: 'row.waitingSince === undefined ? {} : { waitingSince: isoTime(waitingSinceMs(row, nowMs)), pausedAt: isoTime(nowMs) };',
    replace: 'row.waitingSince === undefined || nowMs > 0 ? {} : {};',
    tests: [...SEND, 'test/core/model/wait-clock'],
  },
  {
    name: 'a pause of the wait clock never ends',
    breaks: 'a recording that never comes is tried for ever, once it gave way to others or was queued again',
    find: "clear: ['pausedAt'] as const,",
    replace: 'clear: [] as const,',
    tests: ['test/core/store/store-recording.clock', 'test/core/model/wait-clock'],
  },
];
