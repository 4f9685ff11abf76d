import type { apiApp } from '../../functions/http/api.ts';

const ORIGIN = 'https://calls.example.com';
export const SAME = { 'Sec-Fetch-Site': 'same-origin' };

/** A browser without scripts: it keeps its cookie, sends forms, and does not follow redirects by itself. */
export const visitor = (app: ReturnType<typeof apiApp>, rightKey: string) => {
  let cookie = '';
  const see = async (path: string, headers: Record<string, string> = {}) =>
    app.request(ORIGIN + path, { headers: { ...(cookie && { cookie }), ...headers } });
  const post = async (path: string, form: Record<string, string> = {}, headers: Record<string, string> = SAME) =>
    app.request(ORIGIN + path, {
      method: 'POST',
      headers: { ...(cookie && { cookie }), ...headers },
      body: new URLSearchParams(form),
    });
  return {
    see,
    post,
    text: async (path: string) => (await see(path)).text(),
    use: (given: string) => {
      cookie = given;
    },
    async signIn(key = rightKey, to?: string) {
      const answer = await post('/sign-in', { key, ...(to && { to }) });
      cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
      return answer;
    },
    /** The token in every form of a page. */
    async token() {
      return /name="token" value="([0-9a-f]+)"/.exec(await (await see('/')).text())?.[1] ?? '';
    },
  };
};
