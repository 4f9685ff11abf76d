import { writeFileSync } from 'node:fs';
import { inProject } from './lock-file.ts';
import { softwareBom } from './sbom.ts';

// `npm run sbom`
const FILE = 'aftercall.cdx.json';
const bom = await softwareBom();
writeFileSync(inProject(FILE), `${JSON.stringify(bom, null, 2)}\n`);
console.log(`${FILE}: CycloneDX ${bom.specVersion}, ${bom.components.length} packages`);
