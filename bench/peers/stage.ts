import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readCloud, urlOf } from '../../local/cloud/cloud-file.ts';
import { BUCKET } from '../../local/cloud/resources.ts';
import { listen } from '../../local/loopback/listen.ts';
import { startLinqMock } from '../flow/linq-mock.ts';
import { startProgram } from '../flow/processes.ts';
import type { Surroundings } from './peer.ts';

const ERROR_PAGE = '<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>';

/**
 * The servers that are the same for every program: the embedded cloud, a media host, and the mock of Linq. The media
 * host's paths: `/ok/…` the recording, `/page/…` 200 with an error page, `/later/…` 404 once, `/slow/…` in three seconds.
 */
export const startStage = async (recording: Uint8Array) => {
  const data = mkdtempSync(join(tmpdir(), 'aftercall-peers-'));
  const asked = new Set<string>();
  const media = await listen(
    http.createServer(async (request, response) => {
      const path = request.url ?? '';
      const audio = { 'content-type': 'audio/wav', 'content-length': recording.length };
      if (path.startsWith('/page/')) return response.writeHead(200, { 'content-type': 'text/xml' }).end(ERROR_PAGE);
      if (path.startsWith('/later/') && !asked.has(path)) {
        asked.add(path);
        return response.writeHead(404).end('not yet');
      }
      response.writeHead(200, audio);
      if (!path.startsWith('/slow/')) return response.end(recording);
      const piece = Math.ceil(recording.length / 15);
      for (let at = 0; at < recording.length; at += piece) {
        response.write(recording.subarray(at, at + piece));
        await sleep(200);
      }
      response.end();
    }),
    0,
  );
  const linq = await startLinqMock();
  const cloud = await startProgram('local/cloud/process.ts', [], { AFTERCALL_DATA: data });
  const file = readCloud(data);
  if (!file) throw new Error(`there is no cloud.json in ${data}`);
  const surroundings: Surroundings = {
    data,
    s3: { url: urlOf(file, 's3'), bucket: BUCKET, ...file.credentials },
    linq: linq.url,
    media: media.url,
  };
  return {
    surroundings,
    linq,
    cloud,
    async stop() {
      await cloud.stop();
      await Promise.all([media.stop(), linq.stop()]);
      rmSync(data, { recursive: true, force: true });
    },
  };
};

export type Stage = Awaited<ReturnType<typeof startStage>>;
