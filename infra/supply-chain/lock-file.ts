import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One package of the lock file. A package that stands in several folders is listed once for each. */
export interface LockedPackage {
  name: string;
  version: string;
  /** Its folder, from the project's root. */
  folder: string;
  /** SPDX, as the package says; `none` where it says nothing. */
  licence: string;
  /** True for what only builds, runs or tests the project on a developer's machine. */
  isDevelopment: boolean;
  hasInstallScript: boolean;
  /** The hash that npm compares. What stands inside another package's archive has none of its own. */
  integrity: string | undefined;
  isBundled: boolean;
}

interface LockEntry {
  name?: string;
  version?: string;
  license?: string;
  dev?: boolean;
  hasInstallScript?: boolean;
  integrity?: string;
  inBundle?: boolean;
}

const root = new URL('../../', import.meta.url);

/** A file of the project, by its path from the root. */
export const inProject = (path: string): string => fileURLToPath(new URL(path, root));

export const readJson = <T>(path: string): T => JSON.parse(readFileSync(inProject(path), 'utf8')) as T; // our own files

/** Every package that `npm ci` may install, on any platform. */
export const lockedPackages = (): LockedPackage[] => {
  const { packages } = readJson<{ packages: Record<string, LockEntry> }>('package-lock.json');
  return Object.entries(packages)
    .filter(([folder]) => folder !== '')
    .map(([folder, entry]) => ({
      name: entry.name ?? folder.replace(/^.*node_modules\//, ''),
      version: entry.version ?? '',
      folder,
      licence: entry.license ?? licenceOfOldKind(folder),
      isDevelopment: entry.dev === true,
      hasInstallScript: entry.hasInstallScript === true,
      integrity: entry.integrity,
      isBundled: entry.inBundle === true,
    }));
};

/** Before SPDX a package listed its licences as `licenses: [{ type }]`, which the lock file leaves out. */
const licenceOfOldKind = (folder: string): string => {
  const path = `${folder}/package.json`;
  if (!existsSync(inProject(path))) return 'none';
  const { licenses = [] } = readJson<{ licenses?: { type: string }[] }>(path);
  return licenses.map(({ type }) => type).join(' AND ') || 'none';
};
