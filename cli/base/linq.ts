import type LinqAPIV3 from '@linqapp/sdk';
import * as z from 'zod';
import { systemClock } from '../../functions/adapters/clock.ts';
import { timing } from '../../functions/core/model/timing.ts';
import type { Secrets } from '../../functions/core/ports/ports.ts';
import { Failure } from './failure.ts';

const API_KEY = { name: 'LINQ_API_V3_API_KEY' };

export type Ask = ReturnType<typeof linqAsker>;

/** Asks Linq through the official SDK, as the bridge does. @throws Failure with Linq's refusal in a sentence */
export const linqAsker =
  ({ secrets, baseUrl, stage }: { secrets: Secrets; baseUrl: string | undefined; stage: string | undefined }) =>
  async <T>(call: (linq: LinqAPIV3, signal: AbortSignal) => Promise<T>): Promise<T> => {
    if ((await secrets.read(API_KEY)).length === 0) throw new Failure(noKey(stage), 'no_linq_key');
    const { linqCaller } = await import('../../functions/adapters/messenger.linq-call.ts');
    const times = timing();
    const options = { secrets, apiKey: API_KEY, ...(baseUrl && { baseUrl }), clock: systemClock, timing: times };
    const told = await linqCaller(options)(times.lookUpMs, async (linq, signal) => ({
      kind: 'answer' as const,
      value: await call(linq, signal),
    }));
    if (told.kind === 'answer') return told.value;
    throw new Failure(`${told.reason}${told.code ? ` (${told.code})` : ''}`, told.code ?? told.kind);
  };

const noKey = (stage: string | undefined): string =>
  stage === undefined
    ? 'LINQ_API_V3_API_KEY is absent, so the local bridge sends to its sandbox: export the key to ask Linq'
    : `stage ${stage} has no Linq key: npx aftercall secrets set LINQ_API_V3_API_KEY --stage ${stage}`;

const health = z.object({ status: z.string() }).nullish();
const linesSchema = z.object({
  phone_numbers: z.array(
    z.object({ id: z.string(), phone_number: z.string(), reputation: health, health_status: health }),
  ),
});
export interface Line {
  id: string;
  phone_number: string;
  health: string;
}

/** The account's lines, and the Date header beside them. */
export const readLines = async (ask: Ask): Promise<{ lines: Line[]; date: string | null }> => {
  const { data, response } = await ask((linq, signal) => linq.phoneNumbers.list({ signal }).withResponse());
  const read = linesSchema.safeParse(data);
  if (!read.success) throw new Failure("this version of Aftercall cannot read Linq's list of lines: update Aftercall");
  const lines = read.data.phone_numbers.map(({ id, phone_number, reputation, health_status }) => ({
    id,
    phone_number,
    health: reputation?.status ?? health_status?.status ?? 'HEALTHY',
  }));
  return { lines, date: response.headers.get('date') };
};

export const HEALTH_COLOURS: Readonly<Record<string, 'green' | 'yellow' | 'red'>> = {
  HEALTHY: 'green',
  AT_RISK: 'yellow',
  CRITICAL: 'red',
};
