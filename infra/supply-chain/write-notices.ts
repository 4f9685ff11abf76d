import { writeFileSync } from 'node:fs';
import { inProject, lockedPackages } from './lock-file.ts';
import { NOTICES, noticesOf, shippedPackages } from './notices.ts';

// `npm run notices`
const shipped = shippedPackages();
writeFileSync(inProject(NOTICES), noticesOf(shipped, lockedPackages()));
console.log(`${NOTICES}: ${shipped.size} packages`);
