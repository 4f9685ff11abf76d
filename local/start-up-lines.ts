import bridge from '../bridge.config.ts';
import { environmentSecrets } from '../functions/adapters/secrets.environment.ts';
import { missingSecrets } from '../functions/config.ts';
import { apiKeyOf, deliveryOf, type Settings } from './settings.ts';

/** What a person wants to know once the bridge is up: where, which sources are on, where memos go. */
export const startUpLines = async (settings: Settings, url: string, sandbox: string | undefined): Promise<string[]> => {
  const secrets = environmentSecrets(process.env);
  const sources = await Promise.all(
    Object.entries(bridge.sources).map(async ([name, source]) => {
      const missing = await missingSecrets([...source.secrets, ...(source.fetch.secrets ?? [])], secrets);
      return missing.length === 0 ? `  on   ${url}/hooks/${name}` : `  off  ${name}: set ${missing.join(', ')}`;
    }),
  );
  const linq = settings.LINQ_API_V3_API_KEY
    ? (settings.LINQ_API_V3_BASE_URL ?? 'Linq')
    : `the sandbox, ${sandbox}/sandbox`;
  const linqBaseUrl = settings.LINQ_API_V3_API_KEY ? settings.LINQ_API_V3_BASE_URL : sandbox;
  return [
    `Aftercall listens at ${url}`,
    ...sources,
    `  memos go to ${linq}, by ${deliveryOf(settings, linqBaseUrl)}`,
    settings.AFTERCALL_API_KEY
      ? '  the API key is AFTERCALL_API_KEY'
      : `  the API key, made up for you: ${apiKeyOf(settings)}`,
  ];
};
