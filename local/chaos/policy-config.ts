import { registerHooks } from 'node:module';

// Loaded before a function (`--import`): adds the storm's own source and route to the user's bridge.config.ts.
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const isUsers = found.url.endsWith('/bridge.config.ts') && !context.parentURL?.endsWith('/storm.config.ts');
    return isUsers ? next(new URL('./storm.config.ts', import.meta.url).href, context) : found;
  },
});
