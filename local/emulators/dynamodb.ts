import dynalite from 'dynalite';
import { type Listening, listen } from './listen.ts';

/** DynamoDB on loopback, by dynalite, in LevelDB files. */
export const startDynamodb = async ({ port, directory }: { port: number; directory: string }): Promise<Listening> => {
  const server = dynalite({ path: directory, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  return listen(server, port);
};
