import type { Stage, StageResult } from '../stage.ts';
import { checkLimits, type Judged, lintTemplate, nagTemplate } from '../template-lint.ts';

/** CloudFormation's linter, which is a Python program. */
export const lint: Stage = {
  name: 'lint rules on the template',
  run: async () => judged(await lintTemplate()),
};

/** The checks that need nothing but Node. */
export const nag: Stage = {
  name: 'nag rules and hard limits',
  async run() {
    const { acknowledgements, ...judgement } = nagTemplate();
    const { lines, ok } = judged(judgement);
    const over = checkLimits();
    return {
      lines: [
        ...lines,
        `${acknowledgements.length} acknowledged, each with its reason`,
        ...over.map((line) => `MISS ${line}`),
      ],
      ok: ok && over.length === 0,
    };
  },
};

const judged = ({ rules, findings }: Judged): StageResult => ({
  lines: [`${rules} rules, ${findings.length} findings`, ...findings.map((finding) => `MISS ${finding}`)],
  ok: rules > 0 && findings.length === 0,
});
