import type { UsageByFunction } from './lambda/function.ts';
import type { Template } from './template.ts';

/** The values that the stages under the runtime client share. */
export interface Context {
  /** The path of the program `aws-lambda-ric`. */
  runtimeClient: string;
  template: Template;
  usageByFunction: UsageByFunction;
}

/** The deployment stage that the command synthesises: its stack, and the prefix of its secrets. */
export const STACK = 'Aftercall-prod';
export const PREFIX = '/aftercall/prod/';
