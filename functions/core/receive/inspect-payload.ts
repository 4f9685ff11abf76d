import type { Log, Secrets } from '../ports/ports.ts';
import type { Source, WebhookRequest } from '../ports/source.ts';
import { maskedPayload } from './masked-payload.ts';

/** The masked payload of a webhook; undefined where it cannot be masked. */
export type Inspect = (source: Source, request: WebhookRequest) => Promise<string | undefined>;

/** Masks payloads, also the values of the source's own secrets. If masking fails, only the payload is lost. */
export const inspectPayload =
  ({ secrets, log }: { secrets: Pick<Secrets, 'read'>; log: Log }): Inspect =>
  async (source, request) => {
    try {
      const values = await Promise.all(source.secrets.map((ref) => secrets.read(ref)));
      return maskedPayload(request, values.flat());
    } catch (error) {
      log.warn('a payload is not kept: it cannot be masked', { step: 'receive', source: source.kind, error });
      return undefined;
    }
  };
