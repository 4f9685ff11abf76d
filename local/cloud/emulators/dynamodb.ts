import type { Server, ServerResponse } from 'node:http';
import dynalite from 'dynalite';
import { accessKeyAlone, all, jsonApiAlone, noPages, ownName } from '../../loopback/guard.ts';
import { type Listening, listen } from '../../loopback/listen.ts';
import { type Credentials, LOCAL_CREDENTIALS } from '../credentials.ts';

/** How long an unfinished request may delay the stop. */
const LAST_ANSWERS_MS = 2000;

interface DynamodbOptions {
  port: number;
  directory: string;
  /** @default those of this process */
  credentials?: Credentials;
  /** Why nothing can be written now. */
  fault?: () => string | undefined;
}

/** DynamoDB on loopback, by dynalite, in LevelDB files. dynalite answers anybody, so the guard checks each request. */
export const startDynamodb = async ({
  port,
  directory,
  credentials = LOCAL_CREDENTIALS,
  fault,
}: DynamodbOptions): Promise<Listening> => {
  const server = dynalite({ path: directory, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const answered = lastAnswers(server);
  const guard = all(ownName(), noPages, jsonApiAlone('DynamoDB_20120810'), accessKeyAlone(credentials));
  const { stop, ...listening } = await listen(server, port, guard, fault);
  return {
    ...listening,
    async stop() {
      await answered();
      await stop();
    },
  };
};

/** Waits for a moment without a request: if its files are closed during one, dynalite throws into the process. */
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
