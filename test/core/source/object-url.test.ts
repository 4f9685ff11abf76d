import { expect, test } from 'vitest';
import { objectIn } from '../../../functions/core/source/object-url.ts';

const object = (key = 'calls/a b.mp3', bucket = 'acme-calls') => ({ bucket, key });

test.each([
  ['s3://acme-calls/calls/a%20b.mp3', object()],
  ['https://acme-calls.s3.amazonaws.com/calls/a%20b.mp3', object()],
  ['https://acme-calls.s3.eu-central-1.amazonaws.com/calls/a%20b.mp3', object()],
  ['https://acme-calls.s3-us-west-2.amazonaws.com/calls/a%20b.mp3', object()],
  ['https://acme-calls.s3.dualstack.us-east-1.amazonaws.com/calls/a%20b.mp3', object()],
  ['https://a.dotted.name.s3.amazonaws.com/1.mp3', object('1.mp3', 'a.dotted.name')],
  ['https://s3.amazonaws.com/acme-calls/calls/a%20b.mp3', object()],
  ['https://s3.eu-west-1.amazonaws.com/acme-calls/calls/a%20b.mp3', object()],
  ['https://acme-calls.s3.cn-north-1.amazonaws.com.cn/1.mp3', object('1.mp3')],
])('the object of %s is known by bucket and key', (url, expected) => {
  expect(objectIn(url)).toEqual(expected);
});

test.each([
  ['a storage of another name', 'https://minio.example.com/acme-calls/1.mp3'],
  ['a name that only ends like S3', 'https://acme-calls.s3.amazonaws.com.example.net/1.mp3'],
  ['a name that only begins like S3', 'https://s3.amazonaws.com.example.net/acme-calls/1.mp3'],
  ['no bucket', 'https://s3.amazonaws.com/1.mp3'],
  ['no key', 's3://acme-calls/'],
  ['a folder', 's3://acme-calls/calls/'],
  ['http', 'http://acme-calls.s3.amazonaws.com/1.mp3'],
  ['a port', 'https://acme-calls.s3.amazonaws.com:8443/1.mp3'],
  ['a URL that is signed', 'https://acme-calls.s3.amazonaws.com/1.mp3?X-Amz-Signature=a'],
  ['an escape that is none', 's3://acme-calls/%E0%A4%A'],
  ['another storage', 'azure://container/1.mp3'],
  ['no URL', 'acme-calls/1.mp3'],
])('no object is named by %s', (_title, url) => {
  expect(objectIn(url)).toBeUndefined();
});
