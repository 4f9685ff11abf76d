import { issueTicket } from '../functions/http/console/session.ts';
import { apiKeyOf, type Settings } from './settings.ts';

/** Opens the page without typing the key. The key is not in the link. */
export const signInLink = (settings: Settings, url: string): string =>
  `${url}/sign-in?ticket=${issueTicket(apiKeyOf(settings), Date.now())}`;
