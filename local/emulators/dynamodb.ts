import type { Server, ServerResponse } from 'node:http';
import dynalite from 'dynalite';
import { type Listening, listen } from './listen.ts';

/** How long a request that is under way may hold the stop up. */
const LAST_ANSWERS_MS = 2000;

/** DynamoDB on loopback, by dynalite, in LevelDB files. */
export const startDynamodb = async ({ port, directory }: { port: number; directory: string }): Promise<Listening> => {
  const server = dynalite({ path: directory, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const answered = lastAnswers(server);
  const { stop, ...listening } = await listen(server, port);
  return {
    ...listening,
    async stop() {
      await answered();
      await stop();
    },
  };
};

/** Waits for a moment without a request: where its files are closed under one, dynalite throws into the process. */
const lastAnswers = (server: Server): (() => Promise<void>) => {
  const underWay = new Set<ServerResponse>();
  let tell = () => {};
  server.on('request', (_request, response) => {
    underWay.add(response);
    response.on('close', () => {
      underWay.delete(response);
      if (underWay.size === 0) tell();
    });
  });
  return () =>
    new Promise((resolve) => {
      if (underWay.size === 0) return resolve();
      const late = setTimeout(resolve, LAST_ANSWERS_MS);
      tell = () => {
        clearTimeout(late);
        resolve();
      };
    });
};
