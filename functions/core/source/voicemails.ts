import type { Classification } from '../ports/source.ts';

/** An option of the sources that report voicemails too. */
export interface VoicemailOption {
  /** `false`: voicemails make no memos. @default true */
  voicemail?: boolean;
}

export const NO_VOICEMAILS: Classification = {
  kind: 'ignored',
  reason: 'a voicemail, and voicemail is false in bridge.config.ts',
};
