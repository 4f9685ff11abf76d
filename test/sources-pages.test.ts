import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import bridge from '../bridge.config.ts';
import { loadObjectFixtures } from './contracts/object-source.ts';
import { type Fixture, loadFixtures } from './fixtures.ts';

// An event that makes no memo stands on the page of its source: whoever misses a memo looks there.

const kinds = readdirSync(new URL('./fixtures/', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && Object.hasOwn(bridge.sources, entry.name))
  .map(({ name }) => name);
const withObjects = kinds.filter((name) => bridge.sources[name]?.classifyObject);
const withHooks = kinds.filter((name) => !withObjects.includes(name));
const pageOf = (name: string) => readFileSync(new URL(`../docs/sources/${name}.md`, import.meta.url), 'utf8');

const SAYS = /ignored|not ready/;
/** What a page says of events that nobody documents, and no page can name. */
const EVERY_OTHER = /\b(any|all) others?\b|anything else|to another `type`|or another \| ignored|a call's event/;
const NOBODY_DOCUMENTS = /^(another-(type|event)|unknown-|swml-unknown-|swml-another-)/;
/** Events without a name: the words with which the page tells of them. */
const IN_WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  twilio: { 'call-status': "a call's status without a recording" },
  signalwire: { 'call-status': "a call's status without a recording" },
  vonage: {
    'call-status': "a call's `status`",
    'empty-recording-url': 'whose `recording_url` is empty is ignored',
    'input-speech': '`speech`, the answer to an `input`',
  },
  plivo: { 'call-event': "a call's event without a recording" },
  'zoom-phone': { 'url-validation': 'endpoint.url_validation' },
  ringcentral: {
    answered: 'a party in any other state',
    hold: 'a party in any other state',
    'one-party-stays': 'a party in any other state',
    proceeding: 'a party in any other state',
    setup: 'a party in any other state',
    'voicemail-without-audio': 'ignored as not ready if it has none',
  },
  callrail: {
    'form-submission-by-shape': 'and no `?event=` | ignored',
    'text-message-by-shape': 'and no `?event=` | ignored',
  },
  quo: {
    'legacy-without-url': 'without any URL | ignored',
    'voicemail-without-url': 'without any URL | ignored',
    'without-recordings': 'its list empty | ignored',
    'without-url': 'without any URL | ignored',
  },
  bland: {
    'not-recorded': 'no `recording_url` | ignored',
    'corrected-transcript': '`corrected_transcript` | ignored',
  },
  gohighlevel: { 'contact-created': 'all other events | ignored' },
};

describe.each(withHooks)('%s', (name) => {
  const page = pageOf(name);
  const left = Object.values(loadFixtures(name)).filter(({ expect: said }) => /^(ignored|not-ready)$/.test(said.kind));
  const inWords = IN_WORDS[name] ?? {};

  test('tells of each event that makes no memo', () => {
    const names = namesIn(page);
    const isSaid = (fixture: Fixture): boolean => {
      if (NOBODY_DOCUMENTS.test(fixture.name)) return EVERY_OTHER.test(page);
      const words = inWords[fixture.name];
      return words === undefined
        ? wordsOf(fixture).some((word) => names.some((each) => each.test(word)))
        : page.includes(words);
    };
    expect(left.length).toBeGreaterThan(0);
    expect(left.filter((fixture) => !isSaid(fixture)).map((fixture) => fixture.name)).toEqual([]);
    expect(Object.keys(inWords).filter((each) => !left.some((fixture) => fixture.name === each))).toEqual([]);
  });
});

test.each(withObjects)('%s tells of each object that makes no memo', (name) => {
  const page = pageOf(name);
  const left = Object.values(loadObjectFixtures(name)).filter(({ expect: said }) => said.kind === 'ignored');
  expect(left.length).toBeGreaterThan(0);
  expect(page).toMatch(/^\|.*\| ignored/m);
});

/** Every text of the payload, and of the query of its URL: one of them is the name of the event, of a state or a type. */
const wordsOf = ({ request: { url, body, headers } }: Fixture): string[] => {
  const text = Buffer.from(body).toString();
  const jwt = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(text)?.[1];
  const isForm = headers['content-type']?.includes('form') ?? false;
  const pairs = [...new URLSearchParams(isForm ? text : ''), ...new URL(url).searchParams];
  const json = jwt === undefined ? text : Buffer.from(jwt, 'base64url').toString();
  return [...(isForm ? [] : leaves(parsed(json))), ...pairs.map(([, value]) => value)];
};
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
const leaves = (json: unknown): string[] =>
  typeof json === 'object' && json !== null ? Object.values(json).flatMap(leaves) : [String(json)];

/** The names between backticks on the lines that say "ignored" or "not ready"; `chat_…` and `meeting.*` stand for a group. */
const namesIn = (page: string): RegExp[] =>
  page
    .split('\n')
    .filter((line) => SAYS.test(line))
    .flatMap((line) => [...line.matchAll(/`([^`]+)`/g)])
    .map(([, name = '']) => name.split(/[=:] ?/).at(-1) ?? '')
    .map(
      (name) =>
        new RegExp(
          `^${name
            .split(/…|\*/)
            .map((part) => part.replace(/[^\w-]/g, '\\$&'))
            .join('.*')}$`,
        ),
    );
