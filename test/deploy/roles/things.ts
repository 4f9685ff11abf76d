import type { RecordingBucket } from '../../../functions/core/model/bucket.ts';
import { ofType, type Place, resolverOf } from '../place.ts';
import type { Template } from '../template.ts';
import type { Kind } from './tries.ts';

/** A resource of the stack that a function could reach. */
export interface Named {
  kind: Kind;
  /** Our word for the resource. */
  thing: string;
  /** The name in a request. */
  name: string;
  /** The ARN of the resource. */
  resource: string;
}

const QUEUES = {
  DROPS_QUEUE_URL: 'drops',
  RECORDINGS_QUEUE_URL: 'recordings',
  RECORDINGS_DLQ_URL: 'dead recordings',
  MEMOS_QUEUE_URL: 'memos',
  MEMOS_DLQ_URL: 'dead memos',
} as const;

/**
 * Every resource of the stack, with our words for them.
 * @param secrets the names of the parameters under the prefix
 * @param buckets of the user, which are no resources of the stack
 */
export const thingsOf = (
  { resources, functions }: Pick<Template, 'resources' | 'functions'>,
  place: Place,
  prefix: string,
  secrets: readonly string[],
  buckets: readonly RecordingBucket[] = [],
) => {
  const resolve = resolverOf(resources, place);
  const only = (type: string) => {
    const found = ofType(resources, type);
    if (found.length !== 1 || !found[0]) throw new Error(`the template has ${found.length} of ${type}`);
    return found[0];
  };
  const arn = (id: string) => String(resolve({ 'Fn::GetAtt': [id, 'Arn'] }));
  const [bucketId] = only('AWS::S3::Bucket');
  const [tableId, { GlobalSecondaryIndexes }] = only('AWS::DynamoDB::GlobalTable');
  const known = (id: string) => {
    const variable = functions
      .flatMap(({ environment }) => Object.entries(environment))
      .find(([, value]) => (value as { Ref?: string }).Ref === id)?.[0];
    return QUEUES[variable as keyof typeof QUEUES];
  };
  const thingOf = (id: string): string => {
    // No function has the name of the dead letters of new objects.
    const source = ofType(resources, 'AWS::SQS::Queue').find(([, { RedrivePolicy }]) =>
      JSON.stringify(RedrivePolicy ?? null).includes(`"${id}"`),
    )?.[0];
    const thing = known(id) ?? (source && known(source) && `dead ${known(source)}`);
    if (!thing) throw new Error(`no function knows the queue ${id}`);
    return thing;
  };
  const queues = ofType(resources, 'AWS::SQS::Queue').map(
    ([id]): Named => ({ kind: 'queue', thing: thingOf(id), name: String(resolve({ Ref: id })), resource: arn(id) }),
  );
  const bucket = place.nameOf(bucketId);
  const objects = ['audio/', 'inbox/', 'elsewhere/'].map((thing) => objectOf(thing, bucket, thing));
  const ofUser = buckets.flatMap(({ name, prefix }) => objectOf(`objects ${name}/${prefix}`, name, prefix));
  const besides = [...new Set(buckets.map(({ name }) => name))].flatMap((name): Named[] => [
    objectOf('objects elsewhere', name, 'elsewhere/'),
    { kind: 'bucket', thing: 'bucket of the user', name, resource: `arn:aws:s3:::${name}` },
  ]);
  const indexes = (GlobalSecondaryIndexes as { IndexName: string }[]).map(
    ({ IndexName: name }): Named => ({
      kind: 'index',
      thing: `index ${name}`,
      name,
      resource: `${arn(tableId)}/index/${name}`,
    }),
  );
  const parameter = (name: string) => `arn:aws:ssm:${place.region}:${place.account}:parameter${name}`;
  const names = [...new Set(secrets)].map((name) => [`secret ${name}`, prefix + name] as const);
  const list: Named[] = [
    ...queues,
    ...objects,
    ...ofUser,
    ...besides,
    { kind: 'bucket', thing: 'bucket', name: bucket, resource: arn(bucketId) },
    { kind: 'table', thing: 'ledger', name: '', resource: arn(tableId) },
    ...indexes,
    ...[...names, ['all secrets', prefix] as const].map(
      ([thing, name]): Named => ({ kind: 'secret', thing, name, resource: parameter(name) }),
    ),
  ];
  return { list, table: place.nameOf(tableId) };
};

/** @param thing our word for the objects */
const objectOf = (thing: string, bucket: string, prefix: string): Named => ({
  kind: 'object',
  thing,
  name: `${bucket}/${prefix}nothing`,
  resource: `arn:aws:s3:::${bucket}/${prefix}nothing`,
});
