import { endWithParent } from '../end-with-parent.ts';
import { readSettings } from '../settings.ts';
import { startCloud } from './cloud.ts';
import { PARTS, type Part } from './cloud-file.ts';
import { writePrivately } from './private-folder.ts';

// The cloud as a process of its own: `node local/cloud/process.ts [part]`.
writePrivately();
const [, , named] = process.argv;
const only = PARTS.find((part): part is Part => part === named);
if (named && !only) throw new Error(`there is no part ${named}; there are ${PARTS.join(', ')}`);

const { stopAll } = await startCloud(readSettings(process.env).AFTERCALL_DATA, only);
endWithParent(stopAll);
process.send?.({ ready: true });
