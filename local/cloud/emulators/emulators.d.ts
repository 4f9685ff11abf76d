declare module '@20minutes/s3rver' {
  import type { RequestListener } from 'node:http';
  import type { Readable } from 'node:stream';
  export default class S3rver {
    constructor(options: {
      directory: string;
      silent: boolean;
      vhostBuckets: boolean;
      configureBuckets: { name: string; configs: string[] }[];
    });
    configureBuckets(): Promise<unknown>;
    getMiddleware(): RequestListener;
    on(
      event: 'event',
      listener: (event: {
        Records: { eventName: string; s3: { bucket: { name: string }; object: { key: string; size: number } } }[];
      }) => void,
    ): unknown;
    store: {
      getBucketPath(bucket: string): string;
      /** The path of one of an object's files. */
      getResourcePath(bucket: string, key: string, part: string): string;
      /** Writes a file. @returns its bytes and their MD5 in hex */
      putContent(path: string, content: Readable | Buffer): Promise<[number, string]>;
      deleteObject(bucket: string, key: string): Promise<void>;
    };
  }
}

declare module '@20minutes/s3rver/lib/models/account.js' {
  interface Account {
    createKeyPair(accessKeyId: string, secretAccessKey: string): void;
    revokeAccessKey(accessKeyId: string): void;
  }
  const account: { DUMMY_ACCOUNT: Account };
  export default account;
}

declare module 'dynalite' {
  import type { Server } from 'node:http';
  export default function dynalite(options: {
    /** Without a path, data is in memory. */
    path?: string;
    createTableMs: number;
    deleteTableMs: number;
    updateTableMs: number;
  }): Server;
}
