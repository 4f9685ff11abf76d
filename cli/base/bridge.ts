import * as z from 'zod';
import { Failure } from './failure.ts';
import type { Target } from './target.ts';

/** API Gateway gives a Lambda thirty seconds. */
const ANSWER_MS = 35_000;

export interface Request {
  query?: Readonly<Record<string, string | undefined>>;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}
export type BridgeApi = ReturnType<typeof bridgeApi>;

/** The client of the bridge's HTTP API (docs/api.md). */
export const bridgeApi = (target: Target) => ({
  target,
  /** @throws Failure with the API's own code and message */
  async ask<T>(schema: z.ZodType<T>, method: string, path: string, request: Request = {}): Promise<T> {
    const answer = await this.answer(method, path, request);
    const json: unknown = await answer.json().catch(() => undefined);
    if (!answer.ok) throw refusal(target, answer.status, json);
    const parsed = schema.safeParse(json);
    if (parsed.success) return parsed.data;
    throw new Failure(
      `${target.url} is no Aftercall bridge of this version: its answer to ${path.replace(/\?.*/, '')} cannot be read. Check the URL`,
    );
  },

  async answer(method: string, path: string, { query = {}, body, headers }: Request = {}): Promise<Response> {
    const key = await target.apiKey();
    const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const search = given.length > 0 ? `?${new URLSearchParams(given)}` : '';
    return reach(target, path + search, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  },
});

/** @throws Failure where nothing answers */
export const reach = (target: Pick<Target, 'kind' | 'url'>, path: string, init: RequestInit = {}): Promise<Response> =>
  // No redirects: no other host must get the key.
  fetch(target.url + path, { ...init, redirect: 'manual', signal: AbortSignal.timeout(ANSWER_MS) }).catch(() => {
    const fix = target.kind === 'local' ? "start it with 'npm start'" : 'check the URL';
    throw new Failure(`no bridge answers at ${target.url}: ${fix}`, 'unreachable');
  });

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

const refusal = (target: Target, status: number, json: unknown): Failure => {
  const { code, message } = errorSchema.safeParse(json).data?.error ?? {};
  if (status === 401)
    return new Failure(`${target.name} refuses the API key: set AFTERCALL_API_KEY to the key of this bridge`, code);
  return new Failure(message ?? `${target.name} answered ${status}`, code);
};
