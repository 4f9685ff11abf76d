import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import * as z from 'zod';
import { deliveredSchema, droppedSchema } from '../delivered.ts';

const senders = new URL('../senders/', import.meta.url);

/** The sources that the demo can play: those with a sender, in the order of their names. */
export const playable: readonly string[] = readdirSync(senders)
  .flatMap((file) => /^([\w-]+)\.ts$/.exec(file)?.[1] ?? [])
  .sort();

/** Makes a source's good event: signed at this time, for this hook and with this recording. */
export type Deliver = (hookUrl: string, recordingUrl: string) => z.infer<typeof droppedSchema | typeof deliveredSchema>;

/** @throws Error if the demo knows no such source */
export async function deliveryOf(source: string): Promise<Deliver> {
  if (!playable.includes(source)) throw new Error(`there is no source ${source}`);
  const { deliver } = await import(new URL(`${source}.ts`, senders).href);
  const id = randomBytes(16).toString('hex');
  return (hookUrl, recordingUrl) =>
    z
      .union([droppedSchema, deliveredSchema])
      .parse(deliver({ hookUrl, recordingUrl, id, nowSeconds: Math.floor(Date.now() / 1000) }));
}
