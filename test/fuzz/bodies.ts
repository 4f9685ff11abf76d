import fc from 'fast-check';
import { all, answerTo, byFetch, isHandshake, raw } from '../http/answering.ts';
import { anyBody, oddlySaid, spoil } from '../http/anything.ts';
import { bytes } from '../http/deliveries.ts';
import type { Target } from './target.ts';

interface BodyInput {
  source: string;
  body: string;
}
export const speakerOf = (name: string) => {
  const speaker = all.find((each) => each.name === name);
  if (!speaker) throw new Error(`there is no source ${name}`);
  return speaker;
};
const base64 = (data: Uint8Array): string => Buffer.from(data).toString('base64');
const unbase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

/**
 * Any body, correctly signed, at any source: the hook keeps the body, or answers why not. Nothing throws, and no answer
 * takes a second.
 */
export const bodies: Target<BodyInput> = {
  name: 'bodies',
  inputs: fc.constantFrom(...all).chain((speaker) =>
    fc
      .oneof(
        { weight: 3, arbitrary: fc.constantFrom(...speaker.bodies).chain(oddlySaid) },
        { weight: 2, arbitrary: fc.constantFrom(...speaker.bodies).chain((body) => spoil(bytes(body))) },
        anyBody,
      )
      .filter((body) => speaker.sign(body) !== undefined)
      .map((body) => ({ source: speaker.name, body: base64(body) })),
  ),
  async check({ source, body }) {
    const signed = speakerOf(source).sign(unbase64(body));
    if (!signed) return 'cannot be signed';
    const sent = raw(signed);
    const answer = await answerTo(byFetch, sent, 'either');
    if (isHandshake(sent, answer)) return `${source} handshake`;
    const { memos, pending, ignored, error } = JSON.parse(answer.text);
    const reason = memos ? 'memos' : pending ? 'pending' : (ignored ?? error?.message);
    if (!reason) throw new Error(`${source} answered ${answer.status} without a reason`);
    return `${source} ${answer.status} ${String(reason)
      .replace(/[^a-z ].*/is, '')
      .slice(0, 40)}`;
  },
};
