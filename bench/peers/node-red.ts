import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOf, install } from './install.ts';
import { type Peer, plainWebhook, type Surroundings } from './peer.ts';
import { freePort, startForeign } from './program.ts';

/** Node-RED 5: HTTP in, download, a function with the AWS SDK, and a POST to Linq. It answers 202 at once. */
export const nodeRed: Peer = {
  name: 'Node-RED 5',
  settings: 'headless; its HTTP nodes have no retry',
  quietMs: 8_000,
  webhook: plainWebhook('/hook'),
  async start(surroundings) {
    install('node-red', ['node-red@5', '@aws-sdk/client-s3', '@aws-sdk/s3-request-presigner']);
    const port = await freePort();
    const user = join(surroundings.data, 'user');
    mkdirSync(user, { recursive: true });
    writeFileSync(join(user, 'settings.js'), `module.exports = ${JSON.stringify(settings(port))}`);
    writeFileSync(join(user, 'flows.json'), JSON.stringify(flow(surroundings)));
    writeFileSync(join(user, 'package.json'), JSON.stringify(OWN_PACKAGE));
    linkModules(user);
    const red = join(folderOf('node-red'), 'node_modules/node-red/red.js');
    const url = `http://127.0.0.1:${port}`;
    const args = [red, '-s', join(user, 'settings.js'), '-u', user];
    return startForeign(args, { cwd: user, env: {}, url, healthy: (status) => status < 500 }, '/ready');
  },
};

/** Node-RED looks for the modules of a function node in the user's folder. */
const OWN_PACKAGE = {
  name: 'flow',
  private: true,
  dependencies: { '@aws-sdk/client-s3': '*', '@aws-sdk/s3-request-presigner': '*' },
};

const linkModules = (user: string) => {
  try {
    symlinkSync(join(folderOf('node-red'), 'node_modules'), join(user, 'node_modules'));
  } catch (error) {
    if (Object(error).code !== 'EEXIST') throw error; // a restart finds the link
  }
};

const settings = (uiPort: number) => ({
  uiHost: '127.0.0.1',
  uiPort,
  flowFile: 'flows.json',
  credentialSecret: false,
  disableEditor: true,
  httpAdminRoot: false,
  apiMaxLength: '20mb',
  functionExternalModules: true,
  externalModules: { autoInstall: false, palette: { allowInstall: false }, modules: { allowInstall: false } },
  telemetry: { enabled: false, updateNotification: false },
  diagnostics: { enabled: false },
});

const flow = ({ s3, linq }: Surroundings) => {
  const z = 'tab';
  const client = {
    endpoint: s3.url,
    region: 'us-east-1',
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
  };
  const http = { method: 'use', url: '', tls: '', proxy: '', authType: '', headers: [] };
  return [
    { id: z, type: 'tab', label: 'voice memos' },
    { id: 'in', type: 'http in', z, url: '/hook', method: 'post', upload: false, wires: [['answer', 'toDownload']] },
    { id: 'answer', type: 'http response', z, statusCode: '202', headers: {}, wires: [] },
    {
      ...{ id: 'toDownload', type: 'function', z, outputs: 1, wires: [['download']] },
      func: "return {chatId:msg.payload.chatId, callId:msg.payload.callId, url:msg.payload.recordingUrl, method:'GET'};",
    },
    { id: 'download', type: 'http request', z, ...http, ret: 'bin', wires: [['put']] },
    {
      ...{ id: 'put', type: 'function', z, outputs: 1, wires: [['post']] },
      libs: [
        { var: 's3m', module: '@aws-sdk/client-s3' },
        { var: 'sgn', module: '@aws-sdk/s3-request-presigner' },
      ],
      initialize: `context.set('s3', new s3m.S3Client(${JSON.stringify(client)}));`,
      func: `const s3 = context.get('s3'); const object = { Bucket: '${s3.bucket}', Key: 'audio/' + msg.callId + '.wav' };
await s3.send(new s3m.PutObjectCommand({ ...object, Body: msg.payload, ContentType: 'audio/wav' }));
const url = await sgn.getSignedUrl(s3, new s3m.GetObjectCommand(object), { expiresIn: 3600 });
return { method: 'POST', url: '${linq}/v3/chats/' + msg.chatId + '/voicememo', headers: { 'content-type': 'application/json' }, payload: { voice_memo_url: url } };`,
    },
    { id: 'post', type: 'http request', z, ...http, ret: 'obj', wires: [[]] },
  ];
};
