import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  type GlobalSecondaryIndexPropsV2,
  ProjectionType,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';

/** The ledger's indexes. */
export type LedgerIndex = 'newest' | 'by-call' | 'by-source' | 'by-state' | 'due';

/**
 * The table of memos, receipts and claims. It outlives the stack: without it a retry could send twice. A first deploy that
 * fails takes the empty table back, as it does bucket and queues.
 */
export class Ledger extends TableV2 {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      timeToLiveAttribute: 'expiresAt',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      globalSecondaryIndexes: [
        // `functions/adapters/ledger.dynamodb-indexes.ts` says what each holds.
        index('newest', 'listed', 'at'),
        index('by-call', 'call', 'at'),
        index('by-source', 'source', 'at'),
        index('by-state', 'stateGroup', 'at'),
        index('due', 'listed', 'dueKey'),
      ],
    });
  }
}

const index = (indexName: LedgerIndex, partitionKey: string, sortKey: string): GlobalSecondaryIndexPropsV2 => ({
  indexName,
  partitionKey: { name: partitionKey, type: AttributeType.STRING },
  sortKey: { name: sortKey, type: AttributeType.STRING },
  // A change of a row then costs a write only in the indexes whose keys change.
  projectionType: ProjectionType.KEYS_ONLY,
});
