import { afterAll, vi } from 'vitest';

// The files of a project share their processes, so that packages are loaded once. The project's own modules are loaded anew for each
// file, since the functions read the environment when they are loaded, and the environment is put back after it.
vi.resetModules();
const before = { ...process.env };
afterAll(() => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});
