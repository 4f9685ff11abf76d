import { SQSClient } from '@aws-sdk/client-sqs';
import bridge from '../../../bridge.config.ts';
import { withHook } from '../../../functions/config.ts';
import { REGION } from '../../../local/cloud/resources.ts';
import type { Checks } from '../checks.ts';
import type { Template } from '../template.ts';
import type { Bridge } from './bridge.ts';
import type { Keys } from './deliveries.ts';
import type { RolesDeployment } from './deployment.ts';
import { isDropped, isNamed, isOfConnect } from './jobs-of-buckets.ts';
import { isAsked, isDeadLettered, isRoutedLater, isShown } from './jobs-of-operators.ts';
import {
  isAttached,
  isConverted,
  isCutShort,
  isDelivered,
  isTaken,
  isTakenFromItsApi,
  isUploaded,
} from './jobs-of-senders.ts';
import { isErased, isErasedMeanwhile, isSwept } from './jobs-of-time.ts';

const AT_ONCE = 4;

/**
 * Runs everything that a bridge does, with its functions' own rights alone. Each right of a role is used here, or is
 * named in may.ts.
 */
export const runJobs = async (
  deployment: RolesDeployment,
  template: Template,
  keys: Keys,
  { check }: Checks,
): Promise<void> => {
  const sqs = new SQSClient({ endpoint: deployment.moto.url, region: REGION, credentials: deployment.admin });
  const of: Bridge = { deployment, template, keys, sqs };
  const jobs: [promise: string, run: () => Promise<void>][] = [
    ['webhook, memo and receipt: the same bytes arrive', () => isDelivered(of)],
    ['µ-law becomes an MP3', () => isConverted(of)],
    ['an upload arrives', () => isUploaded(of)],
    ['a recording cut short as it is stored is fetched again', () => isCutShort(of)],
    ['audio that Linq cannot fetch goes up as an attachment', () => isAttached(of)],
    ['dead letters of both queues become rows, and a replay sends', () => isDeadLettered(of)],
    ['what was erased while it was fetched is taken away again', () => isErasedMeanwhile(of)],
    ['a replay routes what was unrouted, with the audio that it has', () => isRoutedLater(of)],
    ['a recording whose targets must be asked for goes back on its queue', () => isAsked(of)],
    ['a recording at a vendor’s own API waits, once its key was read', () => isTakenFromItsApi(of)],
    ['a recording that is dropped into a bucket arrives', () => isDropped(of)],
    ['a recording of Connect arrives, once its contact was asked for', () => isOfConnect(of)],
    ['a recording in a bucket that a webhook names arrives', () => isNamed(of)],
    ...Object.keys(withHook(bridge.sources)).map((source): [string, () => Promise<void>] => [
      `a webhook of ${source} is taken, and its recording worked on`,
      () => isTaken(of, source),
    ]),
  ];
  // Each running event needs its own process, so only a few jobs run at once.
  const hand = async () => {
    for (let job = jobs.shift(); job; job = jobs.shift()) await check(...job);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, hand));
  await check('every list, the page and the health are answered', () => isShown(of));
  await check('a sweep queues again what is overdue, and expires what is old', () => isSwept(of));
  await check('an erasure takes audio and row', () => isErased(of));
  sqs.destroy();
};
