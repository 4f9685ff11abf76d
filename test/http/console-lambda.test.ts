import { handle } from 'hono/aws-lambda';
import { expect, test } from 'vitest';
import { KEY, testApi } from './api.ts';
import { gatewayEvent } from './gateway.ts';

test('behind API Gateway, which takes cookies apart from the headers, signing in opens the page', async () => {
  const { app } = testApi();
  const invoke = async (method: string, path: string, form: Record<string, string> = {}, cookies: string[] = []) => {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
      accept: 'text/html',
    };
    const body = new Uint8Array(Buffer.from(String(new URLSearchParams(form))));
    const url = `https://abc.execute-api.us-east-1.amazonaws.com${path}`;
    return handle(app)({ ...gatewayEvent({ method, url, headers, body }, true), cookies });
  };
  expect((await invoke('GET', '/')).statusCode).toBe(303);
  const signedIn = await invoke('POST', '/sign-in', { key: KEY });
  const [cookie = ''] = 'cookies' in signedIn ? (signedIn.cookies ?? []) : [];
  expect(cookie).toMatch(/^__Host-aftercall=/);
  const page = await invoke('GET', '/', {}, [cookie.split(';')[0] ?? '']);
  expect(page.statusCode).toBe(200);
  const token = /name="token" value="(\w+)"/.exec(page.body)?.[1] ?? '';
  const out = await invoke('POST', '/sign-out', { token }, [cookie.split(';')[0] ?? '']);
  expect([out.statusCode, 'cookies' in out && out.cookies?.[0]]).toEqual([
    303,
    expect.stringMatching(/^__Host-aftercall=;/),
  ]);
});
