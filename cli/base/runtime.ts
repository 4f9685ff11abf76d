import type { Readable, Writable } from 'node:stream';
import type { Bridge } from '../../functions/config.ts';

/** What the command may use of its process. A test passes its own. */
export interface Runtime {
  environment: Readonly<Record<string, string | undefined>>;
  stdin: Readable & { isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  stdout: Writable & { isTTY?: boolean };
  stderr: Writable & { isTTY?: boolean };
  /** `.env`, for secrets of the local bridge. */
  envFile: string;
  /** `bridge.config.ts`, for `init`. */
  configFile: string;
  /** The CDK's command line, a program for Node. */
  cdk: string;
  /** Ends a command that follows. Without it, a person's Ctrl-C does. */
  until?: AbortSignal;
  /** @throws AftercallError `bad_configuration` where bridge.config.ts has mistakes */
  loadBridge(): Promise<Bridge>;
}
