import { canonical as plivoForm } from '../../local/senders/plivo.sign.ts';
import { canonical as twilioForm } from '../../local/senders/twilio.sign.ts';

/** Headers of a delivery that no scheme signs. */
export const UNSIGNED = ['content-type', 'user-agent'];

/** A form can have several spellings; its scheme signs the decoded fields. */
export const sameToItsScheme = (name: string, ...bodies: [Uint8Array, Uint8Array]): boolean => {
  const form = FORMS[name];
  const [one, other] = bodies.map((body) => form?.(Buffer.from(body).toString()) ?? Buffer.from(body).toString('hex'));
  return one === other;
};
const twilioLike = (body: string) => twilioForm([...new URLSearchParams(body)]);
const FORMS: Readonly<Record<string, (body: string) => string>> = {
  plivo: plivoForm,
  twilio: twilioLike,
  signalwire: twilioLike,
};
