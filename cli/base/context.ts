import type { Command } from 'commander';
import type { SecretStore } from '../../functions/core/ports/ports.ts';
import type { BridgeApi } from './bridge.ts';
import type { Output } from './output.ts';
import type { Runtime } from './runtime.ts';
import type { Target } from './target.ts';

/** What a subcommand works with. */
export interface Context {
  output: Output;
  runtime: Runtime;
  stage: string | undefined;
  target(): Promise<Target>;
  bridge(): Promise<BridgeApi>;
  secrets: SecretStore;
}

/** A subcommand's work: its exit code where that is not 0. */
export type Work<Options> = (context: Context, options: Options, ...given: string[]) => Promise<number | undefined>;

/** Makes of a subcommand's work what commander calls. */
export type Run = <Options>(work: Work<Options>) => (...given: unknown[]) => Promise<void>;

/** One file a subcommand exports one of these. */
export type Subcommand = (run: Run) => Command;
