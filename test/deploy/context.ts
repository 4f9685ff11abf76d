import type { Tallies } from './lambda/function.ts';
import type { Template } from './template.ts';

/** What the stages under the runtime client share. */
export interface Context {
  /** The program of `aws-lambda-ric`. */
  runtimeClient: string;
  template: Template;
  tallies: Tallies;
}
