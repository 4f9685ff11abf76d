import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { twilioWebhook, until, wav } from '../../world.ts';
import { PATIENCE_MS } from './bridge-process.ts';
import { fillDisk, makeRoom, onFullDisk } from './full-disk.ts';
import type { Reader } from './reader.ts';
import type { Scene } from './scene.ts';

/** Whom a trouble has struck. */
export interface Struck {
  memo: string;
  chat: string;
  /** When the trouble began, where that is later than `begin`; of `performance.now()`. */
  sinceMs?: number;
  /** Ends a trouble whose mend is "nothing": the other side is well again. */
  over?: () => void;
}

/** A trouble, what names its cause, and its mend. */
export interface Trouble {
  name: string;
  begin(scene: Scene): Promise<Struck>;
  /** The words of the first page. */
  says: string;
  /** Where they stand on the first page. */
  at(page: Page, struck: Struck): Locator;
  doctor: RegExp;
  log: RegExp;
  /** What the page or the doctor tells to do, for the table of docs/page.md. */
  mend: string;
  /** Does exactly this, with the words as they stand there. @returns the chat in which a memo arrives now, if one does */
  act(scene: Scene, reader: Reader, struck: Struck): Promise<string | undefined>;
  /** How a line of a shell runs during the trouble. */
  shell?: (line: string) => string;
}

const inRow: Trouble['at'] = (page, { memo }) => page.locator(`tr[id="${memo}"] .why`);
const only = (commands: readonly string[], begin: string): string => {
  const [found, ...others] = commands.filter((each) => each.startsWith(begin));
  expect([found, others], `one command ${begin} among ${commands.join(' | ')}`).toEqual([expect.any(String), []]);
  return found ?? '';
};

const hostDown: Trouble = {
  name: 'the host of the recording is down',
  async begin({ media, call }) {
    const host = { isDown: true };
    const answer = (response: ServerResponse) =>
      response.writeHead(host.isDown ? 503 : 200).end(host.isDown ? '' : wav(1));
    const struck = await call({ recordingUrl: media.serve((_request, response) => void answer(response)) });
    return { ...struck, over: () => (host.isDown = false) };
  },
  says: 'The host of the recording does not answer as it should',
  at: inRow,
  doctor: /The host of the recording does not answer as it should +1 memo waits/,
  log: /the source answered 503/,
  mend: 'nothing: the memo goes when the host is up again',
  async act(_scene, reader, { memo, chat, over }) {
    expect((await reader.advice(`/m/${memo}`)).text).toContain('Nothing. Aftercall tries again by itself for a day.');
    over?.();
    return chat;
  },
};

const unrouted: Trouble = {
  name: 'no route',
  begin: ({ call }) => call({ chat: null }),
  says: 'No route leads this recording to a chat',
  at: inRow,
  doctor: /No route leads this recording to a chat: 1 memo needs a person/,
  log: /"outcome":"unrouted"/,
  mend: '`npx aftercall replay ID --chat …`',
  async act({ bridge }, reader, { memo }) {
    const { commands } = await reader.advice(`/m/${memo}`);
    const command = only(commands, `npx aftercall replay ${memo} --chat`);
    expect(await bridge.shell(command, 'y')).toContain('1 will be routed');
    return command.split('--chat ')[1];
  },
};

const optedOut: Trouble = {
  name: 'the recipient has opted out',
  async begin({ linq, call }) {
    const chat = randomUUID();
    linq.next(chat, { status: 403, code: 2024 });
    return call({ chat });
  },
  says: 'The recipient has opted out',
  at: inRow,
  doctor: /The recipient has opted out +1 memo has ended/,
  log: /the recipient has opted out/,
  mend: 'nothing: memos go again after the recipient texts START',
  async act({ writes, call }, reader, { memo, chat }) {
    const { text } = await reader.advice(`/m/${memo}`);
    expect(text).toContain('Nothing. The recipient gets memos again after they text START.');
    expect(await writes(chat, 'START')).toBe(200);
    await call({ chat });
    return chat;
  },
};

const deadLetter: Trouble = {
  name: 'a dead letter',
  async begin(scene) {
    const struck = await hostDown.begin(scene);
    const waits = await until(
      async () => (await scene.memo(struck.memo)).cause?.id === 'source_away' || undefined,
      PATIENCE_MS,
    );
    expect(waits).toBe(true);
    const { source, recording } = await scene.memo(struck.memo);
    const media = { kind: 'url', url: scene.media.serve(wav(1)) };
    const receivedAt = new Date().toISOString();
    const sinceMs = performance.now();
    const target = { chat: struck.chat };
    await scene.deadLetter(
      'recordings',
      JSON.stringify({ v: 1, recording: { source, id: recording.id, media }, target, receivedAt }),
    );
    return { ...struck, sinceMs };
  },
  says: 'A step failed a thousand times',
  at: inRow,
  doctor: /A step failed a thousand times: 1 memo needs a person/,
  log: /"dead letter"/,
  mend: '`npx aftercall doctor`, then `npx aftercall replay ID`',
  async act({ bridge }, reader, { memo, chat, over }) {
    over?.();
    const { commands } = await reader.advice(`/m/${memo}`);
    expect(await bridge.shell(only(commands, 'npx aftercall doctor'))).toMatch(/fault/);
    expect(await bridge.shell(only(commands, `npx aftercall replay ${memo}`), 'y')).toContain('1 will be');
    return chat;
  },
};

