/** `functions/adapters/page-files.ts` puts idiomorph in front of `page.js`, so that a browser loads one file. */
declare const Idiomorph: typeof import('idiomorph').Idiomorph;
