import { randomUUID } from 'node:crypto';
import { type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';

export interface LinqAccount {
  server: ScriptedHttp;
  key: string;
  lines: { phone_number: string; status: string }[];
  chats: { id: string; is_group: boolean; line: string; with: string }[];
  subscriptions: { id: string; target_url: string; subscribed_events: string[] }[];
  /** Whether the account knows subscriptions to `api_token.…`, which are newer than the other events. */
  knowsAccountEvents: boolean;
  /** Every signing secret that Linq has shown. */
  secrets: string[];
  /** How far Linq's clock is from ours. */
  skewMs: number;
}

/** An account at Linq with lines, chats and webhook subscriptions, as Linq's reference describes them. */
export const linqAccount = async (): Promise<LinqAccount> => {
  const account: Omit<LinqAccount, 'server'> = {
    key: `linq-canary-${randomUUID()}`,
    lines: [],
    chats: [],
    subscriptions: [],
    knowsAccountEvents: true,
    secrets: [],
    skewMs: 0,
  };
  const server = await scriptedHttp(({ method, url, headers, body }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://linq');
    const answer = (status: number, json?: unknown) => {
      const date = new Date(Date.now() + account.skewMs).toUTCString();
      response.writeHead(status, { 'content-type': 'application/json', date });
      response.end(json === undefined ? undefined : JSON.stringify(json));
    };
    const refuse = (status: number, code: number) =>
      answer(status, { success: false, error: { status, code, message: '' } });
    if (headers.authorization !== `Bearer ${account.key}`) return refuse(401, 2004);
    if (pathname === '/v3/phone_numbers')
      return answer(200, {
        phone_numbers: account.lines.map(({ phone_number, status }) => ({
          id: randomUUID(),
          phone_number,
          reputation: { status, doc_url: 'https://example.com' },
        })),
      });
    if (pathname === '/v3/chats') {
      const [from, to] = [searchParams.get('from'), searchParams.get('to')];
      const found = account.chats.filter((chat) => chat.with === to && (!from || chat.line === from));
      return answer(200, { chats: found.map(asChat), next_cursor: null });
    }
    const chat = /^\/v3\/chats\/([^/]+)$/.exec(pathname)?.[1];
    if (chat) {
      const found = account.chats.find(({ id }) => id === chat);
      return found ? answer(200, asChat(found)) : refuse(404, 2001);
    }
    const subscription = /^\/v3\/webhook-subscriptions\/([^/]+)$/.exec(pathname)?.[1];
    if (subscription && method === 'DELETE') {
      account.subscriptions = account.subscriptions.filter(({ id }) => id !== subscription);
      return answer(204);
    }
    if (pathname !== '/v3/webhook-subscriptions') return refuse(404, 2000);
    if (method === 'GET') return answer(200, { subscriptions: account.subscriptions });
    const made = { id: randomUUID(), ...JSON.parse(body.toString()) };
    const isNew = (event: string) => /^(api_token|webhook_subscription)\./.test(event);
    if (!account.knowsAccountEvents && made.subscribed_events.some(isNew)) return refuse(400, 1005);
    account.subscriptions.push(made);
    const signing_secret = `whsec_${Buffer.from(randomUUID()).toString('base64')}`;
    account.secrets.push(signing_secret);
    return answer(201, { ...made, signing_secret });
  });
  return Object.assign(account, { server });
};

const asChat = (chat: LinqAccount['chats'][number]) => ({
  id: chat.id,
  display_name: null,
  is_group: chat.is_group,
  service: 'iMessage',
  health_status: { status: 'HEALTHY', doc_url: 'https://example.com' },
  handles: [
    { id: randomUUID(), handle: chat.line, is_me: true },
    { id: randomUUID(), handle: chat.with, is_me: false },
  ],
});
