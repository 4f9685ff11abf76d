import { AftercallError } from '../core/model/errors.ts';

type Row = Record<string, unknown>;

/** The version of everything that this code writes into the table: docs/upgrade.md. */
export const ROW_VERSION = 1;

/** The condition of a write that must not change what a later version wrote. Needs the value `:v`. */
export const OF_THIS_VERSION = '(attribute_not_exists(v) OR v = :v)';

/**
 * Refuses what a later version wrote: this code does not know its meaning, and must not change it.
 * @throws AftercallError `later_version`
 */
export const mustBeOfThisVersion = (row: Row | undefined): void => {
  if (row?.v !== undefined && row.v !== ROW_VERSION) throw laterVersion(String(row.pk), `v ${row.v}`);
};

/** @param facts what was read of the version */
export const laterVersion = (pk: string, facts: string): AftercallError =>
  new AftercallError(
    'later_version',
    `a later version of Aftercall wrote the row ${kindOf(pk)} (${facts}): deploy that version again`,
    pk.startsWith('m_') ? { memo: pk } : {},
  );

/** A key's first part: the rest may be a hash of a number, which no log needs. */
const kindOf = (pk: string): string => (pk.startsWith('m_') ? pk : (pk.split('#')[0] ?? pk));
