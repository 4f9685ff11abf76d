import { existsSync } from 'node:fs';
import { inProject, type LockedPackage, readJson } from './lock-file.ts';

/**
 * Compares the packages that run a program when they are installed with `allowScripts` in package.json, which npm obeys.
 * @returns a line for each package that is not allowed, and for each entry that no package needs
 */
export const installScriptFaults = (
  packages: readonly LockedPackage[],
  allowed: Readonly<Record<string, boolean>>,
): string[] => {
  const running = packages.filter((found) => found.hasInstallScript || hasScriptOnDisk(found));
  return [
    ...running
      .filter(({ name }) => allowed[name] !== true)
      .map(({ name, version }) => `${name}@${version} has an install script that package.json does not allow`),
    ...Object.keys(allowed)
      .filter((name) => !running.some((found) => found.name === name))
      .map((name) => `allowScripts names ${name}, which has no install script`),
  ];
};

/** The lock file repeats what the registry said; the installed package says what npm would run. */
const hasScriptOnDisk = ({ folder }: LockedPackage): boolean => {
  if (!existsSync(inProject(`${folder}/package.json`))) return false; // made for another platform
  const { scripts = {} } = readJson<{ scripts?: Record<string, string> }>(`${folder}/package.json`);
  return ['preinstall', 'install', 'postinstall'].some((name) => name in scripts);
};
