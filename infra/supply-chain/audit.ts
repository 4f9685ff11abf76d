import * as z from 'zod';

const reportSchema = z.object({ vulnerabilities: z.record(z.string(), z.object({ severity: z.string() })) });
const failureSchema = z.object({
  message: z.string().optional(),
  error: z.object({ summary: z.string(), detail: z.string() }),
});

export type Audit =
  | { kind: 'answered'; vulnerable: { name: string; severity: string }[] }
  | { kind: 'not-asked'; reason: string };

/**
 * Reads what `npm audit --json` printed. Some registries and mirrors do not answer the question, and a machine may be offline.
 * @throws Error where npm printed neither a report nor an error of its own
 */
export const readAudit = (stdout: string): Audit => {
  const printed: unknown = JSON.parse(stdout);
  const report = reportSchema.safeParse(printed);
  if (report.success) {
    const vulnerable = Object.entries(report.data.vulnerabilities).map(([name, { severity }]) => ({ name, severity }));
    return { kind: 'answered', vulnerable };
  }
  const { message, error } = failureSchema.parse(printed);
  // npm's message has the registry's address, which depends on the machine.
  const reason = (message || error.summary || error.detail || 'npm gave no reason').replace(
    /https?:\/\/\S+/g,
    'the registry',
  );
  return { kind: 'not-asked', reason };
};
