import { parseArgs } from 'node:util';
import * as z from 'zod';

const number = (what: string) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, what)
    .transform(Number);
const whole = (what: string) =>
  z
    .string()
    .regex(/^\d{1,9}$/, what)
    .transform(Number);

const optionsSchema = z.object({
  calls: whole('must be a whole number, 0 for no storm')
    .pipe(z.number().max(20_000, 'may be 20000 at most'))
    .default(2000),
  seed: whole('must be a whole number').default(1),
  scale: number('must be a number')
    // With a smaller scale, time-outs would be shorter than this machine's own pauses.
    .pipe(z.number().min(0.02, 'must be 0.02 or more').max(1, 'may be 1 at most'))
    .default(0.05),
  source: z.string().min(1, 'must be a name in bridge.config.ts').default('standard-webhooks'),
  'no-matrix': z.boolean().default(false),
  sabotage: z.boolean().default(false),
  json: z.boolean().default(false),
  verbose: z.boolean().default(false),
  help: z.boolean().default(false),
});
export type ChaosOptions = z.infer<typeof optionsSchema>;

export const USAGE = `npm run chaos -- [options]

Plays faults to the whole bridge on this machine and says whether each recording came once.

  --calls N      calls in the storm after the matrix (2000); 0: no storm
  --seed N       which storm (1): the same seed, the same calls and faults in the same order
  --scale N      how long delays and time-outs are, 1 being real time (0.05)
  --source NAME  whose calls, by its name in bridge.config.ts (standard-webhooks); all: each source in turn
  --no-matrix    the storm alone
  --sabotage     Linq delivers some memos twice, to see that this is found
  --json         the result as JSON on standard output, all else on standard error
  --verbose      each fault as it is dealt
  --help         this

Ends with 0 when every promise was kept, with 1 when one was not, with 2 when it could not be tried.
`;

/** @throws an error for people, with a line for each wrong option */
export const readOptions = (args: readonly string[]): ChaosOptions => {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      calls: text,
      seed: text,
      scale: text,
      source: text,
      'no-matrix': flag,
      sabotage: flag,
      json: flag,
      verbose: flag,
      help: flag,
    },
  });
  const parsed = optionsSchema.safeParse(values);
  if (!parsed.success)
    throw new Error(parsed.error.issues.map(({ path, message }) => `--${path[0]?.toString()} ${message}`).join('\n'));
  const options = parsed.data;
  if (options['no-matrix'] && options.calls === 0) throw new Error('--no-matrix with --calls 0 leaves nothing to do');
  return options;
};
