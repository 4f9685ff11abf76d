import { afterAll, vi } from 'vitest';

// The test files of a project share their processes, so that packages are loaded once. The project's own modules are
// loaded anew for each file, because the functions read the environment when they are loaded. After each file the
// environment is restored.
vi.resetModules();
const before = { ...process.env };
afterAll(() => {
  vi.unstubAllEnvs();
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});
