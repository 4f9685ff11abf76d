import { maskAny, maskNumber } from '../../core/model/mask.ts';
import type { Memo } from '../../core/model/memo.ts';

export { maskAny, maskNumber as masked };

/** Masks in a text the numbers of a memo, and everything else that looks like a number: in an id, in a reason. */
export const maskerFor = ({ recording, target }: Memo): ((text: string) => string) => {
  const line = target && 'handle' in target ? [target.handle, target.line] : [];
  const own = [recording.from, recording.to, ...line]
    .filter((number) => number !== undefined)
    .flatMap((number) => [number, number.replace(/\D/g, ''), number.replace(/^\+1(?=\d{10}$)/, '')])
    .filter((number) => number.replace(/\D/g, '').length >= 5);
  return (text) => maskAny(own.reduce((masking, number) => masking.replaceAll(number, maskNumber(number)), text));
};
