/**
 * Tries every combination of one value of each secret, until one is exchanged for a token: during a rotation some
 * values are refused.
 * @returns undefined where a secret is absent, or where the answer has no token
 * @throws the last refusal, where every combination was refused
 */
export const firstToken = async (
  lists: readonly (readonly string[])[],
  exchange: (values: readonly string[]) => Promise<string | undefined>,
): Promise<string | undefined> => {
  const ways = lists.reduce<string[][]>(
    (all, values) => all.flatMap((taken) => values.map((value) => [...taken, value])),
    [[]],
  );
  let failure: unknown;
  for (const values of ways) {
    try {
      const token = await exchange(values);
      if (token !== undefined) return token;
    } catch (error) {
      failure = error;
    }
  }
  if (failure) throw failure;
  return undefined;
};
