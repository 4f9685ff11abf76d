import type { Command } from 'commander';
import type { SecretStore } from '../../functions/core/ports/ports.ts';
import type { BridgeApi } from './bridge.ts';
import type { Output } from './output.ts';
import type { Runtime } from './runtime.ts';
import type { Target } from './target.ts';

/** What a subcommand may use. */
export interface Context {
  output: Output;
  runtime: Runtime;
  stage: string | undefined;
  target(): Promise<Target>;
  bridge(): Promise<BridgeApi>;
  secrets: SecretStore;
}

/** A subcommand's work. @returns the exit code, where it is not 0 */
export type Work<Options> = (context: Context, options: Options, ...given: string[]) => Promise<number | undefined>;

/** Wraps a subcommand's work as commander's action. */
export type Run = <Options>(work: Work<Options>) => (...given: unknown[]) => Promise<void>;

/** Each subcommand's file exports one. */
export type Subcommand = (run: Run) => Command;
