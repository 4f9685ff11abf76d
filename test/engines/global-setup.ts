import type { TestProject } from 'vitest/node';
import type { Template } from '../deploy/template.ts';
import { synthesise } from '../infra/synthesised.ts';
import { pythonTool } from '../tools/python-tool.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    motoServer: string;
    template: Template;
  }
}

/** Once for the run: moto installed, and the stack's template. */
export default async (project: TestProject) => {
  project.provide('motoServer', await pythonTool('moto_server'));
  project.provide('template', synthesise().template.toJSON() as Template); // what CDK has synthesised is a template
};
