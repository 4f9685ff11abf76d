import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as z from 'zod';
import { inProject, readJson } from './lock-file.ts';

const bomSchema = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  metadata: z.looseObject({ component: z.looseObject({ name: z.string() }) }),
  components: z.array(z.looseObject({ name: z.string(), version: z.string(), purl: z.string() })),
});
export type SoftwareBom = z.infer<typeof bomSchema>;

/** npm's own CycloneDX document of every package in the lock file. Nothing is asked of a registry. */
export const softwareBom = async (): Promise<SoftwareBom> => {
  const { stdout } = await promisify(execFile)(
    'npm',
    ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'],
    { cwd: inProject('.'), maxBuffer: 64_000_000 },
  );
  const bom = bomSchema.parse(JSON.parse(stdout));
  bom.metadata.component.name = readJson<{ name: string }>('package.json').name; // npm takes the folder's name
  return bom;
};
