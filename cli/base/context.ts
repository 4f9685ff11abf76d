import type { Command } from 'commander';
import type { SecretStore } from '../../functions/core/ports/ports.ts';
import type { BridgeApi } from './bridge.ts';
import type { Screen } from './output.ts';
import type { Surroundings } from './runtime.ts';
import type { Place } from './target.ts';

/** What a subcommand works with. */
export interface Kit {
  screen: Screen;
  surroundings: Surroundings;
  stage: string | undefined;
  place(): Promise<Place>;
  bridge(): Promise<BridgeApi>;
  secrets: SecretStore;
}

/** A subcommand's work: its exit code where that is not 0. */
export type Work<Options> = (kit: Kit, options: Options, ...given: string[]) => Promise<number | undefined>;

/** Makes of a subcommand's work what commander calls. */
export type Run = <Options>(work: Work<Options>) => (...given: unknown[]) => Promise<void>;

/** One file a subcommand exports one of these. */
export type Subcommand = (run: Run) => Command;
