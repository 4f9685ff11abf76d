import { registerHooks } from 'node:module';

// Loaded before a function (`--import`): the function reads arrivals.config.ts in place of bridge.config.ts.
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const isShipped = found.url.endsWith('/bridge.config.ts') && !context.parentURL?.endsWith('/arrivals.config.ts');
    return isShipped ? next(new URL('./arrivals.config.ts', import.meta.url).href, context) : found;
  },
});
