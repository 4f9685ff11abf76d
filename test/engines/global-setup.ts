import type { TestProject } from 'vitest/node';
import type { Resources } from '../deploy/place.ts';
import { synthesise } from '../infra/synthesised.ts';
import { pythonTool } from '../tools/python-tool.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    motoServer: string;
    resources: Resources;
  }
}

/** Runs once for the run: installs moto and provides the resources of the stack's template. */
export default async (project: TestProject) => {
  project.provide('motoServer', await pythonTool('moto_server'));
  project.provide('resources', synthesise().template.toJSON().Resources);
};
