import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { wav } from '../../world.ts';
import { newChecks } from '../checks.ts';
import { startBridge } from '../client.ts';
import type { Context } from '../context.ts';
import { startEnvironment } from '../lambda/environment.ts';
import { startFunction } from '../lambda/function.ts';
import { mulawCall } from '../long-recordings.ts';
import type { Stage } from '../stage.ts';
import type { FunctionInTemplate, Template } from '../template.ts';

/** How long the environments are frozen. Meanwhile every kept-alive connection is cut. */
const FROZEN_MS = 15_000;
const SHORT_TIMEOUT_MS = 5000;

/**
 * What Lambda does to an environment: uses it twice, freezes it, ends it at its time-out, and kills it when it exceeds
 * its memory.
 */
export const lifecycle = (context: Context): Stage => ({
  name: 'life of an environment',
  async run() {
    const { check, result } = newChecks();
    await Promise.all([
      check('an environment works again after a freeze in which its connections were cut', () => isThawed(context)),
      check('a message whose function was killed at its time-out is sent all the same, once', () => timesOut(context)),
      check('a function that cannot be loaded says why, and is killed by nothing', () => failsToLoad(context)),
      check('a function that outgrows its memory is killed', () => isKilledForItsMemory(context)),
    ]);
    return result();
  },
});

const isThawed = async (context: Context) => {
  const bridge = await startBridge(context);
  try {
    const before = await bridge.arrives(bridge.media.serve(mulawCall(5)));
    await bridge.reaches(before.id, 'sent');
    const { functions, cloud } = bridge;
    const used = [functions.receive, functions.store, functions.send].map((running) => running.environments());
    await setTimeout(FROZEN_MS / 2);
    for (const part of ['s3', 'sqs', 'dynamodb'] as const) {
      await cloud.stop(part);
      await cloud.start(part);
    }
    await setTimeout(FROZEN_MS / 2);
    const after = await bridge.arrives(bridge.media.serve(mulawCall(5)));
    await bridge.reaches(after.id, 'sent');
    assert.equal(bridge.sentTo(after.chat).length, 1);
    const usedAgain = [functions.receive, functions.store, functions.send].map((running) => running.environments());
    assert.deepEqual(
      usedAgain.map((environments) => environments.length),
      [1, 1, 1],
      'a second environment was started',
    );
    assert.deepEqual(usedAgain.flat(), used.flat());
  } finally {
    await bridge.stop();
  }
};

/** The first fetch never ends. The message's lease ends ten times as soon as on AWS. */
const timesOut = async (context: Context) => {
  const bridge = await startBridge(context, {
    timeoutMs: { store: SHORT_TIMEOUT_MS },
    variables: { AFTERCALL_TIME_SCALE: '0.1' },
  });
  try {
    let asked = 0;
    const recording = wav(2);
    const url = bridge.media.serve((_request, response) => {
      asked += 1;
      response.writeHead(200, { 'content-type': 'audio/x-wav', 'content-length': recording.length });
      const trickle = globalThis.setInterval(() => response.write(Buffer.alloc(1)), 500);
      response.on('close', () => clearInterval(trickle));
      if (asked > 1) response.end(recording);
    });
    const { chat, id } = await bridge.arrives(url);
    await bridge.reaches(id, 'sent');
    assert.equal(asked, 2, `the recording was fetched ${asked} times`);
    assert.equal(bridge.sentTo(chat).length, 1);
    const [first] = bridge.functions.store.ended();
    assert.match(first ?? '', /timed out after/);
  } finally {
    await bridge.stop();
  }
};

const failsToLoad = async ({ runtimeClient, template, usageByFunction }: Context) => {
  const running = startFunction(functionIn(template, 'receive'), {
    runtimeClient,
    usageByFunction,
    variables: { AFTERCALL_STAGE: 'prod', BUCKET: 'bucket', PUBLIC_URL: 'not a URL' },
  });
  try {
    const outcome = await running.invoke({});
    assert.equal(outcome.kind, 'died');
    const reason = outcome.kind === 'died' ? outcome.reason : '';
    assert.match(reason, /RECORDINGS_QUEUE_URL: is missing/);
    assert.match(reason, /PUBLIC_URL: must be an http\(s\) URL/);
  } finally {
    await running.stop();
  }
};

/** Shows that the memory limit works: no function of ours runs in twenty megabytes. */
const isKilledForItsMemory = async ({ runtimeClient, template }: Context) => {
  const tend = { ...functionIn(template, 'tend'), memoryMegabytes: 20 };
  const environment = await startEnvironment({ runtimeClient, function: tend, variables: {} });
  try {
    await assert.rejects(environment.ready, /out of memory: \d+ MB of 20/);
  } finally {
    await environment.stop();
  }
};

const functionIn = ({ functions }: Template, name: string): FunctionInTemplate => {
  const found = functions.find((of) => of.name === name);
  assert(found, `the template has no ${name}`);
  return found;
};
