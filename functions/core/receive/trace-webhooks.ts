import type { Source, WebhookRequest } from '../ports/source.ts';
import type { Acceptance } from './accept-event.ts';
import type { Inspect } from './inspect-payload.ts';
import type { LeaveTrace } from './leave-traces.ts';

export interface TraceWebhooksPorts {
  /** Every source of the configuration, on or off. Webhooks of other names leave no trace: a stranger may make up any name. */
  sources: Readonly<Record<string, Source>>;
  accept: (name: string, request: WebhookRequest) => Promise<Acceptance>;
  leaveTrace: LeaveTrace;
  /** Given where payloads are kept. */
  inspect?: Inspect;
}

/** The doctor asks each hook with this header, to see whether the hook answers. That is no webhook of the source. */
export const PROBE_HEADER = 'x-aftercall-probe';

/** Leaves a trace of each webhook that is ignored or refused. A trace that cannot be sent changes no answer. */
export const traceWebhooks =
  ({ sources, accept, leaveTrace, inspect }: TraceWebhooksPorts) =>
  async (name: string, request: WebhookRequest): Promise<Acceptance> => {
    const acceptance = await accept(name, request);
    const source = Object.hasOwn(sources, name) && !(PROBE_HEADER in request.headers) && sources[name];
    const found = outcomeOf(acceptance);
    if (source && found) await leaveTrace(name, found, inspect && (() => inspect(source, request)));
    return acceptance;
  };

const outcomeOf = (acceptance: Acceptance): Parameters<LeaveTrace>[1] | undefined => {
  switch (acceptance.kind) {
    case 'ignored':
      return { outcome: 'ignored', reason: acceptance.reason };
    case 'refused':
    case 'unsigned':
    case 'unreadable':
    case 'too-large':
      return { outcome: 'refused', reason: acceptance.reason };
    case 'no-such-source':
      return { outcome: 'refused', reason: OFF };
    default:
      return undefined;
  }
};

export const OFF = 'the source is off: a secret is absent';
