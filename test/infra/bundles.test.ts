import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { evaluatedAtStart } from '../../bench/evaluated.ts';
import type { FunctionName } from '../../infra/secrets.ts';
import { bundleOf } from './bundle.ts';

// Checks the bundles that ship, made by esbuild as in the stack (infra/bundle.ts).

const root = fileURLToPath(new URL('../..', import.meta.url));

const names: readonly FunctionName[] = ['receive', 'store', 'send', 'api', 'tend'];
const bundles = Object.fromEntries(names.map((name) => [name, bundleOf(name)])) as Record<
  FunctionName,
  ReturnType<typeof bundleOf>
>; // of every name

const AUDIO =
  /^functions\/audio\/|node_modules\/(mediabunny|@mediabunny|mpg123-decoder|opus-decoder|@wasm-audio-decoders|file-type)\//;

test('the bundle of store, with every decoder in it, stays under five megabytes', () => {
  expect(bundles.store.bytes).toBeLessThan(5_000_000);
  expect(bundles.store.inputs.filter((input) => AUDIO.test(input)).length).toBeGreaterThan(10);
});

test('the bundle of receive, which a sender waits for, stays under one megabyte', () => {
  expect(bundles.receive.bytes).toBeLessThan(1_000_000);
});

test('before the first answer to a webhook, no client of S3 and of DynamoDB is loaded, and at most 575 kB', () => {
  const { bytes, inputs } = evaluatedAtStart(bundles.receive);
  expect(Object.keys(inputs).filter((input) => /client-s3|client-dynamodb|lib-dynamodb|jose/.test(input))).toEqual([]);
  expect(Object.keys(inputs).some((input) => input.includes('client-sqs'))).toBe(true);
  expect(bytes).toBeLessThan(575_000);
});

test.each(names)(
  '%s can take no credentials but those that Lambda gives: no other way to them is in its asset',
  (name) => {
    const ways = bundles[name].packages.filter((each) =>
      /credential-provider|client-sts|client-sso|token-providers/.test(each),
    );
    expect(ways).toEqual(['@aws-sdk/credential-provider-env']);
  },
);

test.each(names)('each file that a file of the asset of %s imports, at once or later, is in the asset', (name) => {
  const { files, metafile } = bundles[name];
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  const own = imports.filter(({ external }) => !external).map(({ path }) => basename(path));
  expect(own.filter((file) => !files.has(file))).toEqual([]);
  expect(own.length).toBeGreaterThan(5);
});

test.each(names.filter((name) => name !== 'store'))('nothing of audio is in the bundle of %s', (name) => {
  expect(bundles[name].inputs.filter((input) => AUDIO.test(input))).toEqual([]);
});

describe('licences', () => {
  const packages = [...new Set(Object.values(bundles).flatMap(({ packages }) => packages))];
  const licenceOf = (name: string): string => {
    let folder = join(root, 'node_modules', name);
    while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
    return String(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).license);
  };
  const PERMISSIVE = /^(MIT|MIT-0|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|BlueOak-1\.0\.0|Unlicense)$/;
  const notice = readFileSync(join(root, 'NOTICE'), 'utf8');

  test('of what ships are permissive, or MPL or LGPL with a line in NOTICE; none is the GPL', () => {
    expect(packages.length).toBeGreaterThan(20);
    const others = packages.filter((name) => !PERMISSIVE.test(licenceOf(name)));
    expect(others.map((name) => `${name}: ${licenceOf(name)}`)).toEqual([
      '@mediabunny/mp3-encoder: MPL-2.0',
      'codec-parser: LGPL-3.0-or-later',
      'mediabunny: MPL-2.0',
    ]);
    for (const name of others) expect(notice).toContain(name);
  });

  test('of the libraries compiled into the decoders and the encoder are in NOTICE', () => {
    for (const library of ['LAME', 'libmpg123', 'libopus', 'libFLAC']) expect(notice).toContain(library);
  });
});
