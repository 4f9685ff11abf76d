import { registerHooks } from 'node:module';

// Loaded before a function (`--import`): bridge.config.ts is the user's, with the storm's own source and route in addition.
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const isUsers = found.url.endsWith('/bridge.config.ts') && !context.parentURL?.endsWith('/storm.config.ts');
    return isUsers ? next(new URL('./storm.config.ts', import.meta.url).href, context) : found;
  },
});
