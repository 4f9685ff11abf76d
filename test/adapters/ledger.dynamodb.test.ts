import { ledgerContract } from '../contracts/ledger.ts';
import { dynamodbHome } from '../fakes/dynamodb.ts';

ledgerContract(dynamodbHome);
