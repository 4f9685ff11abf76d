import type { UsageByFunction } from './lambda/function.ts';
import type { Template } from './template.ts';

/** What the stages under the runtime client share. */
export interface Context {
  /** The program of `aws-lambda-ric`. */
  runtimeClient: string;
  template: Template;
  usageByFunction: UsageByFunction;
}

/** The stage that the command synthesises, with its stack and the place of its secrets. */
export const STACK = 'Aftercall-prod';
export const PREFIX = '/aftercall/prod/';
