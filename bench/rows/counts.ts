import { measureMainJob } from '../cost/main-job.ts';
import { byOperation } from '../cost/measured-step.ts';
import { oursAlone, type Row } from './row.ts';

/** Processor time, requests and write units of a memo, from its webhook to `sent`; each function in its own process. */
export const counts: Row = async ({ short }) => {
  const { job, expiry } = await measureMainJob({ runs: short ? 2 : 15, conversion: false });
  const toSent = job.slice(0, 3); // webhook, recording, memo
  return oursAlone({
    processorPerMemo: [sum(toSent.map(({ cpuMs }) => cpuMs))],
    requestsPerMemo: [sum(Object.values(byOperation(toSent)))],
    writeUnitsPerMemo: [sum([...job, ...expiry].map(({ writeUnits }) => writeUnits))],
  });
};

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
