import { randomUUID } from 'node:crypto';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { issueTicket } from '../../functions/http/console/session.ts';
import { urlOf } from '../../local/cloud/cloud-file.ts';
import { QUEUES, queueUrl, REGION } from '../../local/cloud/resources.ts';
import { running } from '../cli/running.ts';
import { API_KEY, standardWebhook, startWorld, until, type World, wav } from '../world.ts';

// An operator asks "why?". For each trouble: the page, the doctor and the log name its cause, and say what to do.

let world: World;
const logged: string[] = [];
beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((words) => logged.push(String(words)) > 0);
  for (const method of ['log', 'info', 'warn', 'error'] as const)
    vi.spyOn(console, method).mockImplementation((...words) => void logged.push(words.map(String).join(' ')));
  world = await startWorld();
});
afterAll(async () => {
  await world.stop();
  vi.restoreAllMocks();
});

const call = async (media: string, chat?: string): Promise<string> => {
  const data = { id: randomUUID(), recording_url: media };
  const signed = standardWebhook(world.secrets.standardWebhooks, data);
  const { body } = await world.post(`/hooks/standard-webhooks${chat ? `?chat=${chat}` : ''}`, signed);
  return (body.memos as string[])[0] ?? ''; // the hook's answer
};
const page = async (path: string): Promise<string> => {
  const link = `${world.url}/sign-in?ticket=${issueTicket(API_KEY, Date.now())}`;
  const cookie = (await fetch(link, { redirect: 'manual' })).headers.get('set-cookie') ?? '';
  return (await fetch(world.url + path, { headers: { cookie: cookie.replace(/;.*/, '') } })).text();
};
const command = async (...argv: string[]) => {
  const environment = {
    ...{ PORT: new URL(world.url).port, AFTERCALL_DATA: world.data, AFTERCALL_API_KEY: API_KEY },
    LINQ_API_V3_API_KEY: world.linq.key,
    LINQ_API_V3_BASE_URL: world.linq.url,
  };
  const { out, err } = await running(argv, { environment });
  return out + err;
};
/** Waits until the memo has this cause. */
const caused = async (id: string, cause: string) => {
  const row = await until(async () => {
    const { cause: found, ...memo } = await world.memo(id);
    return found?.id === cause ? memo : undefined;
  });
  expect(row, `${id} has the cause ${cause}`).toBeDefined();
};
/** The bridge keeps its answers to the doctor for some seconds. */
const doctorSays = async (...words: string[]) => {
  const said = await until(async () => {
    const text = await command('doctor');
    return words.every((each) => text.includes(each)) ? text : undefined;
  });
  expect(said ?? (await command('doctor'))).toContain(words[0]);
};
const inLog = (words: string) =>
  expect(
    logged.some((line) => line.includes(words)),
    words,
  ).toBe(true);

test('a key that Linq refuses', async () => {
  const chat = randomUUID();
  for (let n = 0; n < 500; n += 1) world.linq.next(chat, { status: 401, code: 2004 });
  const memo = await call(world.media.serve(wav(1)), chat);
  await caused(memo, 'linq_key_refused');
  expect(await page(`/m/${memo}`)).toContain('Linq refuses our key');
  const list = await until(async () => {
    const text = await page('/');
    return text.includes('<h3>Linq refuses our key: 1 memo waits') ? text : undefined;
  });
  expect(list).toContain('secrets set LINQ_API_V3_API_KEY');
  await doctorSays('Linq refuses our key: 1 memo waits', 'secrets set LINQ_API_V3_API_KEY');
  expect(await command('memo', memo)).toContain('What to do: Set LINQ_API_V3_API_KEY');
  inLog('Linq refuses our key');
});

test('a host of recordings that is down', async () => {
  const down = world.media.serve((_request, response) => void response.writeHead(503).end());
  const memo = await call(down, randomUUID());
  await caused(memo, 'source_away');
  expect(await page(`/m/${memo}`)).toContain('The host of the recording does not answer as it should');
  await doctorSays('The host of the recording does not answer as it should');
  inLog('the source answered 503');
});

test('a recording without a route', async () => {
  const memo = await call(world.media.serve(wav(1)));
  await caused(memo, 'no_route');
  expect(await page(`/m/${memo}`)).toContain(`replay ${memo} --chat`);
  await doctorSays('No route leads this recording to a chat: ');
  inLog('"outcome":"unrouted"');
});

test('a person who has opted out', async () => {
  const chat = randomUUID();
  world.linq.next(chat, { status: 403, code: 2024 });
  const memo = await call(world.media.serve(wav(1)), chat);
  await caused(memo, 'opted_out');
  expect(await page(`/m/${memo}`)).toContain('The recipient has opted out');
  expect(await command('memo', memo)).toContain('Do not replay the memo');
  inLog('the recipient has opted out');
});

test('a dead letter that nobody can read', async () => {
  const { cloud } = world.cloud;
  const { accessKeyId, secretAccessKey } = cloud.credentials;
  const client = new SQSClient({
    region: REGION,
    endpoint: urlOf(cloud, 'sqs'),
    credentials: { accessKeyId, secretAccessKey },
  });
  const QueueUrl = queueUrl(urlOf(cloud, 'sqs'), QUEUES.memosDeadLetters);
  await client.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: 'garbage of somebody',
      MessageGroupId: 'g',
      MessageDeduplicationId: 'd',
    }),
  );
  client.destroy();
  const found = await until(async () => {
    const { memos } = (await (await world.api('/memos?state=failed')).json()) as {
      memos: { id: string; source: string }[];
    };
    return memos.find(({ source }) => source === 'unknown');
  });
  const memo = found?.id ?? '';
  await caused(memo, 'unreadable_message');
  expect(await page(`/m/${memo}/dead-letter`)).toContain('garbage of somebody');
  await doctorSays('A message cannot be read: ');
  expect(await command('dead-letter', 'show', memo)).toContain('garbage of somebody');
  expect(await command('erase', memo, '--yes')).toContain('1 memo is erased');
  inLog('a message that cannot be read is kept in a row');
});

test('a table that is away', async () => {
  await world.cloud.stop('dynamodb');
  expect(await page('/')).toContain('does not answer');
  await doctorSays('DynamoDB does not answer the bridge');
  inLog('does not answer');
  await world.cloud.start('dynamodb');
});
