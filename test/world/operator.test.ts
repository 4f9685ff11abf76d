import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium, launchChromium } from '../browser.ts';
import { until } from '../world.ts';
import { PATIENCE_MS } from './operator/bridge-process.ts';
import { clicksTable, documented, type Figures, keepFigures, secondsTable } from './operator/figures.ts';
import { QUESTIONS } from './operator/questions.ts';
import { openReader, type Reader } from './operator/reader.ts';
import { type Scene, setScene } from './operator/scene.ts';
import { ACTS, FULL_DISK, type Struck, TROUBLES, type Trouble } from './operator/troubles.ts';

// An operator asks "why?", before the page in a browser and at a terminal, with `npm start` as a process. For each
// trouble the page, the doctor and the log name its cause, and what they tell to do, done word for word, ends it.
// No time is checked here: `npm run operator` prints the seconds and writes them into docs/page.md.

describe.skipIf(!hasChromium)('an operator', { timeout: 3 * PATIENCE_MS }, () => {
  let scene: Scene;
  let browser: Browser;
  let reader: Reader;
  let close: () => Promise<void>;
  const struck = new Map<Trouble, Struck>();
  const arriving: string[] = [];
  const figures: Figures = { seconds: {}, clicks: {} };
  beforeAll(async () => {
    [scene, browser] = await Promise.all([setScene(), launchChromium()]);
    ({ reader, close } = await openReader(browser, { url: scene.bridge.url, signInLink: scene.bridge.signInLink() }));
  }, PATIENCE_MS);
  afterAll(async () => {
    await close?.();
    await browser?.close();
    await scene?.stop();
    keepFigures(figures);
  });

  /** Waits until the page, the doctor and the log have named the cause, and measures since when. */
  const isNamed = async (trouble: Trouble) => {
    const beganMs = performance.now();
    const hit = await trouble.begin(scene);
    struck.set(trouble, hit);
    const { name, says, at, doctor, log, shell = (line) => line } = trouble;
    const seconds = async (place: string, seen: Promise<unknown>) => {
      expect(await seen, `${place}: ${name}`).toBeTruthy();
      return [place, Math.round((performance.now() - (hit.sinceMs ?? beganMs)) / 100) / 10];
    };
    const onPage = at(reader.first, hit).filter({ hasText: says }).waitFor();
    const diagnosed = async () => doctor.test(await scene.bridge.shell(shell('npx aftercall doctor'))) || undefined;
    figures.seconds[name] = Object.fromEntries(
      await Promise.all([
        seconds(
          'page',
          onPage.then(() => true),
        ),
        seconds('doctor', until(diagnosed, PATIENCE_MS)),
        seconds(
          'log',
          until(() => log.test(scene.bridge.log()) || undefined, PATIENCE_MS),
        ),
      ]),
    );
  };
  const ends = async (trouble: Trouble) => {
    const hit = struck.get(trouble);
    if (!hit) throw new Error(`${trouble.name} has not begun`);
    const chat = await trouble.act(scene, reader, hit);
    if (chat !== undefined) arriving.push(chat);
  };

  test.for(ACTS.map((act) => [act.map(({ name }) => name).join('; '), act] as const))(
    'the page, the doctor and the log name: %s',
    async ([, act]) => void (await Promise.all(act.map(isNamed))),
  );

  test('each question is answered with at most two clicks, as docs/page.md says', async () => {
    const { memo } = await scene.call({ from: '+12025550101' });
    const waits = await until(
      async () => (await scene.memosOf('state=stored')).includes(memo) || undefined,
      PATIENCE_MS,
    );
    expect(waits).toBe(true);
    const day = (await scene.memo(memo)).created_at.slice(0, 10);
    for (const { asks, walk } of QUESTIONS)
      figures.clicks[asks] = await reader.clicks((page) => walk(page, { memo, day }));
    expect(Math.max(...Object.values(figures.clicks))).toBeLessThanOrEqual(2);
    if (!process.env.AFTERCALL_WRITE_FIGURES) expect(documented().clicks).toBe(clicksTable(figures));
  });

  test.for(TROUBLES.map((each) => [each.name, each] as const))('%s: what the page tells to do is done', ([, trouble]) =>
    ends(trouble),
  );

  test('and then every memo arrives, once npm start runs again', async () => {
    await scene.bridge.restart();
    arriving.push((await scene.call({ source: 'standardWebhooks' })).chat);
    for (const chat of arriving.splice(0)) await scene.arrives(chat);
  });

  test('a full disk is named by all three, and what the doctor tells to do ends it', async () => {
    await isNamed(FULL_DISK);
    await ends(FULL_DISK);
    for (const chat of arriving) await scene.arrives(chat);
  });

  test('docs/page.md tells of these troubles', () => {
    if (!process.env.AFTERCALL_WRITE_FIGURES) expect(documented().seconds).toBe(secondsTable({ seconds: {} }));
  });
});
