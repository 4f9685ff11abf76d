/**
 * Tries every way to take one value of each secret, in turn, until one is exchanged for a token: during a rotation some of
 * the values are refused.
 * @returns undefined where a secret is absent, or an answer held no token
 * @throws the last refusal, where there were only refusals
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
