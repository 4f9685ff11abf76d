import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { s3AudioStore } from '../../functions/adapters/audio-store.s3.ts';
import { s3Client } from '../../functions/adapters/aws.ts';
import { LOCAL_CREDENTIALS, startS3 } from '../../local/emulators/s3.ts';
import { BUCKET, REGION } from '../../local/resources.ts';

/** The client that the functions use, told by the environment where to go. */
export const s3ClientTo = (endpoint: string) => {
  vi.stubEnv('AWS_REGION', REGION);
  vi.stubEnv('AWS_ACCESS_KEY_ID', LOCAL_CREDENTIALS.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', LOCAL_CREDENTIALS.secretAccessKey);
  vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
  return s3Client();
};

/** The audio store on the embedded S3. */
export const startAudioStore = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'aftercall-s3-'));
  const s3 = await startS3({ port: 0, directory, bucket: BUCKET });
  const client = s3ClientTo(s3.url);
  return {
    url: s3.url,
    client,
    bucket: BUCKET,
    store: s3AudioStore(client, { bucket: BUCKET }),
    async stop() {
      client.destroy();
      vi.unstubAllEnvs();
      await s3.stop();
      await rm(directory, { recursive: true });
    },
  };
};
