import { ledgerContract } from '../contracts/ledger.ts';
import { memoryLedger } from '../fakes/ledger.memory.ts';

ledgerContract(async () => ({ ledger: (clock) => memoryLedger({ clock }), stop: async () => {} }));
