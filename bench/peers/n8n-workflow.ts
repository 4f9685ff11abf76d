import type { Surroundings } from './peer.ts';

const RETRIES = { retryOnFail: true, maxTries: 5, waitBetweenTries: 1000 };
const CREDENTIAL = { id: 'bench-s3', name: 's3' };

/** Webhook → HTTP Request → S3 → Code, which presigns (n8n has no node for that) → HTTP Request. */
export const workflowOf = ({ s3, linq }: Surroundings) => ({
  credential: {
    ...CREDENTIAL,
    type: 's3',
    data: {
      endpoint: s3.url,
      region: 'us-east-1',
      accessKeyId: s3.accessKeyId,
      secretAccessKey: s3.secretAccessKey,
      forcePathStyle: true,
      ignoreSSLIssues: true,
    },
  },
  workflow: {
    id: 'benchMemos0000001',
    name: 'voice memos',
    active: false,
    settings: { executionOrder: 'v1' },
    nodes: nodes(s3, linq),
    connections: chain(['hook', 'download', 'upload', 'presign', 'post']),
  },
});

const chain = (names: readonly string[]) =>
  Object.fromEntries(
    names.slice(0, -1).map((name, at) => [name, { main: [[{ node: names[at + 1], type: 'main', index: 0 }]] }]),
  );

const BODY = "$('hook').item.json.body";

const nodes = (s3: Surroundings['s3'], linq: string) => [
  node('hook', 'webhook', 2.1, HOOK, { webhookId: 'hook' }),
  node('download', 'httpRequest', 4.2, DOWNLOAD, RETRIES),
  node('upload', 's3', 1, uploadTo(s3.bucket), { ...RETRIES, credentials: { s3: CREDENTIAL } }),
  node('presign', 'code', 2, { jsCode: presign(s3) }),
  node('post', 'httpRequest', 4.2, postTo(linq), RETRIES),
];

const node = (name: string, type: string, typeVersion: number, parameters: object, more: object = {}) => ({
  ...{ id: name, name, type: `n8n-nodes-base.${type}`, typeVersion, position: [0, 0], parameters },
  ...more,
});

const HOOK = { httpMethod: 'POST', path: 'hook', responseMode: 'onReceived', options: {} };

const DOWNLOAD = {
  url: '={{ $json.body.recordingUrl }}',
  options: { response: { response: { responseFormat: 'file' } } },
};

const uploadTo = (bucketName: string) => ({
  operation: 'upload',
  bucketName,
  fileName: `=audio/{{ ${BODY}.callId }}.wav`,
  binaryData: true,
  binaryPropertyName: 'data',
  additionalFields: {},
});

const postTo = (linq: string) => ({
  method: 'POST',
  url: `=${linq}/v3/chats/{{ ${BODY}.chatId }}/voicememo`,
  sendBody: true,
  specifyBody: 'json',
  jsonBody: '={{ JSON.stringify({ voice_memo_url: $json.url }) }}',
  options: {},
});

/** Signature Version 4 in the query. */
const presign = ({ url, bucket, accessKeyId, secretAccessKey }: Surroundings['s3']): string => `
const crypto = require('crypto');
const hmac = (key, text) => crypto.createHmac('sha256', key).update(text).digest();
const host = '${new URL(url).host}';
const path = '/${bucket}/audio/' + ${BODY}.callId + '.wav';
const time = new Date().toISOString().replace(/[-:]|\\.\\d{3}/g, '');
const scope = time.slice(0, 8) + '/us-east-1/s3/aws4_request';
const query = ['X-Amz-Algorithm=AWS4-HMAC-SHA256', 'X-Amz-Credential=' + encodeURIComponent('${accessKeyId}/' + scope),
  'X-Amz-Date=' + time, 'X-Amz-Expires=3600', 'X-Amz-SignedHeaders=host'].join('&');
const canonical = ['GET', path, query, 'host:' + host, '', 'host', 'UNSIGNED-PAYLOAD'].join('\\n');
const text = ['AWS4-HMAC-SHA256', time, scope, crypto.createHash('sha256').update(canonical).digest('hex')].join('\\n');
let key = 'AWS4${secretAccessKey}';
for (const part of [time.slice(0, 8), 'us-east-1', 's3', 'aws4_request']) key = hmac(key, part);
const signature = hmac(key, text).toString('hex');
return [{ json: { url: 'http://' + host + path + '?' + query + '&X-Amz-Signature=' + signature } }];
`;
