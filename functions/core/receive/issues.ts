import type * as z from 'zod';

/** All issues of a schema as one line, each with the path of its field once. */
export const issuesOf = ({ issues }: z.ZodError): string =>
  issues
    .map(({ path, message }) => (message.startsWith(`${path.join('.')}:`) ? message : `${path.join('.')}: ${message}`))
    .join('; ');
