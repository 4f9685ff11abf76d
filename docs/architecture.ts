import { writeFileSync } from 'node:fs';
import { architecture, THEMES } from './pictures/architecture.ts';

// Writes the picture of the README, once for light pages and once for dark ones: `npm run architecture`.
writeFileSync(new URL('images/architecture.svg', import.meta.url), architecture(THEMES.light));
writeFileSync(new URL('images/architecture-dark.svg', import.meta.url), architecture(THEMES.dark));