const unreadable: Trouble = {
  name: 'a message that nobody can read',
  async begin(scene) {
    const sinceMs = performance.now();
    await scene.deadLetter('memos', 'garbage of somebody');
    const found = await until(async () => (await scene.memosOf('source=unknown'))[0], PATIENCE_MS);
    return { memo: found ?? '', chat: '', sinceMs };
  },
  says: 'A message cannot be read',
  at: inRow,
  doctor: /A message cannot be read: 1 memo needs a person/,
  log: /a message that cannot be read is kept in a row/,
  mend: '`npx aftercall dead-letter show ID`, `… save ID`, `npx aftercall erase ID`',
  async act({ bridge, memo: read }, reader, { memo }) {
    const { commands } = await reader.advice(`/m/${memo}`);
    expect(await bridge.shell(only(commands, 'npx aftercall dead-letter show'))).toContain('garbage of somebody');
    expect(await bridge.shell(only(commands, 'npx aftercall dead-letter save'))).toContain('saved to');
    expect(await bridge.shell(only(commands, 'npx aftercall erase'), 'y')).toContain('1 memo is erased');
    expect(Object(await read(memo)).error?.code).toBe('no_such_memo');
    return undefined;
  },
};

const silentSource: Trouble = {
  name: 'a silent source',
  begin: async () => ({ memo: '', chat: '' }),
  says: 'silent so far',
  at: (page) => page.locator('.tile summary'),
  doctor: /twilio +its hook answers; nothing has come yet/,
  log: /on {3}\S+\/hooks\/twilio/,
  mend: 'the webhook at the vendor posts to the hook URL that the page names',
  async act({ vendor, media, post }, reader) {
    const { text } = await reader.advice('/s/twilio');
    const hook = /posts to (\S+)\./.exec(text)?.[1] ?? '';
    const chat = randomUUID();
    const url = `${hook}?chat=${chat}`;
    const form = {
      AccountSid: 'AC08faedd7e846c18560755be158889e51',
      CallSid: `CA${randomUUID().replaceAll('-', '')}`,
      RecordingSid: `RE${randomUUID().replaceAll('-', '')}`,
      RecordingStatus: 'completed',
      RecordingUrl: media.serve(wav(1)),
    };
    expect((await post(url, twilioWebhook(vendor.twilio, url, form))).status).toBe(200);
    return chat;
  },
};

const wrongSecret: Trouble = {
  name: 'a wrong secret: webhooks are refused',
  async begin({ vendor, call }) {
    vendor.standardWebhooks = vendor.standardWebhooks.replace(/_..../, '_new+');
    const { status } = await call({ source: 'standardWebhooks' });
    expect(status).toBe(401);
    return { memo: '', chat: '' };
  },
  says: '1 refused since',
  at: (page) => page.locator('.sources .trouble').getByText('the signature does not match'),
  doctor: /standard-webhooks: its hook answers; 1 refused since .*: the signature does not match/,
  log: /webhook-signature does not match/,
  mend: '`npx aftercall secrets set STANDARD_WEBHOOKS_SECRET`, then `npm start` again',
  async act({ bridge, vendor }, reader) {
    const { commands } = await reader.advice('/s/standard-webhooks');
    const command = only(commands, 'npx aftercall secrets set STANDARD_WEBHOOKS_SECRET');
    expect(await bridge.shell(command, vendor.standardWebhooks)).toContain('STANDARD_WEBHOOKS_SECRET is set');
    return undefined;
  },
};

const revokedKey: Trouble = {
  name: 'a key that Linq has revoked',
  async begin({ linq, call }) {
    linq.revoke();
    return call();
  },
  says: 'Linq refuses our key',
  at: (page) => page.locator('.cause h2').getByText('Linq refuses our key: 1 memo waits'),
  doctor: /Linq refuses our key: 1 memo waits/,
  log: /Linq refuses our key/,
  mend: '`npx aftercall secrets set LINQ_API_V3_API_KEY`, then `npm start` again',
  async act({ bridge, linq }, reader, { memo, chat }) {
    const { commands } = await reader.advice(`/m/${memo}`);
    const command = only(commands, 'npx aftercall secrets set LINQ_API_V3_API_KEY');
    expect(await bridge.shell(command, linq.key)).toContain('LINQ_API_V3_API_KEY is set');
    return chat;
  },
};

/** On the disk of the data folder: while it is full, each webhook is answered 503, and the vendor sends it again. */
export const FULL_DISK: Trouble = {
  name: 'a full disk',
  async begin({ bridge, call }) {
    await fillDisk(bridge.pids());
    const sinceMs = performance.now();
    expect((await call()).status).toBe(503);
    return { memo: '', chat: '', sinceMs };
  },
  says: 'DynamoDB, S3 and SQS do not answer the bridge',
  at: (page) => page.locator('#contact'),
  doctor: /disk: the disk of \S+ takes no data/,
  log: /nothing can be stored.*takes no data/,
  mend: 'room on the disk (`df -h` shows it), then `npm start` again',
  shell: onFullDisk,
  async act({ bridge, call }) {
    const said = await bridge.shell(onFullDisk('npx aftercall doctor'));
    const fix = /make room on the disk \((df -h \S+) shows it\), then stop npm start and run it again/.exec(said);
    expect(await bridge.shell(fix?.[1] ?? '')).toContain('Avail');
    await makeRoom(bridge.pids());
    await bridge.restart();
    const { status, chat } = await call();
    expect(status).toBe(200);
    return chat;
  },
};

/** Which troubles begin at the same time. The later ones would hide the earlier. */
export const ACTS: readonly (readonly Trouble[])[] = [
  [silentSource, hostDown, unrouted, optedOut],
  [deadLetter, unreadable, wrongSecret],
  [revokedKey],
];
export const TROUBLES: readonly Trouble[] = ACTS.flat();
