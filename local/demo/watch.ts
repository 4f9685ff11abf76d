import * as z from 'zod';

const GIVE_UP_MS = 30_000;

const rowSchema = z.object({
  attempts: z.number(),
  audio: z.object({ type: z.string(), bytes: z.number() }).optional(),
  history: z.array(z.object({ state: z.string() })),
});
const messagesSchema = z.object({
  messages: z.array(z.object({ parts: z.array(z.object({ filename: z.string(), url: z.string() })) })),
});

/** Looks at a memo's row through the bridge's API. */
export function watch(memo: string, bridgeUrl: string, apiKey: string) {
  const row = async () => {
    const answer = await fetch(`${bridgeUrl}/memos/${memo}`, { headers: { authorization: `Bearer ${apiKey}` } });
    return answer.ok ? rowSchema.parse(await answer.json()) : undefined;
  };
  /** @throws Error if the memo is not in that state within half a minute */
  const reached = (state: string) =>
    until(`the memo is ${state}`, async () => (await row())?.history.some((entry) => entry.state === state));
  return { row, reached };
}

/** The audio of a memo as the chat has it: its file name and its bytes. */
export async function audioInChat(memo: string, chat: string, sandbox: string, key: string) {
  const part = await until('the chat shows the memo', async () => {
    const answer = await fetch(`${sandbox}/v3/chats/${chat}/messages`, { headers: { authorization: `Bearer ${key}` } });
    const { messages } = messagesSchema.parse(await answer.json());
    return messages.map(({ parts }) => parts[0]).find((first) => first?.filename.startsWith(memo));
  });
  return { filename: part.filename, bytes: Buffer.from(await (await fetch(part.url)).arrayBuffer()) };
}

/** @returns what `look` finds, as soon as it finds something. @throws Error after half a minute */
export async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  for (const end = Date.now() + GIVE_UP_MS; Date.now() < end; ) {
    const seen = await look();
    if (seen) return seen;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`given up waiting until ${what}; the lines above say what failed`);
}
