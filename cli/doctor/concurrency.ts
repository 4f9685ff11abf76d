import { type Concurrency, deploymentOf, OBJECTS_AT_ONCE, sourceBucketsOf } from '../../functions/deployment.ts';
import { sentenceOf } from '../base/failure.ts';
import type { Check, DoctorInput } from './check.ts';

/** Whether `store`, `send` and new objects leave webhooks room, by the limit that AWS sets this account. */
export const checkConcurrency = async ({ context, target, bridge }: DoctorInput): Promise<Check[]> => {
  const { stage } = context;
  if (stage === undefined || !bridge || !target) return [];
  const check = { area: 'account' as const, what: 'concurrency' };
  try {
    const objects = sourceBucketsOf(bridge, stage).length > 0 ? OBJECTS_AT_ONCE : 0;
    return [{ ...check, ...judge({ ...deploymentOf(bridge, stage).concurrency, objects }, await accountLimit()) }];
  } catch (error) {
    const denied = Object(error).name === 'AccessDeniedException';
    const says = `the account's limit cannot be read: ${denied ? 'these AWS credentials lack the permission' : sentenceOf(error)}`;
    return [{ ...check, state: 'warning', says, fix: 'allow lambda:GetAccountSettings to these credentials' }];
  }
};

interface AccountLimit {
  /** The account's limit of concurrent executions in this region. */
  all: number;
  /** The part of it that no function has reserved. */
  unreserved: number;
}

/** Two for webhooks, and one each for `api` and `tend`. */
const ROOM = { webhooks: 2, others: 2 };

/** AWS refuses a reservation that leaves less than this to all other functions. */
const ALWAYS_UNRESERVED = 100;

type Judgement = Pick<Check, 'state' | 'says' | 'fix'>;

interface Caps extends Concurrency {
  /** New objects that `receive` takes at once: 0 where no bucket names a source. */
  objects: number;
}

const judge = (caps: Caps, limit: AccountLimit): Judgement => {
  const { store, send, receive, objects } = caps;
  const refused = receive !== undefined && refusedReserve(receive, objects, limit);
  if (refused) return refused;
  // What `receive` has reserved is its own, for new objects too.
  const shared = receive === undefined ? objects : 0;
  const room = ROOM.others + (receive === undefined ? ROOM.webhooks : 0);
  const left = limit.unreserved - store - send - shared;
  const busy =
    shared > 0 ? `store ${store}, send ${send} and new objects ${shared}` : `store ${store} and send ${send}`;
  const says = `${limit.unreserved} functions may run at once; ${busy} leave ${Math.max(0, left)}`;
  if (left >= room) return { state: 'ok', says };
  const whose = receive === undefined ? `${shared > 0 ? 'webhooks' : 'receive'}, api and tend` : 'api and tend';
  return {
    state: 'fault',
    says: `${says}, and ${whose} need ${room}: while ${shared > 0 ? 'all' : 'both'} are busy, webhooks are answered 5xx`,
    fix: `${lower(caps, limit.unreserved - shared - room)}${ASK}`,
  };
};

/** A reserve that AWS does not give, or that new objects can fill. */
const refusedReserve = (receive: number, objects: number, { all }: AccountLimit): Judgement | undefined => {
  const most = all - ALWAYS_UNRESERVED;
  if (receive > most) {
    const says = `concurrency.receive reserves ${receive} of the account's ${all}, but AWS keeps ${ALWAYS_UNRESERVED} unreserved and refuses the deploy`;
    const fix = most > 0 ? `set concurrency.receive to ${most} or less` : 'remove concurrency.receive';
    return { state: 'fault', says, fix: `${fix} in bridge.config.ts, or ${ASK}` };
  }
  const least = objects + ROOM.webhooks;
  if (objects === 0 || receive >= least) return undefined;
  return {
    state: 'fault',
    says: `concurrency.receive reserves ${receive}, and new objects take ${objects} of them: while they are busy, webhooks are answered 5xx`,
    fix: `set concurrency.receive to ${least} or more in bridge.config.ts and deploy, or remove it`,
  };
};

const ASK = 'ask AWS for more: Service Quotas, AWS Lambda, Concurrent executions';

/** Lambda's smallest cap is two. */
const lower = ({ store, send }: Concurrency, together: number): string => {
  if (together < 4) return '';
  const less = Math.min(together - 2, Math.max(2, Math.floor((together * store) / (store + send))));
  return `set concurrency: { store: ${less}, send: ${together - less} } in bridge.config.ts and deploy, or `;
};

/** The client is loaded here: no other command needs it. */
const accountLimit = async (): Promise<AccountLimit> => {
  const { LambdaClient, GetAccountSettingsCommand } = await import('@aws-sdk/client-lambda');
  const client = new LambdaClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 2000, requestTimeout: 5000, throwOnRequestTimeout: true },
  });
  try {
    const { AccountLimit = {} } = await client.send(new GetAccountSettingsCommand({}));
    const { ConcurrentExecutions: all, UnreservedConcurrentExecutions: unreserved = all } = AccountLimit;
    if (all === undefined || unreserved === undefined) throw new Error('Lambda did not name the limit');
    return { all, unreserved };
  } finally {
    client.destroy();
  }
};
